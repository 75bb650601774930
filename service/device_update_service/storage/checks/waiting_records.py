"""Records that are written behind an answer: queued by the event loop, written by the writer in groups."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from peewee import OperationalError

from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.tables import DATABASE

_log = logging.getLogger(__name__)

_GROUP: Final = 4000
_REMEMBERED: Final = 1000

Record = TypeVar("Record")


class WaitingRecords(ABC, Generic[Record]):
    """A bounded queue and the groups that empty it; a `database.Batch`.

    While the database cannot take records they wait; past ``limit`` the oldest are dropped and counted. A record that
    can never be written is dropped by itself, for nothing may stop the writer for all.
    """

    def __init__(self, *, delay: float, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Records are due ``delay`` seconds after the first of them came."""
        self._delay = delay
        self._limit = limit
        self._monotonic = monotonic
        self._waiting: deque[Record] = deque()
        self._taken: list[Record] = []
        self._since = 0.0
        self.wake: Callable[[], None] = lambda: None
        self._given_up: deque[Record] = deque(maxlen=_REMEMBERED)
        self.dropped = 0
        self._dropped_at = 0.0
        self.written = 0

    @abstractmethod
    def store(self, records: Sequence[Record]) -> None:
        """Write a group, in the writer's transaction."""

    @property
    def backlog(self) -> int:
        """How many records are not yet durable."""
        return len(self._waiting) + len(self._taken)

    @property
    def backlog_seconds(self) -> float:
        """How long the oldest of them has waited."""
        return self._monotonic() - self._since if self.backlog else 0.0

    @property
    def seconds_since_dropped(self) -> float | None:
        """How long ago a record was dropped; None when none ever was."""
        return self._monotonic() - self._dropped_at if self.dropped else None

    def gave_up(self, record: Record) -> bool:
        """Whether this record was dropped lately because it could not be written at all."""
        return any(given_up is record for given_up in list(self._given_up))

    def add(self, record: Record) -> None:
        """Queue a record."""
        first = not self._waiting
        if first:
            self._since = self._monotonic()
        self._waiting.append(record)
        if first:
            self.wake()
        if len(self._waiting) > self._limit:
            self._waiting.popleft()
            self._count_dropped()

    def due_in(self) -> float | None:
        """Seconds until the queue should be written; None when it is empty."""
        return max(0.0, self._since + self._delay - self._monotonic()) if self._waiting else None

    def take(self) -> None:
        """Take all that waits."""
        for _ in range(len(self._waiting)):
            self._taken.append(self._waiting.popleft())

    def write(self) -> None:
        """Write all that was taken, in the writer's transaction."""
        for start in range(0, len(self._taken), _GROUP):
            self._store_surely(self._taken[start : start + _GROUP])

    def committed(self) -> None:
        """What was written is durable."""
        self.written += len(self._taken)
        self._taken.clear()

    def failed(self) -> None:
        """Keep what could not be written, in front of what came since."""
        self._waiting.extendleft(reversed(self._taken))
        self._taken.clear()
        self._since = self._monotonic()

    def _store_surely(self, records: Sequence[Record]) -> None:
        """Write a group; what cannot be written at all is found by halves, dropped and logged.

        What is wrong with the disk is raised instead: then all of them wait.
        """
        try:
            with DATABASE.atomic():
                self.store(records)
        except (OperationalError, StorageUnavailable, OSError):
            raise
        except Exception:  # noqa: BLE001 -- one record that nobody foresaw must not stop the writer for all
            if len(records) == 1:
                self._count_dropped()
                self._given_up.append(records[0])
                _log.exception("A record could not be written", extra={"record": repr(records[0])[:500]})
                return
            half = len(records) // 2
            self._store_surely(records[:half])
            self._store_surely(records[half:])

    def _count_dropped(self) -> None:
        self.dropped += 1
        self._dropped_at = self._monotonic()
