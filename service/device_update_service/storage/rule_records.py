"""Rules read from the main database: their slots, histories and updates. `rule_writes` is the other half.

`approved_by_roll_back` has no column: it is the verb that filled the slot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

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
from device_update_service.storage import tables
from device_update_service.storage.times import from_milliseconds

_VALUES_A_STATEMENT = 500

Value = TypeVar("Value", int, str)


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


def load_rule(rule_id: int) -> Rule | None:
    """One rule with its history and all updates; None when there is no such rule."""
    return next(iter(load_rules([rule_id])), None)


def find_rules(keys: Sequence[str]) -> dict[str, Rule]:
    """The rules of these keys (`rule_key`) that there are, also removed ones, with their histories and updates."""
    ids: list[int] = []
    for some in _in_parts(keys):
        ids.extend(row.id for row in tables.Rule.select(tables.Rule.id).where(tables.Rule.rule_key.in_(some)))
    return {rule_key(rule.device_class, rule.update_type): rule for rule in load_rules(ids)}


def load_rules(rule_ids: Sequence[int] | None = None, *, complete: bool = True) -> list[Rule]:
    """Rules: those of these ids in their order, else all by id.

    Only complete ones know their history and every update; the others are for lists and the catalog, and know those
    in their slots.
    """
    if rule_ids is None:
        return _load(None, complete=complete)
    found: dict[int, Rule] = {}
    for some in _in_parts(rule_ids):
        found |= {rule.id: rule for rule in _load(some, complete=complete)}
    return [found[rule_id] for rule_id in dict.fromkeys(rule_ids) if rule_id in found]


def read_updates(condition: Any = None) -> list[UpdateRecord]:
    """The updates for which a condition on `tables.RuleUpdate` holds, by id."""
    table = tables.RuleUpdate
    query = table.select().order_by(table.id)
    files = tables.ImageFile.select().join(table, on=(tables.ImageFile.update_id == table.id))
    if condition is not None:
        query, files = query.where(condition), files.where(condition)
    by_update: dict[int, list[ImageFile]] = defaultdict(list)
    for row in files.order_by(tables.ImageFile.id):
        by_update[row.update_id].append(_image_file(row))
    return [
        UpdateRecord(
            rule_id=row.rule_id,
            update=Update(
                id=row.id,
                version=Version.parse(row.version),
                package_id=row.package_id,
                files=tuple(by_update[row.id]),
                imported_at=from_milliseconds(row.imported_at),
                stored=bool(row.stored),
            ),
            serve_until=None if row.serve_until is None else from_milliseconds(row.serve_until),
            last_referred_at=None if row.last_referred_at is None else from_milliseconds(row.last_referred_at),
        )
        for row in query
    ]


def stored_updates() -> list[UpdateRecord]:
    """The updates whose files are on disk."""
    return read_updates(tables.RuleUpdate.stored == True)  # noqa: E712


def _load(rule_ids: Sequence[int] | None, *, complete: bool) -> list[Rule]:
    rules, slots, history = tables.Rule, tables.RuleSlot, tables.RuleHistory
    rule_rows, slot_rows = rules.select().order_by(rules.id), slots.select()
    if complete:
        update_condition = None if rule_ids is None else tables.RuleUpdate.rule_id.in_(rule_ids)
    else:
        in_slots = slots.select(slots.update_id)
        in_slots = in_slots if rule_ids is None else in_slots.where(slots.rule_id.in_(rule_ids))
        update_condition = tables.RuleUpdate.id.in_(in_slots)
    if rule_ids is not None:
        rule_rows, slot_rows = rule_rows.where(rules.id.in_(rule_ids)), slot_rows.where(slots.rule_id.in_(rule_ids))
    known = {record.update.id: record for record in read_updates(update_condition)}
    slots_of: dict[int, dict[str, Slot]] = defaultdict(dict)
    for row in slot_rows:
        slots_of[row.rule_id][row.slot] = Slot(
            known[row.update_id].update, from_milliseconds(row.at), row.account, row.comment, Verb(row.verb)
        )
    updates_of: dict[int, list[Update]] = defaultdict(list)
    history_of: dict[int, list[HistoryEntry]] = defaultdict(list)
    if complete:
        for record in known.values():
            updates_of[record.rule_id].append(record.update)
        history_rows = history.select().order_by(history.id)
        if rule_ids is not None:
            history_rows = history_rows.where(history.rule_id.in_(rule_ids))
        for entry in history_rows:
            history_of[entry.rule_id].append(history_entry(entry))
    return [_rule(row, slots_of[row.id], history_of[row.id], updates_of[row.id]) for row in rule_rows]


def _rule(row: tables.Rule, slots: dict[str, Slot], history: Sequence[HistoryEntry], updates: Sequence[Update]) -> Rule:
    approved = slots.get(SlotName.APPROVED)
    return Rule(
        id=row.id,
        device_class=DeviceClass(row.device_type, row.brand, row.model, row.revision, row.locale),
        update_type=row.update_type,
        vendor=row.vendor,
        pending=slots.get(SlotName.PENDING),
        approved=approved,
        restore=slots.get(SlotName.RESTORE),
        approved_by_roll_back=approved is not None and approved.verb in ROLLING_BACK_VERBS,
        removed=bool(row.removed),
        change_number=row.change_number,
        history=tuple(history),
        updates=tuple(updates),
    )


def history_entry(row: tables.RuleHistory) -> HistoryEntry:
    """One history entry from its row."""
    return HistoryEntry(
        version=Version.parse(str(row.version)),
        update_id=int(row.update_id or 0),
        verb=Verb(row.verb),
        at=from_milliseconds(row.at),
        account=row.account,
        comment=row.comment,
        replaced=None if row.replaced is None else Version.parse(row.replaced),
    )


def _image_file(row: tables.ImageFile) -> ImageFile:
    return ImageFile(
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        timestamp=row.timestamp,
        signature=row.signature,
        signature_sha256=row.signature_sha256,
        signature_size=row.signature_size,
    )


def _in_parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    for start in range(0, len(values), _VALUES_A_STATEMENT):
        yield values[start : start + _VALUES_A_STATEMENT]
