"""Rules in the main database: their slots, history and updates, read whole and written as transitions.

The domain decides what a verb does; here a `Transition` becomes rows. `approved_by_roll_back` has no column: it is
the verb that filled the slot. Nothing here bumps the catalog's generation: the use case does, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from device_update_service.domain.transitions import Transition
from device_update_service.storage import tables
from device_update_service.storage.times import from_milliseconds, to_milliseconds

_IDS_A_STATEMENT = 500


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


def find_rule(device_class: DeviceClass, update_type: str) -> Rule | None:
    """The rule of this class and update type in any spelling, also a removed one."""
    row = tables.Rule.get_or_none(tables.Rule.rule_key == rule_key(device_class, update_type))
    return None if row is None else load_rule(row.id)


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


def add_rule(device_class: DeviceClass, update_type: str, vendor: str) -> Rule:
    """A new rule without any version, its fields spelled as they were first seen in any rule (contract section 1)."""
    table = tables.Rule
    spelled = DeviceClass(
        _first_spelling(table.device_type, device_class.device_type),
        _first_spelling(table.brand, device_class.brand),
        _first_spelling(table.model, device_class.model),
        _first_spelling(table.revision, device_class.revision),
        _first_spelling(table.locale, device_class.locale),
    )
    row = table.create(
        rule_key=rule_key(device_class, update_type),
        device_type=spelled.device_type,
        brand=spelled.brand,
        model=spelled.model,
        revision=spelled.revision,
        locale=spelled.locale,
        update_type=_first_spelling(table.update_type, update_type),
        vendor=_first_spelling(table.vendor, vendor),
        removed=False,
        change_number=0,
    )
    return Rule(row.id, spelled, row.update_type, row.vendor)


def add_update(
    rule_id: int, update: Update, *, release_date: str | None = None, description: str | None = None
) -> Update:
    """Store an update that its rule does not know yet, and give it its id; its files are in the image store."""
    row = tables.RuleUpdate.create(
        rule_id=rule_id,
        version=update.version.text,
        version_key=update.version.key,
        package_id=update.package_id,
        imported_at=to_milliseconds(update.imported_at),
        release_date=release_date,
        description=description,
        stored=update.stored,
    )
    for file in update.files:
        tables.ImageFile.create(
            update_id=row.id,
            name=file.name,
            sha256=file.sha256,
            size=file.size,
            timestamp=file.timestamp,
            signature=file.signature,
            signature_sha256=file.signature_sha256,
            signature_size=file.signature_size,
        )
    return replace(update, id=row.id)


def save_transition(before: Rule, transition: Transition, *, now: datetime, grace: timedelta) -> None:
    """Write what a verb made of a rule, and until when replaced files are served; its updates have rows already."""
    if not transition.changed:
        return
    after = transition.rule
    tables.Rule.update(vendor=after.vendor, removed=after.removed, change_number=after.change_number).where(
        tables.Rule.id == after.id
    ).execute()
    _write_slots(after)
    for entry in transition.entries:
        _add_history(after.id, entry)
    _mark_stored(transition.update)
    _write_serving(before, transition, now, grace)


def mark_purged(update_ids: Iterable[int]) -> None:
    """Note that the files of these updates are no longer on disk."""
    table = tables.RuleUpdate
    for some in _in_parts(list(update_ids)):
        table.update(stored=False, serve_until=None).where(table.id.in_(some)).execute()


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


def _write_slots(rule: Rule) -> None:
    tables.RuleSlot.delete().where(tables.RuleSlot.rule_id == rule.id).execute()
    for name, slot in rule.slots().items():
        tables.RuleSlot.insert(
            rule_id=rule.id,
            slot=name.value,
            update_id=slot.update.id,
            verb=slot.verb.value,
            at=to_milliseconds(slot.at),
            account=slot.account,
            comment=slot.comment,
        ).execute()


def _add_history(rule_id: int, entry: HistoryEntry) -> None:
    tables.RuleHistory.insert(
        rule_id=rule_id,
        update_id=entry.update_id,
        version=entry.version.text,
        replaced=None if entry.replaced is None else entry.replaced.text,
        verb=entry.verb.value,
        at=to_milliseconds(entry.at),
        account=entry.account,
        comment=entry.comment,
    ).execute()


def _mark_stored(update: Update | None) -> None:
    """An update that was purged and imported again has its files back."""
    if update is not None and update.stored:
        table = tables.RuleUpdate
        table.update(stored=True).where((table.id == update.id) & (table.stored == False)).execute()  # noqa: E712


def _write_serving(before: Rule, transition: Transition, now: datetime, grace: timedelta) -> None:
    """Until when files are served that no slot refers to any more, and since when none does (contract 3.1)."""
    table = tables.RuleUpdate
    milliseconds = to_milliseconds(now)
    referred_before = {slot.update.id for slot in before.slots().values()}
    referred = {slot.update.id for slot in transition.rule.slots().values()}
    until = to_milliseconds(now + grace)
    table.update(serve_until=None).where(
        table.id.in_(list(transition.stops_serving | referred)) & table.serve_until.is_null(is_null=False)
    ).execute()
    table.update(serve_until=until).where(table.id.in_(list(transition.serve_until_grace))).execute()
    table.update(last_referred_at=milliseconds).where(table.id.in_(list(referred_before - referred))).execute()


def _first_spelling(column: Any, value: str) -> str:
    """The spelling in which the oldest rule holds this value; the value itself where none does."""
    row = tables.Rule.select(column).where(column.collate("NOCASE") == value).order_by(tables.Rule.id).tuples().first()
    return value if row is None else str(row[0])


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        yield ids[start : start + _IDS_A_STATEMENT]
