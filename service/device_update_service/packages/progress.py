"""How far the worker has come, written by its reading thread and watched by another (`worker`)."""

from __future__ import annotations

import time


class Progress:
    """The moment and the file of the last step forward, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.moved_at = time.monotonic()
        self.file = ""

    def begin(self, file: str) -> None:
        """Another file is worked on."""
        self.file = file
        self.moved_at = time.monotonic()

    def moved(self) -> None:
        """Some bytes more of the file are done."""
        self.moved_at = time.monotonic()

    def stalled_for(self) -> float:
        """Seconds since the last step."""
        return time.monotonic() - self.moved_at
