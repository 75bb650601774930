"""An aiohttp session that is signed in: one identity, one server, one connection.

Negotiate and NTLM authenticate a connection, not a request. In a pool that several identities share, or behind a proxy
that shares connections, one is let in as another. Therefore a session of this module belongs to one identity and has a
connector of its own that keeps one connection; nothing can be mixed, and the messages of a handshake cannot be parted.
Requests at once wait for one another: use one session for each that has to run beside others, or a session token.

The request's body travels with the handshake's last message only. It has to be bytes, since a connection that was lost
makes it travel again: nothing large is sent this way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from yarl import URL

from device_update_http_authentication.challenges import Scheme, authorization, read_offers
from device_update_http_authentication.channel_bindings import binding_of
from device_update_http_authentication.handshakes import Handshake, SignInFailed
from device_update_http_authentication.identities import Identity, SignedInUser

Answer = TypeVar("Answer")

_MOST_LEGS: Final = 4
_MOST_REFUSAL_BYTES: Final = 64 * 1024
_KEPT_SECONDS: Final = 60.0


class NotPrivate(SignInFailed):
    """A sign-in would travel readable, so none is made."""

    code = "connection-not-private"


def signed_in_session(
    identity: Identity,
    origin: str,
    *,
    tls: ssl.SSLContext | None = None,
    local_address: str | None = None,
    **options: Any,
) -> aiohttp.ClientSession:
    """A session that signs in at ``origin`` as soon as that is demanded there, and nowhere else.

    ``tls`` says which certificates are trusted, the system's by default; ``local_address`` is where the connection
    leaves from; ``options`` are those of `aiohttp.ClientSession`. When the server refuses the identity, its answer with
    status 401 is the answer. A request may also raise `SignInFailed`.

    Raises:
        NotPrivate: the origin is neither https nor on this machine's loopback interface.
    """
    connector = _OneConnection(tls, local_address)
    authentication = _HttpAuthentication(identity, private_origin(origin), connector)
    return aiohttp.ClientSession(connector=connector, middlewares=(authentication,), **options)


def private_origin(text: str) -> URL:
    """The origin of an address, where a sign-in may be sent: https, or this machine's loopback interface.

    Raises:
        NotPrivate: it may not.
    """
    origin = URL(text).origin()
    host = origin.host or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if origin.scheme != "https" and not is_here:
        raise NotPrivate(f"Nothing was sent: a sign-in would travel readable to {origin}. Use its https address.")
    return origin


class _OneConnection(aiohttp.TCPConnector):
    """Keeps at most one connection, and says which one the latest request travels on."""

    def __init__(self, tls: ssl.SSLContext | None, local_address: str | None) -> None:
        super().__init__(
            limit=1,
            ssl=True if tls is None else tls,
            local_addr=None if local_address is None else (local_address, 0),
            keepalive_timeout=_KEPT_SECONDS,
        )
        self.transport: asyncio.Transport | None = None
        """Also while it is idle, and after it was closed. A response gives up its own as soon as it is read."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 -- the signature of aiohttp
    ) -> Any:
        """Give the connection, opened anew when it was lost."""
        connection = await super().connect(req, traces, timeout)
        self.transport = connection.transport
        return connection


class _HttpAuthentication:
    """The client middleware: asks without a body, and carries the handshake through when that is refused."""

    def __init__(self, identity: Identity, origin: URL, connector: _OneConnection) -> None:
        self._identity = identity
        self._origin = origin
        self._connector = connector
        self._signed_in: asyncio.Transport | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
        """One request and, when that is demanded, the sign-in before it."""
        if request.url.origin() != self._origin:
            return await handler(request)
        if request.body and not isinstance(request.body, aiohttp.BytesPayload):
            raise TypeError("only bytes are sent over a connection that signs in: they may have to be sent again")
        async with self._turn:
            return await self._carried(request, handler)

    async def _carried(self, request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
        body = request.body
        for is_last_attempt in (False, True):
            if not self._is_signed_in() and body:
                await request.update_body(None)
                response = await handler(request)
                await request.update_body(body)
                if response.status != 401:
                    await _pass_over(response)
                    return await handler(request)
            else:
                response = await handler(request)
            scheme = _scheme(response, self._identity)
            if scheme is None:
                return response
            await _pass_over(response)
            connection = self._connector.transport
            response = await self._sign_in(scheme, request, handler)
            if response.status != 401:
                self._signed_in = self._connector.transport
                return response
            if is_last_attempt or self._connector.transport is connection:
                return response
            # The server closed the connection between two messages of the handshake.
            await _pass_over(response)
        raise AssertionError("the last attempt returns")

    def _is_signed_in(self) -> bool:
        transport = self._connector.transport
        return transport is not None and transport is self._signed_in and not transport.is_closing()

    async def _sign_in(
        self, scheme: Scheme, request: aiohttp.ClientRequest, handler: ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """The handshake on the connection that there is; the answer to its last message is the request's own."""
        handshake = await self._done(partial(self._handshake, scheme), blocks=isinstance(self._identity, SignedInUser))
        token: bytes | None = await self._done(handshake.begin, blocks=handshake.blocks)
        body = request.body
        is_last_message = handshake.blocks  # a ticket says all in one message
        try:
            for _ in range(_MOST_LEGS):
                if token is None:
                    break
                request.headers["Authorization"] = authorization(scheme, token)
                await request.update_body(body if is_last_message else None)
                response = await handler(request)
                is_last_message = True
                offered = read_offers(response.headers.getall("WWW-Authenticate", ())).tokens.get(scheme.lower())
                if response.status != 401:
                    await self._finished(handshake, offered, response)
                    return response
                if offered is None:
                    return response
                await _pass_over(response)
                token = await self._done(partial(handshake.answer, offered), blocks=handshake.blocks)
        finally:
            request.headers.popall("Authorization", None)
            await request.update_body(body)
        raise SignInFailed("The server goes on asking where a sign-in is over.")

    def _handshake(self, scheme: Scheme) -> Handshake:
        transport = self._connector.transport
        binding = None if transport is None else binding_of(transport)
        return Handshake(scheme, self._identity, host=self._origin.host or "", binding=binding)

    async def _finished(self, handshake: Handshake, token: bytes | None, response: aiohttp.ClientResponse) -> None:
        try:
            await self._done(partial(handshake.finish, token), blocks=handshake.blocks)
        except SignInFailed:
            response.close()
            raise

    @staticmethod
    async def _done(step: Callable[[], Answer], *, blocks: bool) -> Answer:
        return await asyncio.to_thread(step) if blocks else step()


def _scheme(response: aiohttp.ClientResponse, identity: Identity) -> Scheme | None:
    """How to sign in, or None when the answer does not ask for it or offers nothing that we can do."""
    if response.status != 401:
        return None
    return read_offers(response.headers.getall("WWW-Authenticate", ())).scheme_for(identity)


async def _pass_over(response: aiohttp.ClientResponse) -> None:
    """Read an answer to its end, so that the next request travels on the same connection."""
    read = 0
    async for data in response.content.iter_any():
        read += len(data)
        if read > _MOST_REFUSAL_BYTES:
            response.close()
            raise SignInFailed("What the server says instead of letting us in does not end.")
