"""The update log: every check with its decision, in one SQLite file per day (design decision 11).

Retention is deleting a file. The main database stays small, and a slow search never meets a check's transaction.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from peewee import DatabaseError, OperationalError, SqliteDatabase

from device_update_service.storage.bulk import columns_of_rows
from device_update_service.storage.errors import StorageUnavailable

_log = logging.getLogger(__name__)

DAY: Final = 86_400_000
_OPEN_DAYS: Final = 3

_SCHEMA: Final = (
    """
    CREATE TABLE IF NOT EXISTS check_log (
        sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, device_id INTEGER, address TEXT NOT NULL,
        device_type TEXT NOT NULL, mac TEXT, serial TEXT, vendor TEXT NOT NULL, model TEXT NOT NULL,
        revision TEXT NOT NULL, locale TEXT NOT NULL, request_modules TEXT NOT NULL, response_modules TEXT NOT NULL,
        user TEXT, reason TEXT NOT NULL, version TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS check_log_device ON check_log (device_id, at) WHERE device_id IS NOT NULL",
)
_PRAGMAS: Final = {
    "journal_mode": "wal",
    "synchronous": "full",
    "wal_autocheckpoint": 4_000,
    "journal_size_limit": 67_108_864,
    "busy_timeout": 10_000,
}


COLUMNS: Final = (
    "sequence", "at", "device_id", "address", "device_type", "mac", "serial", "vendor", "model", "revision", "locale",
    "request_modules", "response_modules", "user", "reason", "version",
)  # fmt: skip
"""One line of the update log: times in milliseconds, modules as the contract's section 8 joins them.

``sequence`` is unique, so that a line written twice (because the main database failed after it) stands once.
"""

_APPEND: Final = (
    f"INSERT OR IGNORE INTO check_log ({', '.join(COLUMNS)}) SELECT {columns_of_rows(COLUMNS)} FROM json_each(?) j"
)
_OF_DEVICE: Final = (
    "SELECT at, reason, version, address FROM check_log WHERE device_id = ? AND at < ? ORDER BY at DESC LIMIT ?"
)
_MINUTES_OF_A_DAY: Final = 1440
_BEGUN: Final = "SELECT 1 FROM sqlite_master WHERE name = 'check_log'"


@dataclass(frozen=True, slots=True)
class CheckFold:
    """Checks of one device on one day between which nothing changed; ``version`` is what their decision is about."""

    first_at: int
    last_at: int
    count: int
    reason: str
    version: str | None
    address: str


