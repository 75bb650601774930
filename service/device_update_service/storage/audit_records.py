"""The audit trail's rows: appended, never changed; the schema's triggers refuse anything else.

The end of the chain is read in the transaction that continues it. That transaction holds the database's write lock from
its beginning (``BEGIN IMMEDIATE``), so that the chain cannot fork, whoever else writes: another job of the same group,
or a command on the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from peewee import Cast

from device_update_contract.administration.audit_trail import AuditQuery
from device_update_contract.audit import START
from device_update_service.domain.audit_entries import AuditedAction, AuditEntry, chained
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.bulk import as_json
from device_update_service.storage.paging import PageRequest
from device_update_service.storage.tables import DATABASE

_COUNTED = 1_000
_ROWS_OF_STATEMENT = 500  # 12 parameters each, far below what any SQLite takes

_COLUMNS = tuple(field.name for field in fields(AuditEntry))
_values = attrgetter(*_COLUMNS)
_LAST = f"SELECT id, CAST(hash AS BLOB) FROM audit_entry WHERE id < {2**53} ORDER BY id DESC LIMIT 1"
"""No entry of the service's own has a larger id; one that was put there must not end the chain for good."""

_INSERT = f"INSERT INTO audit_entry ({', '.join(_COLUMNS)}) VALUES "
_ROW = f"({', '.join('?' * len(_COLUMNS))})"
_HASHES_OF = "SELECT id, CAST(hash AS BLOB) FROM audit_entry WHERE id IN (SELECT value - 1 FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry with the hash of the one before it; empty where that one is gone."""

    entry: AuditEntry
    previous_hash: bytes


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the trail; `total` is None where counting would take long."""

    records: list[AuditRecord]
    next: str | None
    total: int | None
    total_at_least: int


def append_actions(actions: Iterable[AuditedAction], at: int) -> list[int]:
    """Continue the chain by these actions, in the writer's transaction, and return the ids of their entries."""
    row = DATABASE.execute_sql(_LAST).fetchone()
    last_id, last_hash = (0, START) if row is None else (int(row[0]), bytes(row[1]))
    entries = chained(actions, last_id=last_id, last_hash=last_hash, at=at)
    for start in range(0, len(entries), _ROWS_OF_STATEMENT):
        rows = entries[start : start + _ROWS_OF_STATEMENT]
        values = [value for entry in rows for value in _values(entry)]
        DATABASE.execute_sql(_INSERT + ", ".join([_ROW] * len(rows)), values)
    return [entry.id for entry in entries]


def page_of_audit_entries(query: AuditQuery, page: PageRequest) -> AuditPage:
    """A page of the trail, by id."""
    table = tables.AuditEntry
    conditions = _conditions(query)
    found = list(conditions)
    if page.position is not None:
        last = page.position[1]
        found.append(table.id < last if page.descending else table.id > last)
    chosen = table.select(*_SELECTED).order_by(table.id.desc() if page.descending else table.id).limit(page.limit + 1)
    rows: Any = (chosen.where(*found) if found else chosen).tuples()
    entries = [_entry(row) for row in rows]
    shown = entries[: page.limit]
    following = page.cursor(shown[-1].id, shown[-1].id) if len(entries) > page.limit else None
    total, at_least = _totals(conditions)
    return AuditPage(_with_previous(shown), following, total, at_least)


def _conditions(query: AuditQuery) -> list[Any]:
    table = tables.AuditEntry
    conditions: list[Any] = []
    if query.account is not None:
        conditions.append(table.account.collate("NOCASE") == query.account)
    if query.object is not None:
        conditions.append(table.object.collate("NOCASE") == query.object)
    if query.verb is not None:
        conditions.append(table.verb == query.verb)
    if query.outcome is not None:
        conditions.append(table.outcome == query.outcome)
    if query.since is not None:
        conditions.append(table.at >= to_milliseconds(query.since))
    if query.until is not None:
        conditions.append(table.at < to_milliseconds(query.until))
    return conditions


def _totals(conditions: Sequence[Any]) -> tuple[int | None, int]:
    """Exactly how many match, if all do or they are few; and a lower bound."""
    table = tables.AuditEntry
    if not conditions:
        row = DATABASE.execute_sql(_LAST).fetchone()
        total = 0 if row is None else int(row[0])  # ids are consecutive from 1
        return total, total
    counted = int(table.select(table.id).where(*conditions).limit(_COUNTED + 1).count())
    return (counted, counted) if counted <= _COUNTED else (None, _COUNTED)


def _with_previous(entries: Sequence[AuditEntry]) -> list[AuditRecord]:
    hashes = {entry.id: entry.hash for entry in entries}
    missing = [entry.id for entry in entries if entry.id - 1 not in hashes]
    cursor = DATABASE.execute_sql(_HASHES_OF, (as_json(missing),))
    hashes |= {number: bytes(hash_) for number, hash_ in cursor.fetchall()}
    hashes[0] = START
    return [AuditRecord(entry, hashes.get(entry.id - 1, b"")) for entry in entries]


def _selected(name: str) -> Any:
    kind = "INTEGER" if name in {"id", "at"} else "BLOB"
    return Cast(getattr(tables.AuditEntry, name), kind)


_SELECTED = [_selected(name) for name in _COLUMNS]
"""Bytes and whole numbers, whatever somebody has put there behind the service's back: it has to be seen to be found."""


def _entry(row: Sequence[Any]) -> AuditEntry:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    for name, value in values.items():
        if isinstance(value, bytes) and name != "hash":
            values[name] = value.decode("utf-8", "backslashreplace")
    return AuditEntry(**values)
