"""Sends an answer's bytes over a connection: straight to the kernel where it can, through the transport where it must.

Over plain TCP the bytes go from the page cache to the socket (``sendfile``), beside asyncio's transport, whose write
buffer is empty then. `asyncio.loop.sendfile` is not used: it tells nothing about the bytes of a transfer that was
cut, moves the position of a shared descriptor, and costs four more system calls for each mebibyte. TLS, and a
transport that still has something to write, take the bytes in copies.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import deque
from typing import Final

from aiohttp import web

from device_update_service.web.images.outgoing_bytes import OutgoingBytes

TURN_BYTES: Final = 2 * 1024 * 1024
"""What one connection may send before the others have their turn."""

REPORT_SECONDS: Final = 2.0
STALL_SECONDS: Final = 300.0
"""A client that takes nothing for so long is cut off."""

FREE_TRANSFERS: Final = 64
UNSENT_BYTES: Final = 128 * 1024
"""While more than `FREE_TRANSFERS` wait for their clients, the kernel may hold so much for each new one beyond what is
on its way. By default it takes up to 4 MiB, which is quicker, but a thousand slow readers then exhaust the machine's
TCP memory (``tcp_mem``), and the kernel resets connections at random."""

_COPY_BYTES = 64 * 1024
_TLS_HOLD_BACK = 6 * _COPY_BYTES
"""Bytes that the socket's transport below a TLS one may still hold, or drop before it tells that the connection is
lost; asyncio does not say how many there are. They count when the next ones follow, or at the end."""

_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class OutgoingSender:
    """Sends answers, and knows how many of them wait for their clients."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting = 0

    async def send(self, request: web.BaseRequest, outgoing: OutgoingBytes) -> None:
        """Send everything, and report what went, also when it is cut.

        Raises:
            ConnectionError: the client went away, or took nothing for `STALL_SECONDS`.
            OSError, FileCutShort: the file cannot be read.
        """
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("Connection lost")
        try:
            descriptor = _direct_descriptor(transport)
            if descriptor is None:
                await _send_copies(request, transport, outgoing)
                return
            if self._waiting >= FREE_TRANSFERS and outgoing.is_longer_than(UNSENT_BYTES):
                _bound_kernel_memory(transport)
            if not outgoing.hand_over(descriptor, TURN_BYTES):
                await self._send_when_writable(request, transport, descriptor, outgoing)
        finally:
            # aiohttp answers an error with a page of its own, unless it sees that an answer has begun
            request.writer.output_size += outgoing.total
            outgoing.report()

    async def _send_when_writable(
        self, request: web.BaseRequest, transport: asyncio.Transport, descriptor: int, outgoing: OutgoingBytes
    ) -> None:
        # A duplicate, because the loop lets nobody else watch a transport's own descriptor, and because it stays
        # this connection's when the transport closes and its number goes to another client.
        try:
            duplicate = os.dup(descriptor)
        except OSError as error:
            if error.errno not in _NO_DESCRIPTORS:
                raise
            await _send_copies(request, transport, outgoing)
            return
        self._waiting += 1
        try:
            await _DirectSending(transport, duplicate, outgoing).run()
        finally:
            self._waiting -= 1
            os.close(duplicate)


def _direct_descriptor(transport: asyncio.Transport) -> int | None:
    """The socket's descriptor when bytes may be written past the transport."""
    if transport.get_extra_info("sslcontext") is not None or transport.get_write_buffer_size():
        return None
    connection = transport.get_extra_info("socket")
    if connection is None:
        return None
    descriptor: int = connection.fileno()
    return descriptor if descriptor >= 0 else None


def _bound_kernel_memory(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    if connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


class _DirectSending:
    """One answer that waits for room in its socket."""

    __slots__ = ("_descriptor", "_done", "_loop", "_outgoing", "_seen", "_seen_at", "_timer", "_transport")

    def __init__(self, transport: asyncio.Transport, descriptor: int, outgoing: OutgoingBytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._descriptor = descriptor
        self._outgoing = outgoing
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._seen = outgoing.total
        self._seen_at = self._loop.time()
        self._timer = self._loop.call_later(REPORT_SECONDS, self._look_after)

    async def run(self) -> None:
        self._loop.add_writer(self._descriptor, self._send_turn)
        try:
            await self._done
        finally:
            self._loop.remove_writer(self._descriptor)
            self._timer.cancel()

    def _send_turn(self) -> None:
        if self._transport.is_closing():
            self._finish(ConnectionResetError("Connection lost"))
            return
        try:
            finished = self._outgoing.hand_over(self._descriptor, TURN_BYTES)
        except Exception as error:  # noqa: BLE001 - a callback's edge: the waiting coroutine gets every error
            self._finish(error)
        else:
            if finished:
                self._finish(None)

    def _look_after(self) -> None:
        """Report a slow transfer in time, and end one that does not move."""
        outgoing = self._outgoing
        now = self._loop.time()
        if outgoing.total != self._seen:
            self._seen, self._seen_at = outgoing.total, now
            outgoing.report()
        if self._transport.is_closing():
            self._finish(ConnectionResetError("Connection lost"))
        elif now - self._seen_at >= STALL_SECONDS:
            self._finish(ConnectionAbortedError("The client takes no bytes"))
        else:
            self._timer = self._loop.call_later(REPORT_SECONDS, self._look_after)

    def _finish(self, error: Exception | None) -> None:
        # Taken off at once: a socket stays writable, and the coroutine runs only in the loop's next round.
        self._loop.remove_writer(self._descriptor)
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)


async def _send_copies(request: web.BaseRequest, transport: asyncio.Transport, outgoing: OutgoingBytes) -> None:
    """Write through the transport, at most `_COPY_BYTES` ahead of it, and count bytes when they have left it."""
    encrypted = transport.get_extra_info("sslcontext") is not None
    hold_back = _TLS_HOLD_BACK if encrypted else 0
    unconfirmed: deque[tuple[int, int]] = deque()
    ahead = 0
    # The lowest limits: a drain then waits until the transport holds nothing (a TLS one counts from one byte).
    transport.set_write_buffer_limits(high=1 if encrypted else 0, low=0)
    try:
        while outgoing.pieces:
            data, position = outgoing.take(_COPY_BYTES)
            async with asyncio.timeout(STALL_SECONDS):
                await request.writer.write(bytes(data))
                await request.writer.drain()
            # The loop must have its turn: a drain with nothing to wait for gives none, and others would starve,
            # as would the news that the connection is lost.
            await asyncio.sleep(0)
            if request.transport is None or transport.is_closing():
                raise ConnectionResetError("Connection lost")
            unconfirmed.append((position, len(data)))
            ahead += len(data)
            while ahead > hold_back:
                position, count = unconfirmed.popleft()
                outgoing.confirm(position, count)
                ahead -= count
        for position, count in unconfirmed:
            outgoing.confirm(position, count)
    except TimeoutError as error:
        transport.abort()
        raise ConnectionAbortedError("The client takes no bytes") from error
    finally:
        if not transport.is_closing():  # a TLS transport that was closed twice has nobody to tell
            transport.set_write_buffer_limits()
