"""Rows that nobody looks at any more are freed a few at a time: some thousands at once would take a whole frame."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer

_EVERY_MS: Final = 10
_LONGEST_SECONDS: Final = 0.001
_AT_LEAST: Final = 20
"""So many are freed whatever the clock says; a row of devices is some thirty objects."""


class ForgottenRows(QObject):
    """Holds the last reference to what it is given, for a fraction of a second."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[object] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.free_some)

    def take(self, rows: Iterable[object]) -> None:
        """These are not needed any more."""
        self._waiting.extend(rows)
        if self._waiting and not self._timer.isActive():
            self._timer.start()

    def free_some(self) -> None:
        """Let a few go."""
        end = time.perf_counter() + _LONGEST_SECONDS
        while self._waiting:
            for _ in range(min(_AT_LEAST, len(self._waiting))):
                self._waiting.popleft()
            if time.perf_counter() >= end:
                return
        self._timer.stop()
