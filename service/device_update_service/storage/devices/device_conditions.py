"""The filters of the device list as SQL conditions, each with the index that finds its rows (contract section 5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.addresses import network_bounds
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.tables import DATABASE

Parameter = str | int

COUNTED_FIELDS = frozenset({"status", "version", "device_type", "vendor", "model", "revision", "locale"})
"""Filters that `device_count` answers exactly."""

_CLASS_FIELDS = ("device_type", "vendor", "model", "revision", "locale")
_WRITTEN_FIELDS = ("label", "location", "asset_tag")
_TEST_DEVICES = """
SELECT m.id FROM test_device t JOIN device m ON m.mac = t.identifier_key WHERE t.identifier_type = 'mac'
UNION SELECT s.id FROM test_device t JOIN device s ON s.serial_key = t.identifier_key WHERE t.identifier_type = 'serial'
"""


class UnreadableFilter(InvalidValue):
    """A filter holds text that no device can hold."""

    code = "invalid-parameter"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on ``device d`` (or ``device_activity a``, or ``device_search s``).

    ``rows`` is a SELECT of the ids of all devices that fulfil it, straight from an index; None where there is none.
    ``index`` names an index in which these rows stand together; ``by_id`` tells that they stand there by their ids.
    """

    sql: str
    parameters: tuple[Parameter, ...]
    rows: str | None = None
    index: str | None = None
    by_id: bool = False
    on_activity: bool = False
    on_search: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a filter but its search; `none_match` is known without looking."""

    conditions: tuple[Condition, ...]
    none_match: bool = False

    @property
    def need_activity(self) -> bool:
        """Whether the query has to join ``device_activity a``."""
        return any(condition.on_activity for condition in self.conditions)

    def where(self) -> tuple[list[str], list[Parameter]]:
        """The terms of WHERE with their parameters."""
        parameters = [value for condition in self.conditions for value in condition.parameters]
        return [condition.sql for condition in self.conditions], parameters

    def natural_sort(self) -> str | None:
        """The contract's name of the sort in which a range that is asked for stands in its index."""
        for condition in self.conditions:
            if condition.index is not None and not condition.by_id:
                return {"device_address": "address", "device_activity_last_check": "last_check_at"}[condition.index]
        return None


def conditions_of(wanted: DeviceFilter) -> Conditions:
    """The conditions of a filter.

    Raises:
        InvalidValue: when a version or address has not its form, or a text cannot be stored.
    """
    _check_texts(wanted)
    keys = _class_keys(wanted)
    if keys == []:
        return Conditions((), none_match=True)
    return Conditions((*_written(wanted), *_reported(wanted), *_classes(wanted, keys), *_times(wanted)))


def counted(wanted: DeviceFilter) -> int | None:
    """The exact number of devices, where the maintained counters tell it; else None."""
    by_class = counted_by_class(wanted)
    return None if by_class is None else sum(by_class.values())


def counted_by_class(wanted: DeviceFilter) -> dict[str, int] | None:
    """The exact number of devices of each class that has any, where the maintained counters tell it; else None."""
    given = set(wanted.model_dump(exclude_none=True, include=set(DeviceFilter.model_fields)))
    if not given <= COUNTED_FIELDS:
        return None
    keys = _class_keys(wanted)
    statement = (
        "SELECT class_key, installed_version, sum(devices) FROM device_count, (SELECT ? AS status, ? AS keys) AS wanted"
        " WHERE (wanted.status IS NULL OR device_count.status = wanted.status)"
        " AND (wanted.keys IS NULL OR class_key IN (SELECT value FROM json_each(wanted.keys)))"
        " AND devices > 0 GROUP BY class_key, installed_version"
    )
    told: list[tuple[str, str, int]] = DATABASE.execute_sql(
        statement, (wanted.status, None if keys is None else json.dumps(keys))
    ).fetchall()
    version = None if wanted.version is None else Version.parse(wanted.version)
    found: dict[str, int] = {}
    for key, text, devices in told:
        if version is None or _is_version(text, version):
            found[key] = found.get(key, 0) + devices
    return found


