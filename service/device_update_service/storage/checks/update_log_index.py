"""The search index of the update log: which checks of a day tell which text, one file beside each day.

It is made behind the rows and never in a check's way, and can be deleted at any time: then it is made anew. What a
text is, and how those with a word are found, is a matter of `storage.checks.update_log_senders`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_senders import (
    ANY_STEPS,
    FoundSenders,
    add_senders,
    find_senders,
    find_senders_of_mac,
    forget_senders,
    last_sender,
    open_senders,
    senders_path,
    stamp_of,
)
from device_update_service.storage.checks.update_log_texts import TEXT, Term
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.side_indexes import delete_side_index, find_in, find_within, transaction

_AT_ONCE: Final = 5_000
_MOST_FAILURES: Final = 2
"""A day with which a new index fails as often is damaged itself; its checks are looked at one by one."""
_SCHEMA: Final = (
    "PRAGMA posted.journal_mode = wal",
    "PRAGMA posted.synchronous = normal",
    """
    CREATE TABLE IF NOT EXISTS posted.posting (
        sender INTEGER, sequence INTEGER, PRIMARY KEY (sender, sequence)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS posted.indexed (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1), sequence INTEGER NOT NULL, stamp TEXT NOT NULL
    )
    """,
)
_BEGUN: Final = "SELECT 1 FROM day.sqlite_master WHERE name = 'check_log'"
_STEP_END: Final = (
    "SELECT max(sequence) FROM (SELECT sequence FROM day.check_log WHERE sequence > ? ORDER BY sequence LIMIT ?)"
)
_POST: Final = (
    "INSERT OR IGNORE INTO posted.posting SELECT sender.id, c.sequence FROM "
    f"(SELECT sequence, {TEXT} AS text FROM day.check_log WHERE sequence > ? AND sequence <= ?) c "
    "CROSS JOIN sender ON sender.text = c.text"
)
_NOTHING: Final = -(2**63)


class Span(NamedTuple):
    """The checks of a day between two sequences, without both."""

    above: int
    below: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What the index knows of a search: the matching texts, and to which sequence it knows each day.

    ``senders`` is None when more match than were asked for, or took longer to find: then looking at checks one by one
    mostly finds some soon.
    """

    senders: tuple[int, ...] | None
    indexed: Mapping[str, int]
    gave_up: bool = False
    """Whether it would have taken longer."""


