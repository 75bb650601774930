"""Which rules a filter means, pages of rules, and pages of one rule's history (contract section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from peewee import fn

from device_update_contract.administration.rules import RuleFilter
from device_update_contract.versions import Version
from device_update_service.domain.rules import HistoryEntry, Rule, SlotName
from device_update_service.storage import tables
from device_update_service.storage.paging import Keyset, PageRequest, SortValue, containing
from device_update_service.storage.rules.rule_records import history_entry, load_rules

_RULES = tables.Rule
_CLASS_COLUMNS: dict[str, Any] = {
    "device_type": _RULES.device_type,
    "brand": _RULES.brand,
    "vendor": _RULES.vendor,
    "model": _RULES.model,
    "revision": _RULES.revision,
    "locale": _RULES.locale,
    "update_type": _RULES.update_type,
}


@dataclass(frozen=True, slots=True)
class RulePage:
    """One page of rules, without their histories; `total` counts all that match the filter."""

    rules: list[Rule]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One history entry with its row id and whether its version's files are stored."""

    id: int
    entry: HistoryEntry
    stored: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a rule's history."""

    records: list[HistoryRecord]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How many rules there are, without the removed ones, and in how many the slots are set."""

    rules: int
    pending: int
    deployed: int


def matching_rule_ids(wanted: RuleFilter) -> list[int]:
    """The ids of all rules that a filter means, in ascending order.

    Raises:
        InvalidVersion: the filter's version is none.
    """
    rows = _RULES.select(_RULES.id).where(*_conditions(wanted)).order_by(_RULES.id)
    return [row.id for row in rows]


def page_of_rules(wanted: RuleFilter, page: PageRequest) -> RulePage:
    """A page of the rules that a filter means, sorted by id or by a field without regard to case.

    Raises:
        InvalidVersion: the filter's version is none.
    """
    conditions = _conditions(wanted)
    keyset = Keyset(_RULES.id if page.sort == "id" else fn.LOWER(_CLASS_COLUMNS[page.sort]), _RULES.id)
    beyond = keyset.beyond(page)
    rows = _RULES.select(_RULES.id).where(*conditions).order_by(*keyset.order(page)).limit(page.limit + 1)
    ids = [row.id for row in (rows if beyond is None else rows.where(beyond))]
    rules = load_rules(ids[: page.limit], complete=False)
    following = page.cursor(_sort_value(rules[-1], page.sort), rules[-1].id) if len(ids) > page.limit else None
    total = int(_RULES.select().where(*conditions).count())
    return RulePage(rules, following, total)


def page_of_history(rule_id: int, page: PageRequest) -> HistoryPage:
    """A page of one rule's history, sorted by id, which is the order of time."""
    history, updates = tables.RuleHistory, tables.RuleUpdate
    of_rule = history.rule_id == rule_id
    keyset = Keyset(history.id, history.id)
    beyond = keyset.beyond(page)
    query = history.select().where(of_rule).order_by(keyset.order(page)[0]).limit(page.limit + 1)
    rows = list(query if beyond is None else query.where(beyond))
    stored = updates.select(updates.id).where((updates.rule_id == rule_id) & (updates.stored == True))  # noqa: E712
    stored_ids = {row.id for row in stored}
    shown = rows[: page.limit]
    return HistoryPage(
        [HistoryRecord(row.id, history_entry(row), row.update_id in stored_ids) for row in shown],
        page.cursor(shown[-1].id, shown[-1].id) if len(rows) > page.limit else None,
        int(history.select().where(of_rule).count()),
    )


def count_rules() -> RuleCounts:
    """Counts for the server's page and charts."""
    slots = tables.RuleSlot
    return RuleCounts(
        rules=int(_RULES.select().where(_RULES.removed == False).count()),  # noqa: E712
        pending=int(slots.select().where(slots.slot == SlotName.PENDING.value).count()),
        deployed=int(slots.select().where(slots.slot == SlotName.APPROVED.value).count()),
    )


def _sort_value(rule: Rule, field: str) -> SortValue:
    device_class = rule.device_class
    values: dict[str, SortValue] = {
        "id": rule.id,
        "device_type": device_class.device_type.lower(),
        "brand": device_class.brand.lower(),
        "vendor": rule.vendor.lower(),
        "model": device_class.model.lower(),
        "revision": device_class.revision.lower(),
        "locale": device_class.locale.lower(),
        "update_type": rule.update_type.lower(),
    }
    return values[field]


def _conditions(wanted: RuleFilter) -> list[Any]:
    """The filter as conditions that must all hold; never empty, so that they can be spread into WHERE."""
    conditions = [_state_condition(wanted.state)]
    for name, column in _CLASS_COLUMNS.items():
        value: str | None = getattr(wanted, name)
        if value is not None:
            conditions.append(fn.LOWER(column) == value.strip().lower())
    if wanted.version is not None:
        key = Version.parse(wanted.version).key
        conditions.append(_RULES.id.in_(_in_slots(tables.RuleUpdate.version_key == key)))
    conditions.extend(_search_condition(term) for term in (wanted.search or "").split())
    return conditions


def _state_condition(state: str) -> Any:
    """`deployed` means that a version is approved, whatever is pending beside it (contract 2.1)."""
    slots = tables.RuleSlot
    if state == "removed":
        return _RULES.removed == True  # noqa: E712
    if state == "all":
        return _RULES.removed == False  # noqa: E712
    slot = SlotName.PENDING if state == "pending" else SlotName.APPROVED
    return _RULES.id.in_(slots.select(slots.rule_id).where(slots.slot == slot.value))


def _search_condition(term: str) -> Any:
    """A term is a part of a field, or of a version in a slot."""
    in_fields = (containing(column, term) for column in _CLASS_COLUMNS.values())
    in_versions = _RULES.id.in_(_in_slots(containing(tables.RuleUpdate.version, term)))
    return reduce(or_, in_fields, in_versions)


def _in_slots(condition: Any) -> Any:
    """The rules that have an update in a slot for which a condition holds."""
    slots, updates = tables.RuleSlot, tables.RuleUpdate
    return slots.select(slots.rule_id).join(updates, on=(slots.update_id == updates.id)).where(condition)
