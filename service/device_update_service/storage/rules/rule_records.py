"""Rules read from the main database: their slots, histories and updates. `rule_writes` is the other half.

Plain SQL and plain rows, because the catalog is read whole after each change while checks go on.
`approved_by_roll_back` has no column: it is the verb that filled the slot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from device_update_contract.device_classes import DeviceClass
from device_update_contract.versions import Version
from device_update_service.domain.rules import (
    ROLLING_BACK_VERBS,
    HistoryEntry,
    ImageFile,
    Rule,
    Slot,
    SlotName,
    Update,
    Verb,
)
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.bulk import as_json
from device_update_service.storage.tables import DATABASE

_IDS_OF_KEYS = "SELECT id FROM rule WHERE rule_key IN (SELECT value FROM json_each(?))"
_RULES = """
SELECT id, device_type, brand, model, revision, locale, update_type, vendor, removed, change_number
FROM rule WHERE {condition} ORDER BY id
"""
_SLOTS = "SELECT rule_id, slot, update_id, verb, at, account, comment FROM rule_slot WHERE {condition}"
_HISTORY = """
SELECT rule_id, update_id, version, replaced, verb, at, account, comment
FROM rule_history WHERE {condition} ORDER BY id
"""
_UPDATES = """
SELECT id, rule_id, version, package_id, imported_at, stored, serve_until, last_referred_at
FROM rule_update u WHERE {condition} ORDER BY id
"""
_FILES = """
SELECT f.update_id, f.name, f.sha256, f.size, f.timestamp, f.signature, f.signature_sha256, f.signature_size
FROM image_file f JOIN rule_update u ON u.id = f.update_id WHERE {condition} ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """An update as it is stored, with what a purge and the grace of superseded files need (contract 2.1, 3.1)."""

    rule_id: int
    update: Update
    serve_until: datetime | None
    last_referred_at: datetime | None


def rule_key(device_class: DeviceClass, update_type: str) -> str:
    """The six fields in lower case, joined by a slash, which none of them can hold."""
    return "/".join((*device_class.key, update_type.lower()))


def find_rules(keys: Sequence[str]) -> dict[str, Rule]:
    """The rules of these keys (`rule_key`) that there are, also removed ones, with their histories and updates."""
    rows = DATABASE.execute_sql(_IDS_OF_KEYS, (as_json(keys),)).fetchall()
    rules = load_rules([rule_id for (rule_id,) in rows])
    return {rule_key(rule.device_class, rule.update_type): rule for rule in rules}


def load_rules(rule_ids: Sequence[int] | None = None, *, complete: bool = True) -> list[Rule]:
    """Rules: those of these ids in their order, else all by id.

    Only complete ones know their history and every update; the others are for lists and the catalog, and know those
    in their slots.
    """
    if rule_ids is None:
        return _load(_EVERY, complete=complete)
    found = {rule.id: rule for rule in _load(_Among(rule_ids), complete=complete)}
    return [found[rule_id] for rule_id in dict.fromkeys(rule_ids) if rule_id in found]


def stored_updates() -> list[UpdateRecord]:
    """The updates whose files are on disk, by id."""
    return _read_updates("u.stored")


def superseded_updates() -> list[UpdateRecord]:
    """The updates to which no slot refers any more and whose files are served for a grace, also when it is over."""
    return _read_updates("u.stored AND u.serve_until IS NOT NULL")


def updates_of_rule(rule_id: int) -> list[UpdateRecord]:
    """Every update of one rule, purged ones too, by id."""
    return _read_updates("u.rule_id = ?", rule_id)


