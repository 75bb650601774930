"""What a data folder holds, on its way into the pool of a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from device_update_service.domain.backups import (
    ACCOUNT_KEY,
    DATABASE,
    UPDATE_LOG,
    BackupFile,
    Content,
    Manifest,
    lacking,
    unchanged_day,
)
from device_update_service.storage.backups.backup_folder import BackupFolder
from device_update_service.storage.backups.durable_copies import Pause, copy_file, hash_file, sync_file
from device_update_service.storage.backups.named_rows import RowsOfBackup, close_copy, is_sound_day
from device_update_service.storage.backups.pinned_databases import (
    PinnedDatabases,
    copy_day,
    copy_pinned,
    stamp_of_day,
)
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.errors import refused_by_sqlite


@dataclass(frozen=True, slots=True)
class NotCopied:
    """A file that a row names and that cannot be copied, and what is wrong with it: ``is missing``."""

    content: Content
    fault: str


@dataclass(slots=True)
class DataFolderCopies:
    """Copies one data folder into one backup; what the pool has already is neither read nor written."""

    folder: DataFolder
    backup: BackupFolder
    pause: Pause
    files: int = 0
    """How many were copied, and their bytes."""
    total_bytes: int = 0
    _pool: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pool = self.backup.pool()

    def copy_contents(self, wanted: Iterable[Content]) -> list[NotCopied]:
        """Copy the contents that the pool lacks; those that cannot be copied.

        Raises:
            OSError: the backup cannot be written.
        """
        return [
            NotCopied(content, fault)
            for content in lacking(wanted, self._pool)
            if (fault := self._copy_content(content)) is not None
        ]

    def copy_database(self, pinned: PinnedDatabases, logs_left_out: Iterable[str]) -> tuple[BackupFile, RowsOfBackup]:
        """Copy the main database as it is pinned, and let go of it.

        Raises:
            DatabaseDamaged. StorageUnavailable. OSError: the backup cannot be written.
        """
        with self._coming() as copy:
            try:
                copy_pinned(pinned.main, copy, self.pause)
                pinned.main.close()
                rows = close_copy(copy, logs_left_out)
            except sqlite3.Error as error:
                raise refused_by_sqlite("The database cannot be copied", error) from error
            return self._adopt(copy, DATABASE), rows

    def copy_days(
        self, days: Mapping[Path, sqlite3.Connection | None], last: Manifest | None
    ) -> tuple[list[BackupFile], list[str]]:
        """Copy days of the update log that were written to since the last backup; and name those that are damaged.

        A day comes with the connection that it is pinned by, or with None where it is at rest.

        Raises:
            StorageUnavailable. OSError: the backup cannot be written.
        """
        files: list[BackupFile] = []
        damaged: list[str] = []
        for path, pinned in days.items():
            with suppress(FileNotFoundError):  # its time was over, and it was deleted
                file = self._day(path, pinned, last)
                if file is None:
                    damaged.append(path.name)
                else:
                    files.append(file)
        return files, damaged

    def copy_key(self, key: bytes) -> BackupFile:
        """Put the key of the stored passwords into the pool, as it was read.

        Raises:
            OSError.
        """
        with self._coming() as copy:
            copy.touch(mode=0o600, exist_ok=False)
            copy.write_bytes(key)
            return self._adopt(copy, ACCOUNT_KEY)

    def _copy_content(self, content: Content) -> str | None:
        """Copy one file; what is wrong with it where it cannot be."""
        try:
            source = (self.folder.root / content.path).open("rb")
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        with source, self._coming() as copy:
            if copy_file(source, copy, self.pause) != (content.sha256, content.size):
                return "is damaged"
            self._take(copy, content.sha256, content.size)
        return None

    def _day(self, path: Path, pinned: sqlite3.Connection | None, last: Manifest | None) -> BackupFile | None:
        """One day, copied if need be; None where it is damaged.

        Raises:
            FileNotFoundError: it is gone. StorageUnavailable. OSError.
        """
        name = f"{UPDATE_LOG}/{path.name}"
        stamp = stamp_of_day(path)
        known = unchanged_day(last, name, stamp)
        if known is not None and self._pool.get(known.sha256) == known.size:
            return known
        with self._coming() as copy:
            try:
                if pinned is None:
                    copy_day(path, copy, self.pause)
                else:
                    copy_pinned(pinned, copy, self.pause)
                if not is_sound_day(copy):
                    return None
            except sqlite3.OperationalError as error:
                path.stat()
                raise refused_by_sqlite(f"The update log's day {path} cannot be copied", error) from error
            except sqlite3.DatabaseError:
                return None
            return self._adopt(copy, name, stamp)

    def _adopt(self, copy: Path, path: str, stamp: tuple[int, int, int] | None = None) -> BackupFile:
        sync_file(copy)
        sha256, size = hash_file(copy, self.pause)
        self._take(copy, sha256, size)
        return BackupFile(path=path, size=size, sha256=sha256, stamp=stamp)

    def _take(self, copy: Path, sha256: str, size: int) -> None:
        """Give a copy its name in the pool; one that turns out to be there goes, so that nobody copies that again."""
        if self._pool.get(sha256) == size:
            return
        self.backup.adopt(copy, sha256)
        self._pool[sha256] = size
        self.files += 1
        self.total_bytes += size

    @contextmanager
    def _coming(self) -> Iterator[Path]:
        """A name for a copy; what is left under it in the end goes."""
        copy = self.backup.incoming()
        try:
            yield copy
        finally:
            copy.unlink(missing_ok=True)
