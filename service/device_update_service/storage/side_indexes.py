"""Search indexes in files of their own: made behind the rows, lost without harm, and made anew.

None is in the transaction of anything that matters, so that a slow or damaged one holds up nobody.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any


def open_side_index(path: Path, schema: Iterable[str]) -> sqlite3.Connection:
    """A connection that writes; close it.

    Raises:
        sqlite3.OperationalError: the disk refuses. sqlite3.DatabaseError: the file is damaged.
    """
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, uri=True)
    try:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = normal")  # a power cut costs some of what can be made again
        for statement in schema:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def find_in(path: Path, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    """What a statement finds; nothing in an index that is not there, deleted meanwhile, or damaged."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, parameters).fetchall()
    except sqlite3.DatabaseError:
        return []


def find_within(path: Path, steps: int, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]] | None:
    """What a statement finds in so many steps of the database's machine; None where it takes more.

    Nothing is found in an index that is not there, deleted meanwhile, or damaged.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: 1, steps)
            return connection.execute(statement, parameters).fetchall()
    except sqlite3.DatabaseError as error:
        return None if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT else []


def delete_side_index(path: Path) -> None:
    """Delete an index with the files beside it; one that is gone already is no error."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
