"""aiohttp's connections, bounded before anybody is known: heads as a whole, answers that nobody takes, packed bodies.

aiohttp bounds each line of a head and their number, but not their sum, which for lines as long as tokens is megabytes
of every connection. It also unpacks compressed bodies while they arrive, also of requests that were refused already:
50 kB for a thousand times the work. And it waits without end for a client to take an answer. Whoever needs a body
unpacks it with `web.packed_bodies`. What is no request at all aiohttp answers with the bytes that it stumbled over;
here it is refused in the listener's own form.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

_MOST_HEAD_BYTES: Final = 128 * 1024
"""A token of 64 KiB and as much beside it; a connection whose head is longer ends without an answer."""
_USUAL_HEAD_BYTES: Final = 16 * 1024
_MOST_OF_ALL_HEADS: Final = 64 * 1024 * 1024
"""What may have arrived of all heads that are none yet; past it, connections whose head is unusually long end."""
_MOST_HEADERS: Final = 64
_LONGEST_FIELD: Final = 8190
STALL_SECONDS: Final = 300.0
"""How long a client may take nothing of what is there for it, as with images."""

Refuse = Callable[[int, str, str], web.Response]
"""Makes a refusal of a status, a stable code and a sentence."""


@dataclass(slots=True)
class _Heads:
    """The bytes of the heads that have not ended yet, of all connections of a listener."""

    unfinished: int = 0


_READ_AHEAD: Final = 32 * 1024
"""Bytes of a body from which a connection rests (at twice as many) and goes on (at fewer); aiohttp's own 256 KiB make
hundreds of uploads that wait for their turn cost as many times half a megabyte, and all at once."""


class BoundedConnection(web.RequestHandler):
    """A connection that ends when what arrives of a head, and is none yet, is too much, or nothing is taken from it."""

    __slots__ = ("_body", "_heads", "_look", "_refuse", "_stalled_at", "_unfinished_head")

    def __init__(self, server: web.Server, refuse: Refuse, heads: _Heads, **options: Any) -> None:
        super().__init__(server, **options)
        self._refuse = refuse
        self._heads = heads
        self._body: StreamReader | None = None
        self._unfinished_head = 0
        self._stalled_at = 0.0
        self._look: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Count what belongs neither to a whole head nor to the body after it."""
        requests = self._request_count
        is_of_body = self._body is not None and not self._body.is_eof()
        super().data_received(data)
        if self._request_count != requests:
            self._body = self._messages[-1][1]
            self._count_head(0)
        elif not is_of_body:
            self._count_head(self._unfinished_head + len(data))
            are_too_much = self._heads.unfinished > _MOST_OF_ALL_HEADS
            if self._unfinished_head > (_USUAL_HEAD_BYTES if are_too_much else _MOST_HEAD_BYTES):
                self.force_close()

    def _count_head(self, size: int) -> None:
        self._heads.unfinished += size - self._unfinished_head
        self._unfinished_head = size

    def pause_writing(self) -> None:
        """Begin to wait for the client, which may happen for every few bytes: there is one timer for all."""
        super().pause_writing()
        self._stalled_at = self._loop.time()
        if self._look is None:
            self._look = self._loop.call_at(self._stalled_at + STALL_SECONDS, self._end_if_stalled)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait no more."""
        self._count_head(0)
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what never became a request, or a request that failed beyond its handler; the connection ends."""
        super().handle_error(request, status, exc, message)  # logs it; raises where an answer has begun
        answer = self._refuse(status, *_words_for(status, exc))
        answer.force_close()
        return answer

    def _end_if_stalled(self) -> None:
        self._look = None
        if self.transport is None or not self.writing_paused:
            return
        end = self._stalled_at + STALL_SECONDS
        if self._loop.time() >= end:
            self.transport.abort()
        else:
            self._look = self._loop.call_at(end, self._end_if_stalled)


def _words_for(status: int, error: BaseException | None) -> tuple[str, str]:
    """Code and sentence; what was sent is not repeated, for it may be a password or a token."""
    if isinstance(error, LineTooLong):
        return "malformed-request", "A line of the request's head is too long."
    if isinstance(error, HttpProcessingError) and status < 500:
        return "malformed-request", "The request is no HTTP that could be read."
    return "internal-error", "The service failed to answer; its log says why."


class BoundedServer(web.Server):
    """Makes bounded connections; ``longest_field`` is for the one header that may be long, a token's."""

    def __init__(
        self,
        handler: Callable[[Any], Awaitable[web.StreamResponse]],
        *,
        refuse: Refuse,
        keepalive_timeout: float,
        longest_field: int = _LONGEST_FIELD,
        **server: Any,
    ) -> None:
        super().__init__(handler, **server)
        self.options: dict[str, Any] = {
            "refuse": refuse,
            "heads": _Heads(),
            "access_log": None,
            "auto_decompress": False,
            "keepalive_timeout": keepalive_timeout,
            "max_field_size": longest_field,
            "max_headers": _MOST_HEADERS,
            "read_bufsize": _READ_AHEAD,
        }

    def __call__(self) -> web.RequestHandler:
        """The protocol of a new connection."""
        return BoundedConnection(self, loop=asyncio.get_running_loop(), **self.options)


class BoundedRunner(web.AppRunner):
    """Runs an application on bounded connections."""

    def __init__(
        self,
        application: web.Application,
        *,
        refuse: Refuse,
        keepalive_timeout: float,
        longest_field: int,
        shutdown_timeout: float,
    ) -> None:
        super().__init__(application, shutdown_timeout=shutdown_timeout)
        self._refuse = refuse
        self._keepalive_timeout = keepalive_timeout
        self._longest_field = longest_field

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return BoundedServer(
            made.request_handler,
            request_factory=made.request_factory,
            refuse=self._refuse,
            keepalive_timeout=self._keepalive_timeout,
            longest_field=self._longest_field,
        )
