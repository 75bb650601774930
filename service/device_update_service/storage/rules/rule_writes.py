"""Rules written to the main database: new rules and updates, and what verbs made of many rules at once.

The domain decides what a verb does; here a `Transition` becomes rows. Statements are plain SQL, each for all rules of
a request, because the writer keeps everyone else waiting meanwhile. Nothing here bumps the catalog's generation: the
use case does, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from device_update_contract.device_classes import DeviceClass
from device_update_service.domain.rules import HistoryEntry, Rule, Slot, SlotName, Update
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.domain.verbs import Transition
from device_update_service.storage.bulk import as_json, execute, insert_statement, update_statement
from device_update_service.storage.rules.rule_records import rule_key
from device_update_service.storage.tables import DATABASE

_ADD_RULE = """
INSERT INTO rule (rule_key, device_type, brand, model, revision, locale, update_type, vendor, removed, change_number)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0) RETURNING id
"""
_ADD_UPDATE = """
INSERT INTO rule_update (rule_id, version, version_key, package_id, imported_at, release_date, description, stored)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_ADD_FILES = insert_statement(
    "image_file",
    ("update_id", "name", "sha256", "size", "timestamp", "signature", "signature_sha256", "signature_size"),
)
_FIRST_SPELLING = {
    column: f"SELECT {column} FROM rule WHERE {column} = ? COLLATE NOCASE ORDER BY id LIMIT 1"
    for column in ("device_type", "brand", "model", "revision", "locale", "update_type", "vendor")
}
_CHANGE_RULES = update_statement("rule", "id", ("vendor", "removed", "change_number"))
_CLEAR_SLOTS = "DELETE FROM rule_slot WHERE rule_id IN (SELECT value FROM json_each(?))"
_FILL_SLOTS = insert_statement("rule_slot", ("rule_id", "slot", "update_id", "verb", "at", "account", "comment"))
_ADD_HISTORY = insert_statement(
    "rule_history", ("rule_id", "update_id", "version", "replaced", "verb", "at", "account", "comment")
)
_SET_STORED = update_statement("rule_update", "id", ("stored",))
_SET_SERVE_UNTIL = update_statement("rule_update", "id", ("serve_until",))
_SET_LAST_REFERRED = update_statement("rule_update", "id", ("last_referred_at",))
_RENUMBER = "UPDATE rule SET change_number = change_number + 1000"


def renumber_changes() -> None:
    """Give all rules change numbers that nobody has seen, after what was done to them since a backup is gone."""
    DATABASE.execute_sql(_RENUMBER)


def add_rule(device_class: DeviceClass, update_type: str, vendor: str) -> Rule:
    """A new rule without any version, its fields spelled as they were first seen in any rule (contract section 1)."""
    spelled = DeviceClass(
        _first_spelling("device_type", device_class.device_type),
        _first_spelling("brand", device_class.brand),
        _first_spelling("model", device_class.model),
        _first_spelling("revision", device_class.revision),
        _first_spelling("locale", device_class.locale),
    )
    update_type, vendor = _first_spelling("update_type", update_type), _first_spelling("vendor", vendor)
    fields = (spelled.device_type, spelled.brand, spelled.model, spelled.revision, spelled.locale, update_type, vendor)
    row = DATABASE.execute_sql(_ADD_RULE, (rule_key(spelled, update_type), *fields)).fetchone()
    return Rule(row[0], spelled, update_type, vendor)


def add_update(
    rule_id: int, update: Update, *, release_date: str | None = None, description: str | None = None
) -> Update:
    """Store an update that its rule does not know yet, and give it its id; its files are in the image store."""
    version, imported_at = update.version, to_milliseconds(update.imported_at)
    values = (rule_id, version.text, version.key, update.package_id, imported_at, release_date, description)
    update_id: int = DATABASE.execute_sql(_ADD_UPDATE, (*values, update.stored)).fetchone()[0]
    rows = [
        (
            update_id,
            file.name,
            file.sha256,
            file.size,
            file.timestamp,
            file.signature,
            file.signature_sha256,
            file.signature_size,
        )
        for file in update.files
    ]
    execute(_ADD_FILES, rows)
    return replace(update, id=update_id)


def save_transitions(steps: Iterable[tuple[Rule, Transition]], *, now: datetime, grace: timedelta) -> None:
    """Write what verbs made of rules, each step with the rule before it; several of one rule stand in their order.

    `grace` is how long replaced files are served on. The updates have their rows already.
    """
    writes = _Writes(to_milliseconds(now), to_milliseconds(now + grace))
    for before, transition in steps:
        if transition.changed:
            writes.add(before, transition)
    writes.execute()


def mark_purged(update_ids: Iterable[int]) -> None:
    """Note that the files of these updates are no longer on disk."""
    ids = list(update_ids)
    execute(_SET_STORED, [(update_id, False) for update_id in ids])
    execute(_SET_SERVE_UNTIL, [(update_id, None) for update_id in ids])


@dataclass(slots=True)
class _Writes:
    """What has to be written for some transitions; times in milliseconds, updates by their ids."""

    now: int
    grace_end: int
    rules: dict[int, Rule] = field(default_factory=dict)
    history: list[Sequence[object]] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)
    serve_until: dict[int, int | None] = field(default_factory=dict)
    last_referred: dict[int, int] = field(default_factory=dict)

    def add(self, before: Rule, transition: Transition) -> None:
        """One more step: until when files are served, and since when no slot refers to them (contract 3.1)."""
        after = transition.rule
        self.rules[after.id] = after
        self.history.extend(_history_row(after.id, entry) for entry in transition.entries)
        if transition.update is not None and transition.update.stored:
            self.stored.add(transition.update.id)
        referred = {slot.update.id for slot in after.slots().values()}
        released = {slot.update.id for slot in before.slots().values()} - referred
        self.serve_until |= dict.fromkeys(transition.stops_serving | referred)
        self.serve_until |= dict.fromkeys(transition.serve_until_grace, self.grace_end)
        self.last_referred |= dict.fromkeys(released, self.now)

    def execute(self) -> None:
        """Write everything."""
        rules = self.rules.values()
        execute(_CHANGE_RULES, [(rule.id, rule.vendor, rule.removed, rule.change_number) for rule in rules])
        DATABASE.execute_sql(_CLEAR_SLOTS, (as_json(self.rules),))
        slots = [_slot_row(rule.id, name, slot) for rule in rules for name, slot in rule.slots().items()]
        execute(_FILL_SLOTS, slots)
        execute(_ADD_HISTORY, self.history)
        execute(_SET_STORED, [(update_id, True) for update_id in self.stored])
        execute(_SET_SERVE_UNTIL, list(self.serve_until.items()))
        execute(_SET_LAST_REFERRED, list(self.last_referred.items()))


def _slot_row(rule_id: int, name: SlotName, slot: Slot) -> Sequence[object]:
    at = to_milliseconds(slot.at)
    return rule_id, name.value, slot.update.id, slot.verb.value, at, slot.account, slot.comment


def _history_row(rule_id: int, entry: HistoryEntry) -> Sequence[object]:
    replaced = None if entry.replaced is None else entry.replaced.text
    at = to_milliseconds(entry.at)
    return rule_id, entry.update_id, entry.version.text, replaced, entry.verb.value, at, entry.account, entry.comment


def _first_spelling(column: str, value: str) -> str:
    """The spelling in which the oldest rule holds this value; the value itself where none does."""
    row = DATABASE.execute_sql(_FIRST_SPELLING[column], (value,)).fetchone()
    return value if row is None else str(row[0])
