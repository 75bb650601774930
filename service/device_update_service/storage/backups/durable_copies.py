"""Copies of files that are on the disk, and known by their SHA-256, when they get their name."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

_AT_ONCE: Final = 8 * 1024 * 1024
_NOT_IN_KERNEL: Final = frozenset({errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM})
"""What kernels say that cannot copy between two files by themselves, for example because their disks differ."""

Pause = Callable[[float], None]


def half_the_time(seconds: float) -> None:
    """Wait as long as the last step took: a service on the same disk goes first."""
    time.sleep(seconds)


def no_pause(_seconds: float) -> None:
    """Go on at once: nobody waits for the disk."""


@contextmanager
def _step(pause: Pause) -> Iterator[None]:
    began = time.monotonic()
    yield
    pause(time.monotonic() - began)


def copy_file(reading: BinaryIO, target: Path, pause: Pause) -> tuple[str, int]:
    """Copy an open file to a new name, to the disk, and give the SHA-256 and the bytes of the copy, read back.

    The kernel copies where it can: on file systems that share blocks that costs no room, and each file keeps its own.
    Hard links would not do: whoever damages the one damages the other. What was written goes to the disk in pieces, so
    that no service waits for gigabytes that it did not write.

    Raises:
        OSError.
    """
    with target.open("xb") as writing:
        while copied := _copy_some(reading.fileno(), writing.fileno()):
            if copied == _AT_ONCE:
                with _step(pause):
                    os.fdatasync(writing.fileno())
        with _step(pause):
            os.fsync(writing.fileno())
    return hash_file(target, pause)


def hash_file(path: Path, pause: Pause = no_pause) -> tuple[str, int]:
    """The SHA-256 of a file, and its bytes.

    Raises:
        OSError.
    """
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while True:
            with _step(pause):
                content = file.read(_AT_ONCE)
                found.update(content)
                size += len(content)
            if not content:
                return found.hexdigest(), size


def sync_file(path: Path) -> None:
    """Bring a file that somebody else wrote to the disk.

    Raises:
        OSError.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_some(source: int, target: int) -> int:
    """Copy the next piece; how many bytes it had. Some kernels say that nothing is left where they could not copy."""
    try:
        copied = os.copy_file_range(source, target, _AT_ONCE)
        if copied:
            return copied
    except OSError as error:
        if error.errno not in _NOT_IN_KERNEL:
            raise
    content = os.read(source, _AT_ONCE)
    written = 0
    while written < len(content):
        written += os.write(target, content[written:])
    return len(content)
