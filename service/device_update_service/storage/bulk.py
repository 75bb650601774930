"""Many rows in one statement: rows travel as one JSON text, so that the whole step runs outside the interpreter's lock.

A statement a row costs two switches of the lock a row, which under load halves what the event loop can do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from device_update_service.storage.tables import DATABASE


def as_json(rows: Iterable[Any]) -> str:
    """Rows (or values) as the parameter of a bulk statement."""
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))


def columns_of_rows(columns: Sequence[str]) -> str:
    """``j.value ->> 0 AS a, ...``: the columns of rows that are JSON arrays."""
    return ", ".join(f"j.value ->> {place} AS {column}" for place, column in enumerate(columns))


def insert_statement(table: str, columns: Sequence[str], *, conflict: str = "") -> str:
    """An INSERT of all rows of one JSON parameter; ``conflict`` is an ON CONFLICT clause or empty."""
    named = ", ".join(columns)
    return f"INSERT INTO {table} ({named}) SELECT {columns_of_rows(columns)} FROM json_each(?) j WHERE true {conflict}"


def update_statement(table: str, key: str, columns: Sequence[str]) -> str:
    """An UPDATE of all rows of one JSON parameter; the key stands first in each row."""
    assignments = ", ".join(f"{column} = j.value ->> {place}" for place, column in enumerate(columns, start=1))
    return f"UPDATE {table} SET {assignments} FROM json_each(?) j WHERE {table}.{key} = j.value ->> 0"


def execute_json(statement: str, rows: str) -> None:
    """Run a bulk statement with rows that are JSON already."""
    DATABASE.execute_sql(statement, (rows,))


def execute(statement: str, rows: Sequence[Any]) -> None:
    """Run a bulk statement; no rows, no statement."""
    if rows:
        DATABASE.execute_sql(statement, (as_json(rows),))


def fetch_json(statement: str, *parameters: Any) -> list[Any]:
    """Run a statement whose only value is a JSON array (``json_group_array``)."""
    row = DATABASE.execute_sql(statement, parameters).fetchone()
    found: list[Any] = json.loads(row[0])
    return found
