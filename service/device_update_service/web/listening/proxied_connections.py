"""Reads a PROXY header from a connection before anything else does, and takes nothing but the header.

aiohttp and asyncio's TLS begin with the connection's first byte, so the header is read from the bare socket. The
bytes are looked at first (``MSG_PEEK``) and taken only when they are surely header; what follows, often in the same
packet, stays for TLS or HTTP.
"""

from __future__ import annotations

import asyncio
import socket

from device_update_service.web.listening.proxy_header import (
    MOST_BYTES,
    NoProxyHeader,
    ProxyHeader,
    parse_proxy_header,
)


async def read_proxy_header(connection: socket.socket) -> ProxyHeader:
    """Take the header; the caller sets a time limit, and closes the socket after an error.

    Raises:
        NoProxyHeader: what came is none, or ends in the middle.
        ConnectionResetError: the connection was closed without a byte, as a proxy's look at an open port is.
        OSError: the connection is broken.
    """
    connection.setblocking(False)  # noqa: FBT003 - the standard library's own
    taken = b""
    while True:
        try:
            seen = connection.recv(MOST_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            await _readable(connection)
            continue
        if not seen:
            if taken:
                raise NoProxyHeader("The connection ends in the middle of its PROXY header.")
            raise ConnectionResetError("Connection lost")
        header = parse_proxy_header(taken + seen)
        if header is not None:
            _take(connection, header.length - len(taken))
            return header
        # The beginning of a header: it is taken off, else the socket would stay readable without anything new.
        taken += _take(connection, len(seen))


def _take(connection: socket.socket, count: int) -> bytes:
    """Take bytes that are there."""
    taken = connection.recv(count)
    while len(taken) < count:
        taken += connection.recv(count - len(taken))
    return taken


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
