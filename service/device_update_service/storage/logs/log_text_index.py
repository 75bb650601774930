"""The search index over device logs' texts: one file for the logs of each day, made behind the rows.

A day's index is deleted when none of its logs is left, so that nothing ever has to be taken out of one. It can be
deleted at any time and is then made anew.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_service.storage.errors import StorageUnavailable

MOST_FOUND: Final = 5_000
"""Logs that one search finds by their texts at most, the latest."""

_SCHEMA: Final = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS log_text USING fts5 (
        text, content = '', detail = none, columnsize = 0, tokenize = 'unicode61'
    )
    """,
    "CREATE TABLE IF NOT EXISTS indexed (log_id INTEGER PRIMARY KEY)",
)
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class LogToIndex:
    """A log that is not indexed yet, and the day it came on, as ``YYYYMMDD``."""

    id: int
    sha256: str
    day: str


class LogTextIndex:
    """The index files of one folder; `extend` is for one thread, searching for any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def last_indexed(self) -> int:
        """The newest log that is indexed; 0 when there is none."""
        for path in reversed(self._files()):
            found = self._find(path, "SELECT ifnull(max(log_id), 0) FROM indexed", ())
            if found and found[0]:
                return found[0]
        return 0

    def extend(self, logs: Iterable[LogToIndex], text_of: Callable[[str], str]) -> None:
        """Index logs, in the order of their ids; ``text_of`` gives the text of a content, empty for one without.

        Raises:
            StorageUnavailable: the disk refuses.
        """
        for log in logs:
            text = text_of(log.sha256)
            try:
                with contextlib.closing(self._writing(log.day)) as connection, _transaction(connection):
                    if text:
                        connection.execute("INSERT INTO log_text (rowid, text) VALUES (?, ?)", (log.id, text))
                    connection.execute("INSERT OR IGNORE INTO indexed VALUES (?)", (log.id,))
            except sqlite3.OperationalError as error:
                raise StorageUnavailable(f"The search index of device logs cannot be written: {error}.") from error
            except sqlite3.DatabaseError:
                self._delete(self._path(log.day))  # damaged: it goes, and later logs of its day are found again

    def find(self, search: str) -> list[int]:
        """The logs whose text holds all words of a search, each word's beginning being enough; the latest first."""
        words = _WORD.findall(search)
        if not words:
            return []
        query = " AND ".join(f'"{word}"*' for word in words)
        statement = "SELECT rowid FROM log_text WHERE log_text MATCH ? ORDER BY rowid DESC LIMIT ?"
        found: list[int] = []
        for path in reversed(self._files()):
            found += self._find(path, statement, (query, MOST_FOUND - len(found)))
            if len(found) >= MOST_FOUND:
                break
        return found

    def delete_before(self, day: str) -> None:
        """Delete the indexes of days before one, as ``YYYYMMDD``."""
        for path in self._files():
            if path.stem.removeprefix("device-logs-") < day:
                self._delete(path)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("device-logs-*.index"))

    def _path(self, day: str) -> Path:
        return self._folder / f"device-logs-{day}.index"

    def _delete(self, path: Path) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)

    def _writing(self, day: str) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path(day), timeout=10, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = wal")
            connection.execute("PRAGMA synchronous = normal")  # a power cut costs some of what can be made again
            for statement in _SCHEMA:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _find(self, path: Path, statement: str, parameters: tuple[object, ...]) -> list[int]:
        """What a statement finds in an index; nothing in one that is deleted meanwhile, or damaged."""
        try:
            with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                return [int(row[0]) for row in connection.execute(statement, parameters)]
        except sqlite3.DatabaseError:
            return []


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
