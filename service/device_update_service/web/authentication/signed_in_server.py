"""aiohttp's server for a listener where all sign in: a header may hold a whole ticket, strangers get only 401."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from device_update_service.web.authentication.authorization_header import MAX_FIELD_BYTES
from device_update_service.web.authentication.device_sign_in import DeviceSignIn
from device_update_service.web.listening.bounded_connections import BoundedConnection, BoundedServer, Refuse


class SignedInServer(BoundedServer):
    """Makes connections whose longest header is a token's."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        sign_in: DeviceSignIn,
        *,
        refuse: Refuse,
        keepalive_timeout: float,
    ) -> None:
        super().__init__(handler, refuse=refuse, keepalive_timeout=keepalive_timeout, longest_field=MAX_FIELD_BYTES)
        self._sign_in = sign_in

    def __call__(self) -> web.RequestHandler:
        """The protocol of a new connection."""
        return _SignedInConnection(self, self._sign_in, loop=asyncio.get_running_loop(), **self.options)


class _SignedInConnection(BoundedConnection):
    __slots__ = ("_sign_in",)

    def __init__(self, server: web.Server, sign_in: DeviceSignIn, **options: Any) -> None:
        super().__init__(server, **options)
        self._sign_in = sign_in

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what never became a request: to strangers it is as wrong as a token (contract section 3.1)."""
        answer = super().handle_error(request, status, exc, message)
        if isinstance(exc, HttpProcessingError) and (refusal := self._sign_in.refuse_unread(request, exc)) is not None:
            return refusal
        return answer