class UpdateLogIndex:
    """The index files beside the days of one update log; `extend` is for one thread, searching for any."""

    def __init__(self, log: UpdateLog, folder: Path) -> None:
        self._log = log
        self._folder = folder
        self._is_trusted = False
        self._failures: Counter[str] = Counter()

    def extend(self, day: str) -> bool:
        """Index one slice of a day's new checks; whether there may be more.

        Raises:
            StorageUnavailable: the disk refuses; what is missing is found all the same, only slower.
        """
        if self._failures[day] >= _MOST_FAILURES:
            return False
        try:
            self._distrust_once()
            with self._writing(day) as connection:
                return _extend(connection, day)
        except sqlite3.OperationalError as error:
            if not self._log.path(day).exists():
                return False  # its time is over, and it was deleted since it was named
            raise StorageUnavailable(f"The update log's search index cannot be written: {error}.") from error
        except sqlite3.DatabaseError:  # one of both is damaged; they are made anew at the next steps
            self._failures[day] += 1
            delete_side_index(senders_path(self._folder))
            delete_side_index(self._path(day))
            return True

    def indexed_to(self, day: str) -> int | None:
        """The last check of a day that is in the index; None when there is none."""
        rows = find_in(self._path(day), "SELECT sequence FROM indexed", ())
        return int(rows[0][0]) if rows and rows[0][0] > _NOTHING else None

    def matches(
        self, terms: Sequence[Term], most: int, days: Sequence[str], *, steps: int = ANY_STEPS, scan_steps: int = 0
    ) -> Matches:
        """The texts in which all terms are, unless they are more than so many or take more steps to find.

        ``scan_steps`` are those that looking at all texts may take where the index is of no use.
        """
        find = partial(find_senders, terms=terms, steps=steps, scan_steps=scan_steps)
        return self._matches(find, most, days)

    def matches_of_mac(self, digits: str, most: int, days: Sequence[str]) -> Matches:
        """The texts of a MAC address, given by its upper-case digits alone, unless they are more than so many."""
        return self._matches(partial(find_senders_of_mac, digits=digits), most, days)

    def _matches(self, find: Callable[..., FoundSenders | None], most: int, days: Sequence[str]) -> Matches:
        # The days first: what they knew then has all its texts now.
        indexed = {
            day: rows[0]
            for day in days
            if (rows := find_in(self._path(day), "SELECT sequence, stamp FROM indexed", ()))
        }
        found = find(self._folder, most=most + 1)
        if found is None:
            return Matches((), {})
        known = {day: sequence for day, (sequence, stamp) in indexed.items() if stamp == found.stamp}
        are_few = found.numbers is not None and len(found.numbers) <= most
        return Matches(found.numbers if are_few else None, known, gave_up=found.numbers is None)

    def sequences(
        self,
        day: str,
        senders: Sequence[int],
        span: Span,
        most: int,
        *,
        steps: int = ANY_STEPS,
        oldest_first: bool = False,
    ) -> list[int] | None:
        """The checks of a span that tell one of these texts, the newest or the oldest first.

        None where they take more steps to find.
        """
        if not senders:
            return []
        statement = _sequences_statement("ASC" if oldest_first else "DESC")
        rows = find_within(self._path(day), steps, statement, (json.dumps(senders), *span, most))
        return None if rows is None else [row[0] for row in rows]

    def delete_all_but(self, days: Sequence[str]) -> None:
        """Delete the index of every day that is not among these, and the texts that none of these tells.

        Raises:
            StorageUnavailable: the disk refuses; it is tried again with the next clean-up.
        """
        for path in self._day_paths():
            if _day_of(path) not in days:
                delete_side_index(path)
        if not days:
            delete_side_index(senders_path(self._folder))
            return
        try:
            forget_senders(self._folder, min(days))
        except sqlite3.OperationalError as error:
            raise StorageUnavailable(f"The update log's search index cannot be written: {error}.") from error
        except sqlite3.DatabaseError:
            delete_side_index(senders_path(self._folder))

    def _day_paths(self) -> list[Path]:
        return sorted(self._folder.glob("update-log-[0-9]*.index"))

    def _path(self, day: str) -> Path:
        return self._folder / f"update-log-{day}.index"

    @contextlib.contextmanager
    def _writing(self, day: str) -> Iterator[sqlite3.Connection]:
        """A connection to the texts, with a day and its index attached."""
        with contextlib.closing(open_senders(self._folder)) as connection:
            connection.execute("ATTACH DATABASE ? AS day", (f"{self._log.path(day).absolute().as_uri()}?mode=ro",))
            connection.execute("ATTACH DATABASE ? AS posted", (self._path(day).absolute().as_uri(),))
            for statement in _SCHEMA:
                connection.execute(statement)
            yield connection

    def _distrust_once(self) -> None:
        """Delete the days whose texts a power cut took: a number that is given again would mean another text."""
        if self._is_trusted:
            return
        with contextlib.closing(open_senders(self._folder)) as connection:
            last, stamp = last_sender(connection), stamp_of(connection)
        for path in self._day_paths():
            rows = find_in(path, "SELECT (SELECT stamp FROM indexed), (SELECT max(sender) FROM posting)", ())
            if not rows or rows[0][0] != stamp or (rows[0][1] or 0) > last:
                delete_side_index(path)
        self._is_trusted = True


def _extend(connection: sqlite3.Connection, day: str) -> bool:
    if connection.execute(_BEGUN).fetchone() is None:
        return False  # its file is there, but no table yet: its first checks are being written, or were when it ended
    stamp = stamp_of(connection)
    with transaction(connection):
        known = connection.execute("SELECT sequence, stamp FROM posted.indexed").fetchone()
        if known is None or known[1] != stamp:
            connection.execute("DELETE FROM posted.posting")
            connection.execute("INSERT OR REPLACE INTO posted.indexed VALUES (1, ?, ?)", (_NOTHING, stamp))
        last = _NOTHING if known is None or known[1] != stamp else known[0]
        end = connection.execute(_STEP_END, (last, _AT_ONCE)).fetchone()[0]
        if end is None:
            return False
        add_senders(connection, day, last, end)
        connection.execute(_POST, (last, end))
        connection.execute("UPDATE posted.indexed SET sequence = ?", (end,))
    return True


def _sequences_statement(direction: str) -> str:
    return (
        "SELECT posting.sequence FROM json_each(?) wanted CROSS JOIN posting ON posting.sender = wanted.value "
        "WHERE posting.sequence > ? AND posting.sequence < ? "
        f"ORDER BY posting.sequence {direction} LIMIT ?"
    )


def _day_of(path: Path) -> str:
    return path.stem.removeprefix("update-log-")
