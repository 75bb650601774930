"""A running service with an external listener and accounts, and a bare connection to it on which all can be said."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiohttp
import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import NegotiateOptions
from tests.support.administration import add_account
from tests.support.running_services import RunningService
from tests.support.signing_in_server import ServerCertificate, server_certificate

from device_update_contract.administration.roles import Role
from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE
from device_update_service.configuration.account_sources import AccountSources
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration, Limits
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.identity.account_key import load_account_key
from device_update_service.identity.handshakes import HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.usecases import accounts
from device_update_service.usecases.account_keys import place_of_account_key
from device_update_service.usecases.outcomes import Actor
from device_update_service.web.serving import running

ACCOUNT = "phone"
PASSWORD = "correct horse"
ANY_PORT = Address(host="127.0.0.1", port=0)
CHECK = (
    b'<?xml version="1.0" encoding="utf-8"?><Request><DeviceType>UCPhone</DeviceType>'
    b"<MacAddress>00-04-F2-00-01-76</MacAddress><SerialNumber/><Vendor>Polycom</Vendor><Model>CX700</Model>"
    b"<Revision>A</Revision><Locale>ENU</Locale></Request>"
)
SCHEME_NAMES: Mapping[HandshakeScheme, str] = {"ntlm": "NTLM", "negotiate": "Negotiate"}
_OPTIONS = {"ntlm": NegotiateOptions.use_ntlm, "negotiate": NegotiateOptions.use_negotiate}


@dataclass(frozen=True, slots=True)
class Answered:
    """One whole answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of a header, line by line."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def first(self, name: str) -> str | None:
        """A header's first value."""
        return next(iter(self.all(name)), None)

    @property
    def without_date(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What may not differ between two answers that are the same."""
        return self.status, tuple(item for item in self.headers if item[0].lower() != "date"), self.body

    @property
    def token(self) -> bytes:
        """The token of the challenge."""
        (value,) = self.all("WWW-Authenticate")
        return base64.b64decode(value.partition(" ")[2])


@dataclass(slots=True)
class BareConnection:
    """One connection; requests are sent as they are."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(
        self,
        method: str = "POST",
        path: str = EXTERNAL_CHECK_ROUTE,
        body: bytes = b"",
        *,
        version: str = "1.1",
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> Answered:
        """Send a whole request, and read its answer."""
        lines = {"Host": "updates.example", "Content-Length": str(len(body)), **(headers or {})}
        if authorization is not None:
            lines["Authorization"] = authorization
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.writer.write(f"{method} {path} HTTP/{version}\r\n{head}\r\n".encode() + body)
        return await self.answer(has_body=method != "HEAD")

    async def answer(self, *, has_body: bool = True) -> Answered:
        """The next answer."""
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = tuple(
                (name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line)
            )
            lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
            body = await self.reader.readexactly(lengths[0]) if lengths and has_body else b""
        return Answered(int(head[0].split(" ")[1]), headers, body)

    async def token(self, scheme: HandshakeScheme, token: bytes, **request: Any) -> Answered:
        """Send a token."""
        value = f"{SCHEME_NAMES[scheme]} {base64.b64encode(token).decode()}"
        return await self.send(authorization=value, **request)

    async def sign_in(
        self,
        scheme: HandshakeScheme = "ntlm",
        user: str = ACCOUNT,
        password: str = PASSWORD,
        *,
        bindings: GssChannelBindings | None = None,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Answered:
        """A whole handshake, the last message with the request; its answer."""
        client = ntlm_client(scheme, user, password, bindings=bindings)
        challenge = await self.token(scheme, client.step() or b"", headers=headers)
        assert challenge.status == 401
        return await self.token(scheme, client.step(challenge.token) or b"", headers=headers, **request)

    async def is_closed(self) -> bool:
        """Whether the service ends the connection, within some seconds."""
        async with asyncio.timeout(60):
            return not await self.reader.read(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.transport.abort()


def ntlm_client(
    scheme: HandshakeScheme,
    user: str = ACCOUNT,
    password: str = PASSWORD,
    *,
    bindings: GssChannelBindings | None = None,
) -> spnego.ContextProxy:
    """A client with a password; it is given as its hash, so that no realm is looked for."""
    credential = spnego.NTLMHash(username=user, lm_hash="0" * 32, nt_hash=nt_hash(password).hex())
    return spnego.client(
        credential,
        hostname="127.0.0.1",
        service="HTTP",
        protocol=scheme,
        channel_bindings=bindings,
        options=_OPTIONS[scheme],
    )


@dataclass(slots=True)
class ExternalService(RunningService):
    """A service that answers outside too."""

    certificate: ServerCertificate = field(kw_only=True)

    @property
    def external(self) -> str:
        """The external listener's URL."""
        assert self.listening.external is not None
        return self.listening.external

    @property
    def port(self) -> int:
        """The external listener's port."""
        return int(self.external.rpartition(":")[2])

    @property
    def check_url(self) -> str:
        """Where checks go."""
        return self.external + EXTERNAL_CHECK_ROUTE

    async def connect(self) -> BareConnection:
        """A connection of its own."""
        tls = self.certificate.client_tls()
        return BareConnection(*await asyncio.open_connection("127.0.0.1", self.port, ssl=tls, limit=2**20))

    async def add_account(self, name: str, role: Role = Role.DEVICE_USER, password: str = PASSWORD) -> None:
        """One account more."""
        await add_account(self.parts.service, name, role, password)

    async def change_account(self, name: str, **values: Any) -> None:
        """Change an account as an administrator does."""
        service = self.parts.service
        change = accounts.AccountValues(**values)
        key = load_account_key(place_of_account_key(service.configuration, service.folder))
        actor = Actor("test")
        await service.change(partial(accounts.change_account, name=name, values=change, key=key, actor=actor))

    async def refusals(self) -> list[tuple[str, str, str, str]]:
        """What is kept of refused sign-ins: kind, code, account, address."""
        return await self.rows("SELECT kind, code, account, address FROM refused_request ORDER BY id")


def external_configuration(
    folder: Path,
    certificate: ServerCertificate,
    *,
    limits: Limits | None = None,
    url: str | None = None,
    accounts_from: AccountSources | None = None,
    **external: Any,
) -> Configuration:
    """All three listeners on free ports; ``external`` are settings of the external one."""
    listeners = Listeners(
        internal=Listener(address=ANY_PORT),
        external=SecureListener(
            address=ANY_PORT, tls_certificate=certificate.certificate, tls_key=certificate.key, **external
        ),
        admin=SecureListener(address=ANY_PORT),
    )
    return Configuration(
        data=folder,
        listeners=listeners,
        limits=limits or Limits(),
        external_url=url,
        accounts=accounts_from or AccountSources(),
    )


@asynccontextmanager
async def external_service(
    folder: Path,
    *,
    limits: Limits | None = None,
    url: str | None = None,
    accounts_from: AccountSources | None = None,
    **external: Any,
) -> AsyncIterator[ExternalService]:
    """Start a service in a folder, with the account `ACCOUNT` of a device."""
    files = folder.with_name(f"{folder.name}-tls")
    files.mkdir()
    certificate = server_certificate(files)
    configured = external_configuration(
        folder, certificate, limits=limits, url=url, accounts_from=accounts_from, **external
    )
    async with running(configured) as (parts, listening), aiohttp.ClientSession() as client:
        service = ExternalService(parts, listening, client, certificate=certificate)
        await service.add_account(ACCOUNT)
        yield service
