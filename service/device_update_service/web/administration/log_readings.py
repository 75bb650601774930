"""Who reads which device log: every reading is on the audit trail, but not every piece of it (contract section 5)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_ONE_READING: Final = 600.0
"""Seconds within which requests for parts of one log, by one session, are one reading on the audit trail."""
_REMEMBERED: Final = 10_000


class Readings:
    """Which logs were read lately by which sessions, so that a viewer that fetches ranges is one entry."""

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[int, str], float] = OrderedDict()

    def is_new(self, session_id: int, log_id: str, now: float) -> bool:
        """Whether this reading is to be noted; it is from now on."""
        key = (session_id, log_id)
        noted = self._noted.pop(key, None)
        if noted is not None and now - noted < _ONE_READING:
            self._noted[key] = noted
            return False
        self._noted[key] = now
        if len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)
        return True

    def forget(self, session_id: int, log_id: str) -> None:
        """The reading could not be noted: the next one is new again."""
        self._noted.pop((session_id, log_id), None)
