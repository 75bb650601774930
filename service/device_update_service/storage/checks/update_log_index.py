"""The search index of the update log: one file beside each day, made behind the rows and never in a check's way.

Checks of one device mostly tell the same, so the trigram index is over the distinct texts of a day, and a list of the
checks that each text stands for. It can be deleted at any time and is then made anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_texts import TEXT, Term
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.side_indexes import delete_side_index, find_in, open_side_index, transaction

_AT_ONCE: Final = 5_000
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS sender (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE IF NOT EXISTS posting (
        sender INTEGER, sequence INTEGER, PRIMARY KEY (sender, sequence)
    ) WITHOUT ROWID
    """,
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS sender_text USING fts5 (
        text, content = 'sender', content_rowid = 'id', tokenize = 'trigram', detail = none, columnsize = 0
    )
    """,
    "CREATE TABLE IF NOT EXISTS indexed (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), sequence INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO indexed VALUES (1, -9223372036854775808)",
)
_STEP_END: Final = (
    "SELECT max(sequence) FROM (SELECT sequence FROM day.check_log WHERE sequence > ? ORDER BY sequence LIMIT ?)"
)
_RANGE: Final = "FROM day.check_log WHERE sequence > ? AND sequence <= ?"
_NEW_SENDERS: Final = f"INSERT OR IGNORE INTO sender (text) SELECT DISTINCT {TEXT} {_RANGE}"
_NEW_TEXTS: Final = "INSERT INTO sender_text (rowid, text) SELECT id, text FROM sender WHERE id > ?"
_NEW_POSTINGS: Final = (
    "INSERT OR IGNORE INTO posting SELECT sender.id, c.sequence FROM "
    f"(SELECT sequence, {TEXT} AS text {_RANGE}) c CROSS JOIN sender ON sender.text = c.text"
)


class Span(NamedTuple):
    """The checks of a day whose sequences lie between two."""

    above: int
    below: int


class UpdateLogIndex:
    """The index files beside the days of one update log; `extend` is for one thread, searching for any."""

    def __init__(self, log: UpdateLog, folder: Path) -> None:
        self._log = log
        self._folder = folder

    def extend(self, day: str) -> bool:
        """Index one slice of a day's new checks; whether there may be more.

        Raises:
            StorageUnavailable: the disk refuses; what is missing is found all the same, only slower.
        """
        try:
            with contextlib.closing(self._writing(day)) as connection:
                return _extend(connection)
        except sqlite3.OperationalError as error:
            raise StorageUnavailable(f"The update log's search index cannot be written: {error}.") from error
        except sqlite3.DatabaseError:
            delete_side_index(self._path(day))  # made anew at the next step
            return True

    def indexed_to(self, day: str) -> int | None:
        """The last check of a day that is in the index; None when there is none."""
        rows = find_in(self._path(day), "SELECT sequence FROM indexed", ())
        return rows[0][0] if rows and rows[0][0] > -(2**63) else None

    def senders(self, day: str, terms: Sequence[Term], most: int) -> int:
        """How many distinct texts match; counted up to ``most``."""
        chosen, parameters = _matching(terms)
        rows = find_in(self._path(day), f"SELECT count(*) FROM ({chosen} LIMIT ?)", (*parameters, most))
        return int(rows[0][0]) if rows else 0

    def sequences(
        self, day: str, terms: Sequence[Term], span: Span, most: int, *, oldest_first: bool = False
    ) -> list[int]:
        """The newest matching checks of a span, the newest first; or the oldest."""
        chosen, parameters = _matching(terms)
        statement = (
            f"SELECT sequence FROM ({chosen}) matching CROSS JOIN posting ON posting.sender = matching.id "
            f"WHERE sequence > ? AND sequence < ? ORDER BY sequence {'ASC' if oldest_first else 'DESC'} LIMIT ?"
        )
        return [row[0] for row in find_in(self._path(day), statement, (*parameters, *span, most))]

    def delete_all_but(self, days: Sequence[str]) -> None:
        """Delete the index of every day that is not among these."""
        for path in self._folder.glob("update-log-*.index"):
            day = path.stem.removeprefix("update-log-")
            if day not in days:
                delete_side_index(self._path(day))

    def _path(self, day: str) -> Path:
        return self._folder / f"update-log-{day}.index"

    def _writing(self, day: str) -> sqlite3.Connection:
        connection = open_side_index(self._path(day), _SCHEMA)
        try:
            connection.execute("ATTACH DATABASE ? AS day", (f"{self._log.path(day).absolute().as_uri()}?mode=ro",))
        except BaseException:
            connection.close()
            raise
        return connection


def _extend(connection: sqlite3.Connection) -> bool:
    last = connection.execute("SELECT sequence FROM indexed").fetchone()[0]
    end = connection.execute(_STEP_END, (last, _AT_ONCE)).fetchone()[0]
    if end is None:
        return False
    with transaction(connection):
        known = connection.execute("SELECT ifnull(max(id), 0) FROM sender").fetchone()[0]
        connection.execute(_NEW_SENDERS, (last, end))
        connection.execute(_NEW_TEXTS, (known,))
        connection.execute(_NEW_POSTINGS, (last, end))
        connection.execute("UPDATE indexed SET sequence = ?", (end,))
    return True


def _matching(terms: Sequence[Term]) -> tuple[str, tuple[str, ...]]:
    """The distinct texts that hold all terms: the index finds the first, the others are looked for in what it found."""
    first, *others = terms
    parts, parameters = [], list[str]()
    for form in first.forms:
        conditions = ["sender_text.text LIKE ?", "instr(lower(sender.text), ?)"]
        parameters += [f"%{form}%", form]
        for term in others:
            condition, needed = term.condition("sender.text")
            conditions.append(condition)
            parameters += needed
        parts.append(
            "SELECT sender.id AS id FROM sender_text CROSS JOIN sender ON sender.id = sender_text.rowid "
            f"WHERE {' AND '.join(conditions)}"
        )
    return " UNION ".join(parts), tuple(parameters)
