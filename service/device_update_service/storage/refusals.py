"""Refused requests are written behind their answers, folded by cause (contract section 3.2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from device_update_service.storage.refused_request_records import Refused, record_refusals

_DELAY: Final = 0.5
_LIMIT: Final = 10_000


class RefusalWriter:
    """The queue of refusals and the group that writes it; a `database.Batch`. A flood only counts its newest."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.wake: Callable[[], None] = lambda: None
        self._waiting: deque[Refused] = deque(maxlen=_LIMIT)
        self._taken: list[Refused] = []
        self._since = 0.0

    def add(self, refused: Refused) -> None:
        """Queue a refusal."""
        first = not self._waiting
        if first:
            self._since = self._monotonic()
        self._waiting.append(refused)
        if first:
            self.wake()

    def due_in(self) -> float | None:
        """Seconds until the queue should be written."""
        return max(0.0, self._since + _DELAY - self._monotonic()) if self._waiting else None

    def write(self) -> None:
        """Write all that waits, in the writer's transaction."""
        for _ in range(len(self._waiting)):
            self._taken.append(self._waiting.popleft())
        if self._taken:
            record_refusals(self._taken)

    def committed(self) -> None:
        """What was written is durable."""
        self._taken.clear()

    def failed(self) -> None:
        """Keep what could not be written."""
        self._waiting.extendleft(reversed(self._taken))
        self._taken.clear()
