"""A faulty relay in a thread of its own, for tests whose own thread is the window's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.faulty_relay import FaultyRelay

_SECONDS = 60.0


class ThreadedRelay:
    """See `FaultyRelay`; each call is done when it returns."""

    def __init__(self, relay: FaultyRelay, loop: asyncio.AbstractEventLoop) -> None:
        self._relay = relay
        self._loop = loop
        self.admin = relay.url
        """In the place of the service's administration listener."""

    def start(self) -> None:
        """Answer."""
        self._do(self._relay.start())

    def stop(self) -> None:
        """Be down."""
        self._do(self._relay.stop())

    def hold(self, text: str) -> Callable[[], None]:
        """Hold back answers to such requests until the function that is given is called."""
        release = self._call(lambda: self._relay.hold(text))
        return lambda: self._call(release)

    def talk_nonsense(self, text: str) -> Callable[[], None]:
        """Answer such requests with a web page until the function that is given is called."""
        stop = self._call(lambda: self._relay.talk_nonsense(text))
        return lambda: self._call(stop)

    def count(self, text: str) -> int:
        """How many such requests arrived."""
        return self._relay.count(text)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def _call(self, call: Callable[[], Any]) -> Any:
        async def done() -> Any:
            return call()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_SECONDS)


@contextmanager
def threaded_relay(target: str) -> Iterator[ThreadedRelay]:
    """A relay to a service, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        relay = ThreadedRelay(FaultyRelay(target), loop)
        relay.start()
        try:
            yield relay
        finally:
            relay.stop()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SECONDS)
        loop.close()
