"""Device logs on the disk: content-addressed, with a readable hard link for people with a file browser.

A file is complete and durable before a row names it, so that an orphan is harmless and is swept, and a row without a
file cannot be. Files are made in the loop's worker threads and deleted in the writer; what is being made is *held*, so
that no deletion takes a file from a log that is about to name it.
"""

from __future__ import annotations

import errno
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from device_update_service.domain.log_policy import folder_of, readable_name
from device_update_service.storage.durable_files import adopt_file
from device_update_service.storage.errors import refused_by_disk

_MOST_IN_A_SECOND: Final = 100_000
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS})
"""What file systems say that have no hard links, or no more of them: the log itself is stored all the same."""


class LogStore:
    """The files of one ``Logs`` folder: contents below ``Store``, readable links below ``Client``."""

    def __init__(self, contents: Path, readable: Path) -> None:
        self._contents = contents
        self._readable = readable
        self._held: Counter[str] = Counter()
        self._held_links: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where files that are being received are made: on the same disk."""
        return self._contents

    def path(self, sha256: str) -> Path:
        """Where a content is, or would be."""
        return self._contents / sha256[:2] / sha256

    @contextmanager
    def holding(self, sha256: str) -> Iterator[None]:
        """Nobody deletes this content meanwhile."""
        with self._lock:
            self._held[sha256] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[sha256] -= 1
                if not self._held[sha256]:
                    del self._held[sha256]
                    self._held_links.pop(sha256, None)

    def adopt(self, source: Path, sha256: str) -> None:
        """Make a durable file part of the store, inside `holding`.

        Raises:
            StorageUnavailable: when the disk is full or fails; the store is as it was.
        """
        try:
            adopt_file(source, self.path(sha256))
        except OSError as error:
            raise refused_by_disk("The log store cannot take the file", error) from error

    def link(
        self, sha256: str, *, device_type: str, identifier: str, log_type: str, at: datetime, extension: str
    ) -> str | None:
        """Make the readable link, inside `holding`, and give its path below the folder of readable ones.

        None where the file system has no links.

        Raises:
            StorageUnavailable: when the disk is full or fails.
        """
        folder = self._readable / folder_of(log_type)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may have tidied up
            for number in range(_MOST_IN_A_SECOND):
                target = folder / readable_name(device_type, identifier, log_type, at, extension, number)
                link = f"{folder.name}/{target.name}"
                with self._lock, suppress(FileExistsError):
                    os.link(self.path(sha256), target)
                    self._held_links.setdefault(sha256, set()).add(link)
                    return link
        except OSError as error:
            if error.errno in _NO_LINKS:
                return None
            raise refused_by_disk("The log store cannot take the file", error) from error
        return None

    def unlink(self, link: str | None) -> None:
        """Take a readable link away; one that is gone already is no error."""
        if link is not None:
            (self._readable / link).unlink(missing_ok=True)

    def delete(self, names: Iterable[str]) -> None:
        """Delete contents that no row names any more, in the writer; what is being made is left to the sweep."""
        for sha256 in names:
            with self._lock:
                if sha256 not in self._held:
                    self.path(sha256).unlink(missing_ok=True)

    def sweep_links(self, links: Iterable[str]) -> None:
        """Take away readable links that no row names, in the writer; not those that are being made."""
        for link in links:
            with self._lock:
                if not any(link in held for held in self._held_links.values()):
                    self.unlink(link)

    def names(self) -> list[str]:
        """The SHA-256 of every stored content."""
        folders = (folder for folder in self._contents.iterdir() if folder.is_dir())
        return [file.name for folder in folders for file in folder.iterdir()]

    def links(self) -> list[str]:
        """Every readable link, as its row names it."""
        return [f"{file.parent.name}/{file.name}" for file in self._readable.glob("*/*")]

    def sweep_unfinished(self) -> None:
        """Take away what a killed service was receiving; at the start only."""
        for file in self._contents.iterdir():
            if file.is_file():
                file.unlink(missing_ok=True)
