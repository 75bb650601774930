"""The databases of a data folder at one moment, held still while the service goes on, and copied in steps.

SQLite's backup begins anew whenever another process writes, unless the connection that is copied from is inside a read
transaction: then it copies what that sees. ``VACUUM INTO`` cannot run inside one, so it could not copy the main
database and the update log of the same moment. What is held still costs the service nothing but a write-ahead log that
grows meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_service.storage.backups.durable_copies import Pause
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.errors import refused_by_sqlite

_WRITER_SECONDS: Final = 30
_PAGES: Final = 512
_WRITTEN_DAYS: Final = 4
"""Checks are of today, or of yesterday when they waited; a clock that is set to another day and back makes more."""


@dataclass(frozen=True, slots=True)
class PinnedDatabases:
    """Connections that all see the same moment."""

    main: sqlite3.Connection
    days: dict[Path, sqlite3.Connection | None]
    """Those of the update log that may be written to; None for one that is damaged or gone."""
    at_rest: tuple[Path, ...]
    """The other days."""


@contextmanager
def pinned_databases(folder: DataFolder) -> Iterator[PinnedDatabases]:
    """Hold the main database and the newest days of the update log as they are now.

    The service writes a day of the update log inside its transaction on the main database: whoever has that one's write
    lock, for as long as it takes to look at each of them once, sees the days of the same moment.

    Raises:
        StorageUnavailable: a database cannot be read, or the service does not let go of it.
    """
    with ExitStack() as stack:
        try:
            pinned = _pin(folder, stack)
        except sqlite3.Error as error:
            raise refused_by_sqlite(f"The database {folder.database} cannot be read", error) from error
        yield pinned


def _pin(folder: DataFolder, stack: ExitStack) -> PinnedDatabases:
    with closing(_connect(folder.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        main = _look_at(folder.database, stack)
        found = sorted(folder.update_log.glob("update-log-*.sqlite"), key=_last_written)
        days: dict[Path, sqlite3.Connection | None] = dict.fromkeys(found[-_WRITTEN_DAYS:])
        for path in days:
            with suppress(sqlite3.Error):  # whoever copies it will see
                days[path] = _look_at(path, stack)
        writer.execute("ROLLBACK")
    return PinnedDatabases(main, days, tuple(found[:-_WRITTEN_DAYS]))


def copy_pinned(connection: sqlite3.Connection, target: Path, pause: Pause) -> None:
    """Copy what a connection sees into a new file, which is one file and no more.

    Raises:
        sqlite3.Error: of either database.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as copy, target.open("rb") as written:
        copy.execute("PRAGMA journal_mode = off")  # the whole file is thrown away if this fails
        copy.execute("PRAGMA synchronous = off")  # it is brought to the disk here, step by step
        step = time.monotonic()

        def rest(_status: int, _remaining: int, _total: int) -> None:
            nonlocal step
            os.fdatasync(written.fileno())
            pause(time.monotonic() - step)
            step = time.monotonic()

        connection.backup(copy, pages=_PAGES, progress=rest)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = delete")


def copy_day(path: Path, target: Path, pause: Pause) -> None:
    """Copy a day of the update log that is at rest.

    Raises:
        sqlite3.Error. FileNotFoundError: it was deleted meanwhile.
    """
    with ExitStack() as stack:
        copy_pinned(_look_at(path, stack), target, pause)
    path.stat()


def stamp_of_day(path: Path) -> tuple[int, int, int] | None:
    """What tells that a day's file is the same as at another time; None while its write-ahead log may hold more."""
    waiting = path.with_name(f"{path.name}-wal")
    if waiting.exists() and waiting.stat().st_size:
        return None
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _last_written(path: Path) -> float:
    """When a day was written to, as far as its files tell."""
    waiting = path.with_name(f"{path.name}-wal")
    return max((file.stat().st_mtime for file in (path, waiting) if file.exists()), default=0.0)


def _look_at(path: Path, stack: ExitStack) -> sqlite3.Connection:
    """A connection in a transaction that sees the database as it is now."""
    connection = stack.enter_context(closing(_connect(path)))
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_WRITER_SECONDS, isolation_level=None
    )
