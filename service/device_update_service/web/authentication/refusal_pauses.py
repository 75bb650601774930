"""Connections that are refused, or begin a sign-in, again and again are looked at less and less often.

A refusal is answered at once, but what comes next on the same connection waits a little, so that whoever sends junk as
fast as it is answered takes no processor time from honest devices. A new connection costs its caller a TLS handshake.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable
from typing import Final

FREE_REFUSALS: Final = 3
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


class _Refused:
    __slots__ = ("count", "until")

    def __init__(self) -> None:
        self.count = 0
        self.until = 0.0


class RefusalPauses:
    """The refusals of the connections of one listener, for one event loop."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._refused: weakref.WeakKeyDictionary[asyncio.Transport, _Refused] = weakref.WeakKeyDictionary()

    def seconds(self, transport: asyncio.Transport) -> float:
        """How long the next token of a connection has to wait now."""
        refused = self._refused.get(transport)
        return 0.0 if refused is None else max(0.0, refused.until - self._monotonic())

    def refused(self, transport: asyncio.Transport) -> None:
        """Count one more refusal: after the third the pauses double, from 50 ms up to a second."""
        refused = self._refused.get(transport)
        if refused is None:
            refused = self._refused[transport] = _Refused()
        refused.count += 1
        if refused.count > FREE_REFUSALS:
            pause = min(_FIRST_PAUSE * 2 ** min(refused.count - FREE_REFUSALS - 1, 16), _LONGEST_PAUSE)
            refused.until = self._monotonic() + pause

    def accepted(self, transport: asyncio.Transport) -> None:
        """Forget the refusals of a connection that is somebody's now."""
        self._refused.pop(transport, None)