def equals(column: str, index: str, value: str, *, collation: str = "") -> Condition:
    """A condition on an indexed column."""
    compared = f"{column} = ?{collation}"
    return Condition(f"d.{compared}", (value,), _rows(index, compared), index, by_id=True)


def _written(wanted: DeviceFilter) -> Iterator[Condition]:
    """What few devices have, so that these come first."""
    if wanted.install_code is not None:
        yield equals("install_code", "device_install_code", wanted.install_code)
    for field in _WRITTEN_FIELDS:
        value = getattr(wanted, field)
        if value is not None:
            yield equals(field, f"device_{field}", value, collation=" COLLATE NOCASE")
    if wanted.test_device is not None:
        inverted = "" if wanted.test_device else "NOT "
        listed = " ".join(_TEST_DEVICES.split())
        yield Condition(f"d.id {inverted}IN ({listed})", (), listed if wanted.test_device else None)


def _reported(wanted: DeviceFilter) -> Iterator[Condition]:
    if wanted.user is not None:
        yield equals("user", "device_user", wanted.user, collation=" COLLATE NOCASE")
    if wanted.address is not None:
        low, high = network_bounds(wanted.address)
        if low == high:
            yield equals("address_key", "device_address", low)
        else:
            between = "address_key BETWEEN ? AND ?"
            yield Condition(f"d.{between}", (low, high), _rows("device_address", between), "device_address")
    if wanted.version is not None:
        yield equals("installed_key", "device_installed", Version.parse(wanted.version).key)
    if wanted.status is not None:
        yield equals("status", "device_status", wanted.status)
    if wanted.reason is not None:
        yield equals("decision_code", "device_decision", wanted.reason)


def _classes(wanted: DeviceFilter, keys: list[str] | None) -> Iterator[Condition]:
    if keys is None:
        return
    if wanted.model is not None:
        yield equals("model", "device_model", wanted.model.strip(), collation=" COLLATE NOCASE")
    if any(getattr(wanted, field) is not None for field in _CLASS_FIELDS if field != "model"):
        if len(keys) == 1:
            yield equals("class_key", "device_class", keys[0])
        else:
            among = "class_key IN (SELECT value FROM json_each(?))"
            yield Condition(f"d.{among}", (json.dumps(keys),), _rows("device_class", among))


def _times(wanted: DeviceFilter) -> Iterator[Condition]:
    for moment, comparison in ((wanted.seen_before, "<"), (wanted.seen_after, ">=")):
        if moment is not None:
            yield _time(moment, comparison)


def _time(moment: datetime, comparison: str) -> Condition:
    compared = f"last_check_at {comparison} ?"
    found_by = "SELECT device_id AS id FROM device_activity INDEXED BY device_activity_last_check WHERE"
    rows = f"{found_by} {compared}"
    return Condition(f"a.{compared}", (to_milliseconds(moment),), rows, "device_activity_last_check", on_activity=True)


def _rows(index: str, compared: str) -> str:
    return f"SELECT id FROM device INDEXED BY {index} WHERE {compared}"


def _class_keys(wanted: DeviceFilter) -> list[str] | None:
    """The class keys that the class fields of a filter mean; None when it names none."""
    named = [getattr(wanted, field) for field in _CLASS_FIELDS]
    if all(value is None for value in named):
        return None
    told = [None if value is None else value.strip().lower() for value in named]
    keys = [row[0] for row in DATABASE.execute_sql("SELECT DISTINCT class_key FROM device_count").fetchall()]
    return [key for key in keys if all(a in (None, b) for a, b in zip(told, key.split("/"), strict=True))]


def _is_version(text: str, version: Version) -> bool:
    try:
        return Version.parse(text) == version
    except InvalidVersion:
        return False


def _check_texts(wanted: DeviceFilter) -> None:
    for field, value in wanted.model_dump(exclude_none=True).items():
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise UnreadableFilter(f"The parameter {field!r} is not a text.", parameters={"parameter": field})
