"""The content-addressed image store: a file's name is its SHA-256 (design decision 5)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from device_update_service.storage.durable_files import adopt_file
from device_update_service.storage.errors import StorageUnavailable


class ImageStore:
    """Image files below one folder, in 256 sub-folders; a file is complete or not there.

    The row that names a file is committed after the file is durable, so an orphan file is harmless and is swept, and a
    row without a file cannot be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a file is, or would be."""
        return self._folder / sha256[:2] / sha256

    def make_durable(self, source: Path) -> None:
        """Bring a complete file, still under a temporary name, to the disk; slow for large files, so before `adopt`.

        Raises:
            StorageUnavailable: when the disk is full or fails.
        """
        try:
            descriptor = os.open(source, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StorageUnavailable(f"The image store cannot take the file: {error.strerror}.") from error

    def adopt(self, source: Path, sha256: str) -> None:
        """Make a durable file on the same disk part of the store; call it in the writer, as deletions are.

        Raises:
            StorageUnavailable: when the disk is full or fails; the store is as it was.
        """
        try:
            adopt_file(source, self.path(sha256))
        except OSError as error:
            raise StorageUnavailable(f"The image store cannot take the file: {error.strerror}.") from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete files that no row names any more, in the writer; one that is gone already is no error."""
        for sha256 in names:
            self.path(sha256).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The SHA-256 of every stored file."""
        return [file.name for folder in self._folder.iterdir() if folder.is_dir() for file in folder.iterdir()]

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        sizes = [
            file.stat().st_size for folder in self._folder.iterdir() if folder.is_dir() for file in folder.iterdir()
        ]
        return len(sizes), sum(sizes)
