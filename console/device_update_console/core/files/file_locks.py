"""Being the only program that changes a small file, for the few milliseconds that it takes."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LONGEST_WAIT_SECONDS = 5.0
"""Whoever holds it longer hangs, and must not make others hang."""

_LOOK_SECONDS = 0.005


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which need not exist; its folder is made. Others wait, but not for good.

    Raises:
        OSError: that is impossible.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as opened:
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while not _lock(opened):
            if time.monotonic() > deadline:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            time.sleep(_LOOK_SECONDS)
        yield  # closing it lets go of the lock, also when the program dies


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(opened: IO[bytes]) -> bool:
        opened.seek(0)
        try:
            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(opened: IO[bytes]) -> bool:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
