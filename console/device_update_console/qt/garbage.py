"""The garbage collector works in the window's thread, between frames, and goes through everything only at rest.

By itself CPython's goes through all objects of the program in whichever thread made one too many: a tenth of a second
in the middle of scrolling, and Qt objects may be deleted in a thread that is not theirs. Nearly everything here goes
without it, when the last reference does; it is for objects that refer to each other, such as windows that were closed.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

_LOOK_MS: Final = 250
_YOUNG: Final = 2_000
"""So many objects that were made since the last look, and are still there, tell that somebody does something."""
_MANY: Final = 10_000
"""So many are rows of a page, which refer to each other in one direction only; going through them takes 10 ms."""
_REST_SECONDS: Final = 20.0
"""So long few objects were made: nobody does anything that a pause of a tenth of a second would disturb."""
_BETWEEN_SECONDS: Final = 600.0
_SWITCH_SECONDS: Final = 0.001
"""How long the loop's thread may keep the window's from going on; the interpreter's own is 5 ms."""


class GarbageCollector(QObject):
    """Takes the place of the automatic collector until `end`; made when the program's modules and first window are."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._busy_at = self._all_at = monotonic()
        sys.setswitchinterval(_SWITCH_SECONDS)
        gc.disable()
        self._collect_all()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what is young, unless that is very much; everything, when nothing went on for a while.

        The interpreter's own count says nothing here: while a list is scrolled as many old rows go as new ones come,
        and it stays at about zero, until all rows that are kept are young, and going through them takes 60 ms.
        """
        now = self._monotonic()
        young = len(gc.get_objects(generation=0))
        if young >= _YOUNG:
            self._busy_at = now
        if young >= _MANY:
            gc.freeze()  # it is old from now on: what of it nobody needs, and refers to itself, goes at rest
        else:
            gc.collect(0)
        if now - self._busy_at >= _REST_SECONDS and now - self._all_at >= _BETWEEN_SECONDS:
            self._all_at = now
            self._collect_all()

    def end(self) -> None:
        """Give everything back to the automatic collector."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _collect_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # what is left lives long, and need not be gone through with what is young
