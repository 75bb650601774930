"""The typed, asynchronous client of the administration API (contract section 5).

It knows the endpoints table, sessions, pages, uploads and events. It decides nothing about rules or devices, and keeps
no secrets: `device_update_console.core.connections.credentials` says where those come from.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

import aiohttp
from pydantic import BaseModel

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.event_stream import EventStreamReader
from device_update_console.core.connections.lost_connections import failure_behind
from device_update_console.core.connections.replies import Reply, failure_of
from device_update_console.core.connections.request_urls import parameters_of, request_url
from device_update_console.core.connections.upload_body import Progress, chunks_of, no_progress, size_of, with_manifest
from device_update_console.core.failures import (
    ConnectionNotPrivate,
    NotAuthenticated,
    NotTheService,
    ServiceUnreachable,
)
from device_update_console.core.texts.language import text
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import CLOSE_SESSION, EVENTS, OPEN_SESSION, SHOW_SESSION, Endpoint
from device_update_contract.administration.events import Event
from device_update_contract.administration.server import SessionAnswer
from device_update_http_authentication.challenges import read_offers
from device_update_http_authentication.handshakes import SignInFailed
from device_update_http_authentication.identities import Credentials, Identity
from device_update_http_authentication.pinned_certificates import pinned_tls
from device_update_http_authentication.sessions import signed_in_session

Expected = TypeVar("Expected")

PAGE_LIMIT = 1000
"""The largest page that the service gives."""

RETRY_SECONDS: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, *([30] * 120))
"""Waits between attempts to reach a lost event stream again: about an hour in all."""

_ORDINARY = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
# A package may be examined for 300 seconds before the service answers (contract section 4).
_UPLOAD = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=600)


class AdministrationClient:
    """One front end's connection to one service, as one account; use it as an asynchronous context.

    With an ``identity`` it signs in when first needed and again when its session has ended; with only a ``token`` an
    ended session is `NotAuthenticated`. All calls raise `FailedCall` and nothing else when they do not succeed.
    """

    def __init__(
        self,
        server: ServerAddress,
        *,
        identity: Identity | None = None,
        token: str | None = None,
        program: str = "device-update",
    ) -> None:
        """``program`` is what the audit trail tells of what was done through it."""
        self.server = server
        self._named = {"User-Agent": program}
        self._identity = identity
        self._tls = None if server.pin is None else pinned_tls(server.pin)
        self._token = token
        self._signing_in = asyncio.Lock()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Make ready; nothing is sent yet."""
        # Cookies and redirects are no part of the contract.
        connector = aiohttp.TCPConnector(ssl=True if self._tls is None else self._tls)
        self._http = aiohttp.ClientSession(
            connector=connector, timeout=_ORDINARY, cookie_jar=aiohttp.DummyCookieJar(), headers=self._named
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections; the session on the service lives on unless `sign_out` was called."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    # Sessions

    async def sign_in(self) -> Reply:
        """Open a session as the identity; the answer is a `SessionAnswer`.

        A plain account goes by Basic as long as the service offers that; a ticket, and an account of a domain, whose
        password is not this service's to see, by Negotiate or NTLM.
        """
        if self._identity is None:
            raise NotAuthenticated(text("You are not signed in."))
        reply = await self._open_session(self._identity)
        self._token = reply.read(SessionAnswer).token
        return reply

    async def _open_session(self, identity: Identity) -> Reply:
        if isinstance(identity, Credentials) and not identity.names_domain:
            try:
                return await self._send(OPEN_SESSION, authorization=_basic(identity))
            except NotAuthenticated as refusal:
                if "basic" in refusal.offers.tokens or refusal.offers.scheme_for(identity) is None:
                    raise
        try:
            async with signed_in_session(
                identity,
                self.server.origin,
                tls=self._tls,
                timeout=_ORDINARY,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._named,
            ) as session:
                return await self._send(OPEN_SESSION, session=session)
        except SignInFailed as failure:
            raise NotAuthenticated(failure.sentence, code=failure.code) from failure
        except NotAuthenticated as refusal:
            if refusal.offers.scheme_for(identity) is not None:
                raise
            raise NotAuthenticated(
                text(
                    "The service at {origin} offers neither Negotiate nor NTLM, which this sign-in needs.",
                    origin=self.server.origin,
                )
            ) from refusal

    async def sign_out(self) -> None:
        """End the session on the service, if there is one."""
        if self._token is not None:
            token, self._token = self._token, None
            await self._send(CLOSE_SESSION, authorization=f"Bearer {token}")

    async def _bearer(self, refused: str | None = None) -> str:
        """A token to use now; ``refused`` is the one that the service has just turned down."""
        async with self._signing_in:
            if self._token is None or self._token == refused:
                await self.sign_in()
            if self._token is None:
                raise NotAuthenticated(text("You are not signed in."))
            return self._token

    # Calls

    async def call(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Reply:
        """Call an endpoint of the contract and give its answer as it came.

        ``path`` fills the path's parts. Of ``query`` and ``body`` the fields that were set are sent.
        """
        payload = None if body is None else body.model_dump_json(exclude_unset=True).encode()
        return await self._call(endpoint, dict(path or {}), parameters_of(query), payload)

    async def ask(
        self,
        endpoint: Endpoint,
        expected: type[Expected],
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Expected:
        """Call an endpoint and read its answer as the model that the contract names for it."""
        return (await self.call(endpoint, path=path, query=query, body=body)).read(expected)

    async def pages(
        self, endpoint: Endpoint, *, path: Mapping[str, str] | None = None, query: PageQuery | None = None
    ) -> AsyncGenerator[Reply, None]:
        """All pages of a list, one after the other, as they came."""
        parameters = {"limit": str(PAGE_LIMIT), **parameters_of(query)}
        while True:
            reply = await self._call(endpoint, dict(path or {}), parameters, None)
            following = reply.read(Page[Any]).next
            yield reply
            if following is None:
                return
            if following == parameters.get("after"):
                raise NotTheService(text("The service answers one page of the list again and again."))
            parameters["after"] = following

    async def items(
        self,
        endpoint: Endpoint,
        expected: type[Expected],
        *,
        path: Mapping[str, str] | None = None,
        query: PageQuery | None = None,
    ) -> AsyncGenerator[Expected, None]:
        """All items of a list, over all its pages."""
        async with aclosing(self.pages(endpoint, path=path, query=query)) as pages:
            async for reply in pages:
                for item in reply.read(Page[expected]).items:  # type: ignore[valid-type]
                    yield item

    async def upload(
        self,
        endpoint: Endpoint,
        file: Path,
        *,
        query: BaseModel | None = None,
        manifest: bytes | None = None,
        progress: Progress = no_progress,
    ) -> Reply:
        """Send a file, chunk by chunk, with a manifest before it if one is given.

        The session is tried first, so that a large file is not sent for nothing.

        Raises:
            OSError: the file cannot be opened. FileChangedMeanwhile: it could not be read to its end.
        """
        with file.open("rb") as opened:
            await self.call(SHOW_SESSION)
            token = await self._bearer()
            send = partial(self._send_file, endpoint, opened, file.name, parameters_of(query), manifest, progress)
            try:
                return await send(token)
            except NotAuthenticated:
                if self._identity is None:
                    raise
            return await send(await self._bearer(refused=token))

    async def _send_file(
        self,
        endpoint: Endpoint,
        file: BinaryIO,
        name: str,
        query: Mapping[str, str],
        manifest: bytes | None,
        progress: Progress,
        token: str,
    ) -> Reply:
        size = size_of(file)
        content = chunks_of(file, size, name, progress)
        send = partial(self._send, endpoint, authorization=f"Bearer {token}", query=query, patience=_UPLOAD)
        if manifest is not None:
            return await send(payload=with_manifest(manifest, content, name))
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return await send(headers=headers, payload=content)

    async def events(
        self, after: int | None = None, *, retry_seconds: Sequence[float] = RETRY_SECONDS
    ) -> AsyncGenerator[Event, None]:
        """What changes, as it happens, from now on or after an event's id; an event `RESYNC` means: read all anew.

        A lost stream is opened again where it ended.

        Raises:
            ServiceUnreachable: all ``retry_seconds`` have passed without a connection.
        """
        reader = EventStreamReader(after)
        attempt = 0
        while True:
            lost = ServiceUnreachable(
                text("The service at {origin} ended the event stream.", origin=self.server.origin)
            )
            try:
                async with aclosing(self._stream(reader)) as stream:
                    async for event in stream:
                        attempt = 0
                        yield event
            except NotTheService:
                raise
            except ServiceUnreachable as error:
                lost = error
            if attempt == len(retry_seconds):
                raise lost
            await asyncio.sleep(retry_seconds[attempt])
            attempt += 1
            reader = EventStreamReader(reader.last_event_id)

    async def _stream(self, reader: EventStreamReader) -> AsyncGenerator[Event, None]:
        headers = {"Accept": EVENTS.answer_type}
        if reader.last_event_id is not None:
            headers["Last-Event-ID"] = str(reader.last_event_id)
        async with aclosing(self.content(EVENTS, headers=headers)) as chunks:
            async for chunk in chunks:
                for event in reader.feed(chunk):
                    yield event

    async def content(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """The bytes of an answer as they come, however many; nothing is kept of them."""
        token = await self._bearer()
        url = request_url(self.server.url(endpoint, **(path or {})), parameters_of(query))
        for again in (True, False):
            try:
                sent = {**(headers or {}), **self._authorized(f"Bearer {token}")}
                asked = self._session().request(endpoint.method, url, headers=sent, allow_redirects=False)
                async with asked as response:
                    if response.status == 401 and again and self._identity is not None:
                        token = await self._bearer(refused=token)
                        continue
                    if not 200 <= response.status < 300:
                        raise failure_of(response.status, await response.read(), self.server.origin)
                    async for chunk in response.content.iter_any():
                        yield chunk
                    return
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise failure_behind(error, self.server.origin) from error

    # One request

    async def _call(
        self, endpoint: Endpoint, path: Mapping[str, str], query: Mapping[str, str], payload: bytes | None
    ) -> Reply:
        headers = {"Content-Type": "application/json"} if payload is not None else {}
        send = partial(self._send, endpoint, path=path, query=query, headers=headers, payload=payload)
        if endpoint.permission is None:
            return await send()
        token = await self._bearer()
        try:
            return await send(authorization=f"Bearer {token}")
        except NotAuthenticated:
            if self._identity is None:
                raise
        token = await self._bearer(refused=token)
        return await send(authorization=f"Bearer {token}")

    async def _send(
        self,
        endpoint: Endpoint,
        *,
        authorization: str | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        payload: Any = None,
        patience: aiohttp.ClientTimeout = _ORDINARY,
        session: aiohttp.ClientSession | None = None,
    ) -> Reply:
        try:
            async with (session or self._session()).request(
                endpoint.method,
                request_url(self.server.url(endpoint, **(path or {})), query or {}),
                headers={**(headers or {}), **self._authorized(authorization)},
                data=io.BytesIO(payload) if isinstance(payload, bytes) else payload,
                timeout=patience,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                offers = read_offers(response.headers.getall("WWW-Authenticate", ()))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise failure_behind(error, self.server.origin) from error
        if 200 <= response.status < 300 or response.status == endpoint.bad_news_status:
            return Reply(response.status, body)
        raise failure_of(response.status, body, self.server.origin, offers)

    def _authorized(self, authorization: str | None) -> dict[str, str]:
        """The header that carries a secret, only where nobody can read along."""
        if authorization is None:
            return {}
        if not self.server.private:
            raise ConnectionNotPrivate(
                text(
                    "Nothing was sent: a password or session would travel readable to {origin}. Use its https address, "
                    "or a loopback address.",
                    origin=self.server.origin,
                )
            )
        return {"Authorization": authorization}

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the client is used outside its context")
        return self._http


def _basic(credentials: Credentials) -> str:
    pair = f"{credentials.account}:{credentials.password}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")
