"""The library that draws charts, loaded when the first one is looked at: half a second and 60 MB that few windows need.

It is imported in a thread of its own, so that the window goes on; what was asked for meanwhile is told afterwards.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Callable

from device_update_console.qt.background import Background

LIBRARY = "pyqtgraph"


class ChartLibrary:
    """One for a window; made and used in its thread."""

    def __init__(self, background: Background, library: str = LIBRARY) -> None:
        self._background = background
        self._library = library
        self._waiting: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self._loaded: bool | None = None
        """None: it was not tried yet."""

    def when_loaded(self, loaded: Callable[[], None], missing: Callable[[], None]) -> None:
        """Have one of the two called: at once when it is known which, else as soon as the library was tried."""
        if self._loaded is not None:
            (loaded if self._loaded else missing)()
            return
        self._waiting.append((loaded, missing))
        if len(self._waiting) == 1:
            self._background.run(_load(self._library), done=self._tried, failed=lambda _: self._tried(loaded=False))

    def _tried(self, loaded: bool) -> None:  # noqa: FBT001 -- told by `Background`
        self._loaded = loaded
        waiting, self._waiting = self._waiting, []
        for when_loaded, when_missing in waiting:
            (when_loaded if loaded else when_missing)()


async def _load(library: str) -> bool:
    """Whether the library is there; without it the figures are shown as tables."""
    # NumPy would start a thread for each processor, with memory for each, to do algebra that no chart needs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        await asyncio.to_thread(importlib.import_module, library)
    except ImportError:
        return False
    return True
