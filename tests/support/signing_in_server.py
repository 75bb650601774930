"""An HTTP server that demands NTLM or Negotiate on each connection, and keeps what was asked of it.

It is the service's own acceptor behind a few lines of aiohttp, so that clients can be tested without the service.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from weakref import WeakKeyDictionary

import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from device_update_service.configuration.account_sources import KerberosSource
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.certificates import read_certificate
from device_update_service.identity.claims import HandshakeRefused
from device_update_service.identity.handshakes import Accepted, Acceptor, Challenge, Handshake
from device_update_service.identity.nt_hashes import nt_hash

ACCOUNT = "phone-7"
PASSWORD = "correct horse battery"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Demanded:
    """One request as it arrived: on which connection (counted from 0), with what body and which kind of token."""

    connection: int
    body: bytes
    scheme: str | None


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate for 127.0.0.1 and localhost in files, and its authority's."""

    certificate: Path
    key: Path
    authority: Path

    @property
    def fingerprint(self) -> str:
        return read_certificate(self.certificate).fingerprint

    def server_tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)


def server_certificate(folder: Path) -> ServerCertificate:
    """A certificate of an authority of the tests' own."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    files = ServerCertificate(folder / "cert.pem", folder / "key.pem", folder / "ca.pem")
    files.certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    files.key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(files.authority)
    return files


class SigningInServer:
    """Lets `ACCOUNT` with `PASSWORD` in; ``answer`` is what a signed-in request gets.

    ``expected`` is the certificate that sign-ins must be bound to, if not the one that is shown.
    ``closes_after_challenge`` connections are closed in the middle of a handshake, one after another.
    """

    def __init__(
        self,
        *,
        certificate: ServerCertificate | None = None,
        expected: ServerCertificate | None = None,
        schemes: tuple[str, ...] = ("Negotiate", "NTLM"),
        channel_binding: ChannelBindingPolicy = "allow",
        kerberos: KerberosSource | None = None,
        password: str = PASSWORD,
        answer: Answer | None = None,
    ) -> None:
        self.requests: list[Demanded] = []
        self.who: str | None = None
        self.schemes = schemes
        self.closes_after_challenge = 0
        self._answer = answer or _welcome
        self._certificate = certificate
        bound_to = expected or certificate
        self._binding = None if bound_to is None else read_certificate(bound_to.certificate).endpoint_binding
        hashes = {ACCOUNT: nt_hash(password)}
        self._acceptor = Acceptor(
            find_nt_hash=lambda claim: hashes.get(claim.account_name.lower()),
            channel_binding=channel_binding,
            kerberos=kerberos,
        )
        self._handshakes: WeakKeyDictionary[object, Handshake] = WeakKeyDictionary()
        self._users: WeakKeyDictionary[object, str] = WeakKeyDictionary()
        self._connections: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._opened = 0
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(application, host="127.0.0.1")

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._server.port}"

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    @property
    def bodies(self) -> list[bytes]:
        """The bodies that arrived, without empty ones."""
        return [request.body for request in self.requests if request.body]

    async def __aenter__(self) -> Self:
        await self._server.start_server(ssl=None if self._certificate is None else self._certificate.server_tls())
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        connection = request.transport
        assert connection is not None
        if connection not in self._connections:
            self._connections[connection] = self._opened
            self._opened += 1
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        self.requests.append(Demanded(self._connections[connection], await request.read(), scheme or None))
        if connection in self._users and not text:
            self.who = self._users[connection]
            return await self._answer(request)
        if not text:
            return self._refused(self.schemes)
        return await self._step(request, connection, scheme, base64.b64decode(text))

    async def _step(self, request: web.Request, connection: object, scheme: str, token: bytes) -> web.StreamResponse:
        handshake = self._handshakes.pop(connection, None)
        if handshake is None:
            handshake = self._acceptor.begin("ntlm" if scheme == "NTLM" else "negotiate", self._binding)
        try:
            outcome = handshake.step(token)
        except HandshakeRefused:
            return self._refused(self.schemes)
        match outcome:
            case Challenge():
                self._handshakes[connection] = handshake
                response = self._refused((f"{scheme} {base64.b64encode(outcome.token).decode()}",))
                if self.closes_after_challenge:
                    self.closes_after_challenge -= 1
                    response.force_close()
                return response
            case Accepted():
                self._users[connection] = self.who = outcome.user
        answer = await self._answer(request)
        if outcome.token is not None:
            answer.headers["WWW-Authenticate"] = f"{scheme} {base64.b64encode(outcome.token).decode()}"
        return answer

    def _refused(self, offers: tuple[str, ...]) -> web.Response:
        response = web.Response(status=401, text="no")
        for offer in offers:
            response.headers.add("WWW-Authenticate", offer)
        return response


async def _welcome(request: web.Request) -> web.StreamResponse:
    return web.Response(text="welcome")