class UpdateLog:
    """The day files of one folder. `append` and `delete_before` belong to the writer thread; reading to any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, SqliteDatabase] = {}
        self._appended: Counter[str] = Counter()

    def append(self, day: int, rows: str) -> None:
        """Write the lines of one day (days since 1970) in one transaction; durable when this returns.

        ``rows`` is JSON: an array of arrays of the values of `COLUMNS`.
        """
        name = day_name(day)
        try:
            self._write(name, rows)
        except OperationalError:
            raise
        except DatabaseError:
            self._set_aside(name)  # a damaged day must not stop what every write of the service is part of
            self._write(name, rows)
        self._appended[name] += 1

    def appended(self, day: str) -> int:
        """How often lines of a day were written since the start: what was equal before a look has no new ones."""
        return self._appended[day]

    def days(self) -> list[str]:
        """The days that have a file, as ``YYYYMMDD``, the oldest first."""
        return [_day_of(path) for path in self._days()]

    def last_sequence(self) -> int:
        """The greatest sequence that is kept; 0 when there is none."""
        newest = "SELECT ifnull(max(sequence), 0) FROM check_log"
        return max((int(row[0]) for day in self.days() for row in self.rows(day, newest, ())), default=0)

    def path(self, day: str) -> Path:
        """The file of a day."""
        return self._folder / f"update-log-{day}.sqlite"

    def rows(self, day: str, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """What a statement finds on one day; nothing on one that is deleted meanwhile, not begun yet, or damaged."""
        path = self.path(day)
        try:
            with _reading(path) as connection:
                if connection.execute(_BEGUN).fetchone() is None:
                    return []
                return connection.execute(statement, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            if path.exists():
                _log.warning("A day of the update log cannot be read", extra={"path": str(path), "error": str(error)})
            return []

    def device_checks(self, device_id: int, before_ms: int, limit: int) -> list[CheckFold]:
        """The newest folded checks of a device that end before a time, newest first."""
        folds: list[CheckFold] = []
        for path in reversed(self._days()):
            if _day_of(path) > day_name(before_ms // DAY):
                continue
            # A fold may hold any number of checks; one a minute for a day is the most that is looked at.
            folds += _fold(self.rows(_day_of(path), _OF_DEVICE, (device_id, before_ms, _MINUTES_OF_A_DAY)))
            if len(folds) >= limit:
                break
        return folds[:limit]

    def delete_before(self, now: datetime, days: int) -> list[Path]:
        """Delete the files of days that ended more than ``days`` days ago, and name them."""
        oldest = (now.astimezone(UTC).date() - timedelta(days=days)).strftime("%Y%m%d")
        gone: list[Path] = []
        for path in self._days():
            if _day_of(path) < oldest:
                opened = self._open.pop(_day_of(path), None)
                if opened is not None:
                    opened.close()
                for suffix in ("-wal", "-shm", ""):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                gone.append(path)
        return gone

    def close(self) -> None:
        """Close the writer's connections; in the writer thread."""
        for database in self._open.values():
            database.close()
        self._open.clear()

    def _write(self, name: str, rows: str) -> None:
        database = self._day(name)
        with database.atomic("IMMEDIATE"):
            database.execute_sql(_APPEND, (rows,))

    def _set_aside(self, name: str) -> None:
        """Rename a damaged day file, for whoever wants to repair it; retention does not find it any more."""
        opened = self._open.pop(name, None)
        if opened is not None:
            opened.close()
        path = self.path(name)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.replace(path.with_suffix(".damaged"))
        _log.error("A day of the update log is damaged and was set aside", extra={"path": str(path)})

    def _days(self) -> list[Path]:
        return sorted(self._folder.glob("update-log-*.sqlite"))

    def _day(self, name: str) -> SqliteDatabase:
        database = self._open.get(name)
        if database is None:
            while len(self._open) >= _OPEN_DAYS:
                self._open.pop(next(iter(self._open))).close()
            database = SqliteDatabase(str(self.path(name)), pragmas=_PRAGMAS, timeout=10)
            try:
                database.connect()
                for statement in _SCHEMA:
                    database.execute_sql(statement)
            except OperationalError as error:
                database.close()
                raise StorageUnavailable(f"The update log cannot be written: {error}.") from error
            except DatabaseError:
                database.close()
                raise
            self._open[name] = database
        return database


class _reading:  # noqa: N801 -- a context manager, named for how it reads
    """A connection to a day file that cannot write."""

    def __init__(self, path: Path) -> None:
        # As a URI, in which a folder's name may hold %, # and ? without meaning another file, or making one.
        self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._connection.close()


def day_name(day: int) -> str:
    """The name of a day since 1970, as ``YYYYMMDD``."""
    return (date(1970, 1, 1) + timedelta(days=day)).strftime("%Y%m%d")


def day_begins(name: str) -> int:
    """When the day of a name begins, in milliseconds."""
    return (datetime.strptime(name, "%Y%m%d").date() - date(1970, 1, 1)).days * DAY  # noqa: DTZ007 -- a date has no zone


def _day_of(path: Path) -> str:
    return path.stem.removeprefix("update-log-")


def _fold(rows: Sequence[tuple[int, str, str | None, str]]) -> Iterator[CheckFold]:
    for (reason, version, address), group in groupby(rows, key=lambda row: row[1:]):
        times = [row[0] for row in group]
        yield CheckFold(times[-1], times[0], len(times), reason, version, address)
