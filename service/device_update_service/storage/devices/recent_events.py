"""What happened to devices since a moment: newest first, by the index of time or of a few devices, and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.reasons import StatusCode
from device_update_service.storage import bulk
from device_update_service.storage.devices.device_conditions import Conditions, conditions_of
from device_update_service.storage.devices.device_listing import few_ids
from device_update_service.storage.devices.device_search import DeviceSearch
from device_update_service.storage.tables import DATABASE

MOST: Final = 4_000
"""Rows that are looked at of one kind."""

_NEWEST_EVENTS: Final = (
    "SELECT device_id, code, parameters FROM device_event INDEXED BY device_event_at WHERE at >= ?"
    " ORDER BY at DESC LIMIT ?"
)
_EVENTS_OF_FEW: Final = (
    "SELECT e.device_id, e.code, e.parameters FROM json_each(?) few CROSS JOIN device_event e"
    " INDEXED BY device_event_device ON e.device_id = few.value AND e.at >= ? LIMIT ?"
)
_OVERDUE: Final = (
    "SELECT device_id FROM device_activity INDEXED BY device_activity_last_check"
    " WHERE last_check_at >= ? AND last_check_at < ? ORDER BY last_check_at DESC LIMIT ?"
)
_BECAME_SILENT: Final = (
    "SELECT d.id FROM json_each(?) few CROSS JOIN device d ON d.id = few.value"
    " WHERE d.status = ? AND d.status_since >= ?"
)


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """One entry of a device's history; ``parameters`` are JSON as it is stored, because most of them are the same."""

    device_id: int
    code: str
    parameters: str


@dataclass(frozen=True, slots=True)
class MeantDevices:
    """The devices that a filter means: a few by their ids, or so many that what happened is tried on the filter."""

    conditions: Conditions
    search: DeviceSearch | None
    few: list[int] | None

    def among(self, ids: set[int]) -> set[int]:
        """Those of some devices that are meant."""
        if self.few is not None:
            return ids & set(self.few)
        if self.search is None and not self.conditions.conditions:
            return ids
        terms, parameters = self.conditions.where()
        joined = " CROSS JOIN device_activity a ON a.device_id = d.id" if self.conditions.need_activity else ""
        statement = " ".join(
            (
                f"SELECT d.id FROM json_each(?) some CROSS JOIN device d ON d.id = some.value{joined}",
                f"WHERE {' AND '.join(terms)}" if terms else "",
            )
        )
        rows = DATABASE.execute_sql(statement, (bulk.as_json(sorted(ids)), *parameters)).fetchall()
        found = {row[0] for row in rows}
        return found if self.search is None or not found else self.search.among(found)


def meant_devices(wanted: DeviceFilter) -> MeantDevices | None:
    """The devices that a filter means; None where it can mean none.

    Raises:
        InvalidValue: a part of the filter has not its form.
    """
    conditions = conditions_of(wanted)
    text = (wanted.search or "").strip()
    search = DeviceSearch.of(text) if text else None
    if conditions.none_match or (text and search is None):
        return None
    found = () if search is None else (search.condition(),)
    return MeantDevices(conditions, search, few_ids(Conditions((*conditions.conditions, *found))))


def events_since(meant: MeantDevices, since: int) -> tuple[list[RecentEvent], bool]:
    """The events of the devices that are meant since a time in milliseconds, and whether these are all."""
    if meant.few is None:
        rows = DATABASE.execute_sql(_NEWEST_EVENTS, (since, MOST + 1)).fetchall()
    else:
        rows = DATABASE.execute_sql(_EVENTS_OF_FEW, (bulk.as_json(meant.few), since, MOST + 1)).fetchall()
    looked_at = rows[:MOST]
    devices = meant.among({row[0] for row in looked_at})
    events = [RecentEvent(*row) for row in looked_at if row[0] in devices]
    return events, len(rows) <= MOST


def silent_since(meant: MeantDevices, since: int, asked_from: int, asked_before: int) -> tuple[set[int], bool]:
    """The devices that are meant and became silent since a time, and whether these are all.

    They asked last between ``asked_from`` and ``asked_before``, by whose index they are found; in milliseconds.
    """
    if meant.few is not None:
        ids, complete = meant.few, True
    else:
        rows = DATABASE.execute_sql(_OVERDUE, (asked_from, asked_before, MOST + 1)).fetchall()
        ids, complete = [row[0] for row in rows[:MOST]], len(rows) <= MOST
    values = (bulk.as_json(ids), StatusCode.SILENT.value, since)
    silent = {row[0] for row in DATABASE.execute_sql(_BECAME_SILENT, values).fetchall()}
    return meant.among(silent), complete


def class_keys_of(ids: Sequence[int]) -> set[str]:
    """The classes of a few devices."""
    statement = "SELECT DISTINCT d.class_key FROM json_each(?) few CROSS JOIN device d ON d.id = few.value"
    return {row[0] for row in DATABASE.execute_sql(statement, (bulk.as_json(ids),)).fetchall()}
