"""Ctrl+C in the terminal, and whoever ends the program from outside, close the windows as a person does."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

_ENDING = (signal.SIGINT, signal.SIGTERM)


class EndingSignals(QObject):
    """Calls ``end`` in the window's thread. Python alone would notice a signal only when it has something to do."""

    def __init__(self, end: Callable[[], None]) -> None:
        super().__init__()
        self._end = end
        self._read, self._written = socket.socketpair()
        for one in (self._read, self._written):
            one.setblocking(False)  # noqa: FBT003 -- the standard library's parameter
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._came)
        self._earlier = [(each, signal.signal(each, lambda *_: None)) for each in _ENDING]
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)

    def stop(self) -> None:
        """Let signals do what they did before."""
        signal.set_wakeup_fd(-1)
        for each, handler in self._earlier:
            signal.signal(each, handler)
        self._notifier.setEnabled(False)
        self._read.close()
        self._written.close()

    def _came(self) -> None:
        came = self._read.recv(64)
        if any(each in came for each in _ENDING):
            self._end()
