"""Files that are there for good: a name is durable when its folder is (design decision 5)."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk.

    Raises:
        OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def adopt_file(source: Path, target: Path) -> None:
    """Give a durable file its name in a store, in a folder below the store's own, which is made if need be.

    A content that is there already stays, and the source goes.

    Raises:
        OSError: the store is as it was.
    """
    if target.exists():
        source.unlink()
        return
    target.parent.mkdir(mode=0o700, exist_ok=True)
    source.replace(target)
    sync_folder(target.parent)
    sync_folder(target.parent.parent)
