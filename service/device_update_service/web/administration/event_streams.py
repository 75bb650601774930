"""``GET /events``: what changes, as Server-Sent Events (contract section 5).

Each stream has a bounded queue in the `EventHub` and a bounded time to take what is sent; one that does not read is
dropped and comes back with its last id. A stream ends with its session, when the service stops, or with its client.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

from device_update_contract.administration.events import RESYNC
from device_update_contract.refusals import Refusal
from device_update_service.web.events import EventHub, StreamEvent
from device_update_service.web.metrics import ServiceMetrics

HEARTBEAT_SECONDS = 15.0
SESSION_LOOK_SECONDS = 1.0
SEND_SECONDS = 30.0
_HEARTBEAT = b": here\n\n"
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # a reverse proxy must not hold events back
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """How often a stream shows that it lives and looks whether its session does, and how long a send may take."""

    heartbeat: float = HEARTBEAT_SECONDS
    session_look: float = SESSION_LOOK_SECONDS
    send: float = SEND_SECONDS


async def stream_events(
    request: web.Request,
    hub: EventHub,
    metrics: ServiceMetrics,
    session_lives: Callable[[], Awaitable[object]],
    times: StreamTimes,
) -> web.StreamResponse:
    """Send events until the session, the service or the client ends; `session_lives` raises a refusal when it ended."""
    if request.method == hdrs.METH_HEAD:
        return web.StreamResponse(headers=_HEADERS)
    listener = hub.subscribe()
    # Without a wait in between, so that no event falls between what is remembered and what is to come.
    missed = _missed(hub, request.headers.get("Last-Event-ID"))
    response = web.StreamResponse(headers=_HEADERS)
    metrics.event_streams += 1
    try:
        await response.prepare(request)
        await _send(request, response, missed, times)
        await _follow(request, response, listener, session_lives, times)
        await response.write_eof()
    except ConnectionError:
        pass  # the client went away, which is how most streams end
    finally:
        metrics.event_streams -= 1
        hub.unsubscribe(listener)
    return response


def _missed(hub: EventHub, last_event_id: str | None) -> bytes:
    """What the client has to be sent at first: the events it missed, or that it must start anew.

    A new client learns the number to come back with.
    """
    if last_event_id is None:
        return b"id: %d\n\n" % hub.last_id
    text = last_event_id.strip()
    events = hub.since(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else None
    if events is None:
        return _lines(hub.last_id, RESYNC, None)
    return b"".join(_event_lines(event) for event in events) or _HEARTBEAT


async def _follow(
    request: web.Request,
    response: web.StreamResponse,
    listener: asyncio.Queue[StreamEvent | None],
    session_lives: Callable[[], Awaitable[object]],
    times: StreamTimes,
) -> None:
    sent_at = looked_at = time.monotonic()
    while True:
        try:
            async with asyncio.timeout(times.session_look):
                event = await listener.get()
        except TimeoutError:
            pieces = b""
        else:
            if event is None:
                return
            pieces = _event_lines(event)
        now = time.monotonic()
        if now - looked_at >= times.session_look:
            looked_at = now
            try:
                await session_lives()
            except Refusal:
                return
        if not pieces and now - sent_at >= times.heartbeat:
            pieces = _HEARTBEAT
        if pieces:
            sent_at = now
            await _send(request, response, pieces, times)


async def _send(request: web.Request, response: web.StreamResponse, pieces: bytes, times: StreamTimes) -> None:
    """Send, or drop a client that takes nothing."""
    try:
        async with asyncio.timeout(times.send):
            await response.write(pieces)
    except TimeoutError as error:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the client does not read its event stream") from error


def _event_lines(event: StreamEvent) -> bytes:
    return _lines(event.id, event.name, None if event.ids is None else list(event.ids))


def _lines(number: int, name: str, ids: list[str] | None) -> bytes:
    data = json.dumps({"ids": ids}, separators=(",", ":"))
    return f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode()
