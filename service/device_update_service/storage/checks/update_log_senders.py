"""The distinct texts that checks tell, of all days together, with a trigram index: what a search asks once.

Checks of one device mostly tell the same, for days on end, so there are about as many texts as devices. A text has a
number for ever; `storage.checks.update_log_index` knows which checks of a day it stands for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_service.domain.sought_texts import SHORTEST
from device_update_service.storage.checks.update_log_texts import TEXT, Term
from device_update_service.storage.side_indexes import find_within, open_side_index, transaction

_SCHEMA: Final = (
    """
    CREATE TABLE IF NOT EXISTS sender (
        id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, last_day TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS sender_last_day ON sender (last_day)",
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS sender_text USING fts5 (
        text, content = 'sender', content_rowid = 'id', tokenize = 'trigram', detail = none, columnsize = 0
    )
    """,
    "CREATE TABLE IF NOT EXISTS stamp (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), text TEXT NOT NULL)",
    "INSERT OR IGNORE INTO stamp VALUES (1, hex(randomblob(16)))",
)
_ADD: Final = (
    f"INSERT INTO sender (text, last_day) SELECT DISTINCT {TEXT}, ? FROM day.check_log "
    "WHERE sequence > ? AND sequence <= ? "
    "ON CONFLICT (text) DO UPDATE SET last_day = excluded.last_day WHERE last_day < excluded.last_day"
)
_ADD_TEXTS: Final = "INSERT INTO sender_text (rowid, text) SELECT id, text FROM sender WHERE id > ?"
_FORGOTTEN: Final = "SELECT id, text FROM sender WHERE last_day < ? LIMIT ?"
_FORGET_TEXT: Final = "INSERT INTO sender_text (sender_text, rowid, text) VALUES ('delete', ?, ?)"
_FORGOTTEN_AT_ONCE: Final = 5_000
_INDEXED: Final = "SELECT sender.id AS id FROM sender_text CROSS JOIN sender ON sender.id = sender_text.rowid"
_TRIGRAM: Final = 3
_TRIGRAMS_AT_START: Final = 2
_TRIGRAMS_AT_END: Final = 3
ANY_STEPS: Final = 2**31 - 1
"""Of the database's machine: a search that may take as long as it takes."""


def senders_path(folder: Path) -> Path:
    """The file of a folder's texts."""
    return folder / "update-log-senders.index"


def open_senders(folder: Path) -> sqlite3.Connection:
    """A connection that writes; close it.

    Raises:
        sqlite3.OperationalError: the disk refuses. sqlite3.DatabaseError: the file is damaged.
    """
    return open_side_index(senders_path(folder), _SCHEMA)


def stamp_of(connection: sqlite3.Connection) -> str:
    """What tells this file from one that was made anew, in which numbers mean other texts."""
    return str(connection.execute("SELECT text FROM stamp").fetchone()[0])


def last_sender(connection: sqlite3.Connection) -> int:
    """The largest number; 0 when there is none."""
    return int(connection.execute("SELECT ifnull(max(id), 0) FROM sender").fetchone()[0])


def add_senders(connection: sqlite3.Connection, day: str, above: int, to: int) -> None:
    """Add the texts of some checks of a day, which is attached as ``day``; within the caller's transaction."""
    known = last_sender(connection)
    connection.execute(_ADD, (day, above, to))
    connection.execute(_ADD_TEXTS, (known,))


@dataclass(frozen=True, slots=True)
class FoundSenders:
    """The numbers of texts and the stamp that they belong to; ``numbers`` is None where finding them takes longer."""

    stamp: str
    numbers: tuple[int, ...] | None


def find_senders(
    folder: Path, terms: Sequence[Term], most: int, *, steps: int = ANY_STEPS, scan_steps: int = 0
) -> FoundSenders | None:
    """The texts that hold all terms, at most so many; None when there are no texts yet.

    Where the trigrams are so frequent that the index takes more steps, all texts may be looked at, one behind the
    other: that takes half as long as to look up nearly each of them.
    """
    chosen, parameters = _matching(terms)
    found = _find(
        folder, f"{_INDEXED} WHERE sender_text MATCH ? AND {chosen}", [_query(terms[0]), *parameters], most, steps
    )
    if found is not None and found.numbers is None and scan_steps:
        return _find(folder, f"SELECT id FROM sender WHERE {chosen}", parameters, most, scan_steps)
    return found


def find_senders_of_mac(folder: Path, digits: str, most: int) -> FoundSenders | None:
    """The texts of a MAC address, given by its upper-case digits alone, with which they begin; at most so many."""
    chosen = "SELECT id FROM sender WHERE text >= ? AND text < ?"
    return _find(folder, chosen, [f"{digits} ", f"{digits}!"], most, ANY_STEPS)


def _find(folder: Path, chosen: str, parameters: Sequence[str], most: int, steps: int) -> FoundSenders | None:
    statement = f"SELECT (SELECT text FROM stamp), NULL UNION ALL SELECT NULL, id FROM ({chosen} LIMIT ?)"
    rows = find_within(senders_path(folder), steps, statement, (*parameters, most))
    if rows is None:
        return FoundSenders("", None)
    return FoundSenders(rows[0][0], tuple(row[1] for row in rows[1:])) if rows else None


def forget_senders(folder: Path, oldest_day: str) -> None:
    """Delete the texts that no check since a day told, in slices.

    Raises:
        sqlite3.OperationalError: the disk refuses. sqlite3.DatabaseError: the file is damaged.
    """
    if not senders_path(folder).exists():
        return
    connection = open_senders(folder)
    try:
        while forgotten := connection.execute(_FORGOTTEN, (oldest_day, _FORGOTTEN_AT_ONCE)).fetchall():
            with transaction(connection):
                connection.executemany(_FORGET_TEXT, forgotten)
                connection.executemany("DELETE FROM sender WHERE id = ?", [(number,) for number, _ in forgotten])
    finally:
        connection.close()


def _matching(terms: Sequence[Term]) -> tuple[str, list[str]]:
    """The condition that a text holds all terms, whatever the index says.

    A bare MAC address is looked for in all of it, which is quicker than to cut it out: its checks are looked at again.
    """
    conditions, parameters = list[str](), list[str]()
    for term in terms:
        condition, needed = term.condition("sender.text", "sender.text")
        conditions.append(condition)
        parameters += needed
    return " AND ".join(conditions), parameters


def _query(term: Term) -> str:
    """The full-text query for what may hold a term, in whatever form."""
    return " OR ".join(f"({_trigrams(form)})" for form in term.forms)


def _trigrams(form: str) -> str:
    """A full-text query for some trigrams of a term.

    Each that nearly all texts hold costs the reading of as many entries, and all of a whole MAC address cost ten times
    as much as these do. What tells devices apart stands at the beginning (of a user) or at the end (of an identifier).
    """
    last = len(form) - SHORTEST
    starts = {*range(0, last + 1, _TRIGRAM)[:_TRIGRAMS_AT_START], *range(last, -1, -_TRIGRAM)[:_TRIGRAMS_AT_END]}
    quoted = (form[start : start + _TRIGRAM].replace('"', '""') for start in sorted(starts))
    return " AND ".join(f'"{trigram}"' for trigram in quoted)
