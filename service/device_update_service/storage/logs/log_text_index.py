"""The search index over device logs' texts: one file for the logs of each day, made behind the rows.

A day's index is deleted when none of its logs is left, so that nothing ever has to be taken out of one. It can be
deleted at any time and is then made anew.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.side_indexes import delete_side_index, find_in, open_side_index, transaction

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
        """The newest log that is indexed; 0 when there is none.

        It need not be in the newest file: a clock that was set back over midnight goes on with the day before.
        """
        statement = "SELECT ifnull(max(log_id), 0) FROM indexed"
        return max((int(row[0]) for path in self._files() for row in find_in(path, statement, ())), default=0)

    def extend(self, logs: Iterable[LogToIndex], text_of: Callable[[str], str]) -> None:
        """Index logs, in the order of their ids; ``text_of`` gives the text of a content, empty for one without.

        Raises:
            StorageUnavailable: the disk refuses.
        """
        for log in logs:
            text = text_of(log.sha256)
            try:
                with (
                    contextlib.closing(open_side_index(self._path(log.day), _SCHEMA)) as connection,
                    transaction(connection),
                ):
                    if text:
                        connection.execute("INSERT INTO log_text (rowid, text) VALUES (?, ?)", (log.id, text))
                    connection.execute("INSERT OR IGNORE INTO indexed VALUES (?)", (log.id,))
            except sqlite3.OperationalError as error:
                raise StorageUnavailable(f"The search index of device logs cannot be written: {error}.") from error
            except sqlite3.DatabaseError:
                delete_side_index(self._path(log.day))  # damaged: it goes, and later logs of its day are found again

    def find(self, search: str) -> list[int]:
        """The logs whose text holds all words of a search, each word's beginning being enough; the latest first."""
        words = _WORD.findall(search)
        if not words:
            return []
        query = " AND ".join(f'"{word}"*' for word in words)
        statement = "SELECT rowid FROM log_text WHERE log_text MATCH ? ORDER BY rowid DESC LIMIT ?"
        found: list[int] = []
        for path in reversed(self._files()):
            found += [int(row[0]) for row in find_in(path, statement, (query, MOST_FOUND - len(found)))]
            if len(found) >= MOST_FOUND:
                break
        return found

    def delete_before(self, day: str) -> None:
        """Delete the indexes of days before one, as ``YYYYMMDD``."""
        for path in self._files():
            if path.stem.removeprefix("device-logs-") < day:
                delete_side_index(path)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("device-logs-*.index"))

    def _path(self, day: str) -> Path:
        return self._folder / f"device-logs-{day}.index"
