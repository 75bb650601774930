"""Being the only program that changes a small file, for the few milliseconds that it takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which need not exist; its folder is made. Others wait.

    Raises:
        OSError: that is impossible.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as opened:
        _lock(opened)
        yield  # closing it lets go of the lock, also when the program dies


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(opened: IO[bytes]) -> None:
        opened.seek(0)
        msvcrt.locking(opened.fileno(), msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(opened: IO[bytes]) -> None:
        fcntl.flock(opened, fcntl.LOCK_EX)