@dataclass(frozen=True, slots=True)
class _Among:
    """Restricts statements to rules of these ids; None: to none, every rule is meant."""

    rule_ids: Sequence[int] | None

    def condition(self, column: str) -> str:
        """A condition on the column that holds a rule's id."""
        return "true" if self.rule_ids is None else f"{column} IN (SELECT value FROM json_each(?))"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of one condition."""
        return () if self.rule_ids is None else (as_json(self.rule_ids),)

    def fetch(self, statement: str, column: str) -> list[Any]:
        """The rows of a statement that has one place for the condition."""
        found: list[Any] = DATABASE.execute_sql(
            statement.format(condition=self.condition(column)), self.parameters
        ).fetchall()
        return found


_EVERY = _Among(None)


def _load(among: _Among, *, complete: bool) -> list[Rule]:
    condition = among.condition("{column}")
    if complete:
        records = _read_updates(condition.format(column="u.rule_id"), *among.parameters)
    else:
        in_slots = f"SELECT update_id FROM rule_slot WHERE {condition.format(column='rule_id')}"
        records = _read_updates(f"u.id IN ({in_slots})", *among.parameters)
    known = {record.update.id: record.update for record in records}
    slots_of: dict[int, dict[str, Slot]] = defaultdict(dict)
    for rule_id, slot, update_id, verb, at, account, comment in among.fetch(_SLOTS, "rule_id"):
        slots_of[rule_id][slot] = Slot(known[update_id], from_milliseconds(at), account, comment, Verb(verb))
    updates_of: dict[int, list[Update]] = defaultdict(list)
    history_of: dict[int, list[HistoryEntry]] = defaultdict(list)
    if complete:
        for record in records:
            updates_of[record.rule_id].append(record.update)
        for rule_id, *values in among.fetch(_HISTORY, "rule_id"):
            history_of[rule_id].append(_history_entry(*values))
    rows = among.fetch(_RULES, "id")
    return [_rule(row, slots_of[row[0]], history_of[row[0]], updates_of[row[0]]) for row in rows]


def _rule(
    row: Sequence[Any], slots: dict[str, Slot], history: Sequence[HistoryEntry], updates: Sequence[Update]
) -> Rule:
    rule_id, device_type, brand, model, revision, locale, update_type, vendor, removed, change_number = row
    approved = slots.get(SlotName.APPROVED)
    return Rule(
        id=rule_id,
        device_class=DeviceClass(device_type, brand, model, revision, locale),
        update_type=update_type,
        vendor=vendor,
        pending=slots.get(SlotName.PENDING),
        approved=approved,
        restore=slots.get(SlotName.RESTORE),
        approved_by_roll_back=approved is not None and approved.verb in ROLLING_BACK_VERBS,
        removed=bool(removed),
        change_number=change_number,
        history=tuple(history),
        updates=tuple(updates),
    )


def history_entry(row: tables.RuleHistory) -> HistoryEntry:
    """One history entry from its row."""
    return _history_entry(row.update_id, row.version, row.replaced, row.verb, row.at, row.account, row.comment)


def _history_entry(
    update_id: Any, version: Any, replaced: Any, verb: Any, at: Any, account: Any, comment: Any
) -> HistoryEntry:
    return HistoryEntry(
        version=Version.parse(version),
        update_id=update_id,
        verb=Verb(verb),
        at=from_milliseconds(at),
        account=account,
        comment=comment,
        replaced=None if replaced is None else Version.parse(replaced),
    )


def _read_updates(condition: str, *parameters: Any) -> list[UpdateRecord]:
    """The updates for which a condition on ``rule_update u`` holds, by id; the condition is this module's own text."""
    files_of: dict[int, list[ImageFile]] = defaultdict(list)
    for update_id, *values in DATABASE.execute_sql(_FILES.format(condition=condition), parameters).fetchall():
        files_of[update_id].append(ImageFile(*values))
    rows = DATABASE.execute_sql(_UPDATES.format(condition=condition), parameters).fetchall()
    return [
        UpdateRecord(
            rule_id=rule_id,
            update=Update(
                id=update_id,
                version=Version.parse(version),
                package_id=package_id,
                files=tuple(files_of[update_id]),
                imported_at=from_milliseconds(imported_at),
                stored=bool(stored),
            ),
            serve_until=None if serve_until is None else from_milliseconds(serve_until),
            last_referred_at=None if last_referred_at is None else from_milliseconds(last_referred_at),
        )
        for update_id, rule_id, version, package_id, imported_at, stored, serve_until, last_referred_at in rows
    ]
