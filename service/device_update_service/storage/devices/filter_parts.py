"""What the single parts of a filter find, where all of them together find nothing.

Each part is counted by its own index and no further than `COUNTED`; the others are tried on these few devices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.identifiers import parse_mac
from device_update_contract.reasons import StatusCode
from device_update_contract.refusals import InvalidValue
from device_update_service.domain.sought_texts import SoughtText
from device_update_service.storage.devices.device_conditions import Conditions, conditions_of, counted
from device_update_service.storage.devices.device_search import COUNTED, DeviceSearch
from device_update_service.storage.tables import DATABASE

_WHOLE_FIELDS: Final = ("label", "location", "asset_tag", "model", "vendor", "install_code", "version", "status")
"""Fields of a device, or of its class, that are compared as a whole and are no part of a search."""


@dataclass(frozen=True, slots=True)
class FilteredAway:
    """Devices that one part of a filter finds, and the parts that none of them has; ``devices`` up to `COUNTED` + 1."""

    shown: dict[str, str]
    hidden_by: dict[str, str]
    devices: int


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    value: str
    conditions: Conditions
    ids: list[int] | None
    """Those that fulfil it, `COUNTED` + 1 at most; None where no index tells them."""


def filtered_away(wanted: DeviceFilter) -> FilteredAway | None:
    """The devices that a part of an empty filter finds; with a search, those that the search does.

    Raises:
        InvalidValue: a part has not its form.
    """
    parts = [_part(name, value) for name, value in wanted.model_dump(mode="json", exclude_none=True).items()]
    finding = [part for part in parts if part.ids]
    if wanted.search is not None:
        finding = [part for part in finding if part.name == "search"]
    if not finding:
        return None
    base = min(finding, key=lambda part: len(part.ids or []))
    others = [part for part in parts if part is not base]
    ids = base.ids or []
    excluding = [] if len(ids) > COUNTED else [part for part in others if not _fulfil(part, ids)]
    return FilteredAway(
        {base.name: base.value}, {part.name: part.value for part in excluding or others}, devices=len(ids)
    )


def fields_with(text: str) -> dict[str, int]:
    """The fields in which devices have exactly this text, with their number up to `COUNTED` + 1."""
    found: dict[str, int] = {}
    for field in _WHOLE_FIELDS:
        value = text.lower() if field == "status" else text
        if field == "status" and value not in set(StatusCode):
            continue
        try:
            wanted = DeviceFilter.model_validate({field: value})
            devices = counted(wanted)
            if devices is None:
                devices = len(_part(field, value).ids or [])
        except InvalidValue:
            continue
        if devices:
            found[field] = devices
    return found


def found_by(search: str) -> list[int]:
    """The ids of devices that a search finds, `COUNTED` + 1 at most; a whole MAC address by that alone."""
    digits = SoughtText(search).whole_mac
    if digits is not None:
        rows = DATABASE.execute_sql("SELECT id FROM device WHERE mac = ?", (parse_mac(digits),)).fetchall()
        return [row[0] for row in rows]
    return _part("search", search).ids or []


def _part(name: str, given: Any) -> _Part:
    value = json.dumps(given) if isinstance(given, bool) else str(given)
    if name == "search":
        search = DeviceSearch.of(value)
        conditions = Conditions((), none_match=True) if search is None else Conditions((search.condition(),))
    else:
        conditions = conditions_of(DeviceFilter.model_validate({name: given}))
    if conditions.none_match:
        return _Part(name, value, conditions, [])
    condition = conditions.conditions[0]
    if condition.rows is None:
        return _Part(name, value, conditions, None)
    statement = f"SELECT id FROM ({condition.rows}) LIMIT ?"
    rows = DATABASE.execute_sql(statement, (*condition.parameters, COUNTED + 1)).fetchall()
    return _Part(name, value, conditions, [row[0] for row in rows])


def _fulfil(part: _Part, ids: list[int]) -> bool:
    """Whether any of these few devices fulfils a part."""
    if part.conditions.none_match or part.ids == []:
        return False
    terms, parameters = part.conditions.where()
    statement = " ".join(
        (
            "SELECT 1 FROM json_each(?) few CROSS JOIN device d ON d.id = few.value",
            "CROSS JOIN device_activity a ON a.device_id = d.id" if part.conditions.need_activity else "",
            f"WHERE {' AND '.join(terms)} LIMIT 1",
        )
    )
    return DATABASE.execute_sql(statement, (json.dumps(ids), *parameters)).fetchone() is not None
