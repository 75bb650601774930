"""A disk of a few megabytes, so that it can be filled: a tmpfs, which takes root to mount."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FILLER = "filler"
_BLOCK = 4096


@contextmanager
def small_disk(folder: Path, *, size: int) -> Iterator[Path]:
    """A folder on a disk of its own of `size` bytes; the test is skipped where nothing can be mounted."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a small disk is mounted, which takes root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"root may not mount a small disk here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, leave: int = 0) -> None:
    """Take all of the disk but some bytes, in whole blocks."""
    make_room(folder)
    with (folder / _FILLER).open("wb") as filler:
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        os.posix_fallocate(filler.fileno(), 0, max(_BLOCK, (free - leave) // _BLOCK * _BLOCK))


def make_room(folder: Path) -> None:
    """Give back what `fill` took."""
    (folder / _FILLER).unlink(missing_ok=True)
