"""A relay between a client and a service that stops, holds answers back, cuts connections, and talks nonsense.

It keeps one port over all of that, so that a service that "went down" is found again where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.service_process import free_port

NONSENSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"


class FaultyRelay:
    """Passes requests on unless told otherwise; what it is told is for requests whose first line holds a text."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.requests: list[str] = []
        """First lines, as they arrived."""
        self._held: dict[str, asyncio.Event] = {}
        self._nonsense: set[str] = set()
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    async def start(self) -> None:
        """Answer."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Be down: nobody listens, and every connection is cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        """Cut every connection."""
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    def hold(self, text: str) -> Callable[[], None]:
        """Hold back answers to such requests until the function that is given is called."""
        event = self._held[text] = asyncio.Event()

        def release() -> None:
            self._held.pop(text, None)
            event.set()

        return release

    def talk_nonsense(self, text: str) -> Callable[[], None]:
        """Answer such requests with a web page until the function that is given is called."""
        self._nonsense.add(text)
        return lambda: self._nonsense.discard(text)

    def count(self, text: str) -> int:
        """How many such requests arrived."""
        return sum(text in line for line in self.requests)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so after a request arrived or a connection ended."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(so)

    async def _connected(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._pass_on(client, back)
        finally:
            self._connections.discard(task)
            back.transport.abort()
            async with self._changed:
                self._changed.notify_all()

    async def _pass_on(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        answers, forth = await asyncio.open_connection(*self._target)
        try:
            line = ""

            async def requests() -> None:
                nonlocal line
                while data := await client.read(65536):
                    if b" HTTP/1.1\r\n" in data:
                        line = data.partition(b" HTTP/1.1\r\n")[0].decode()
                        async with self._changed:
                            self.requests.append(line)
                            self._changed.notify_all()
                        if any(text in line for text in self._nonsense):
                            back.write(NONSENSE)
                            continue
                    forth.write(data)
                    await forth.drain()

            async def replies() -> None:
                while data := await answers.read(65536):
                    for text in [text for text in self._held if text in line]:
                        await self._held[text].wait()
                    back.write(data)
                    await back.drain()

            both = [asyncio.ensure_future(requests()), asyncio.ensure_future(replies())]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        finally:
            forth.transport.abort()


@asynccontextmanager
async def running_relay(target: str) -> AsyncIterator[FaultyRelay]:
    """A relay to a service, until the block ends."""
    relay = FaultyRelay(target)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
