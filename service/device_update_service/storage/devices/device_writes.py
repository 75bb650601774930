"""Device rows by the thousand: found, loaded, added and changed in a few statements a group (contract section 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from device_update_contract.identifiers import serial_key
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.addresses import address_key
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.sightings import HistoryEvent
from device_update_service.storage import bulk
from device_update_service.storage.tables import DATABASE

_PLAIN: Final = (
    "mac", "serial", "device_type", "vendor", "model", "revision", "locale", "installed_version", "user", "address",
    "account_key", "first_seen_at", "decision_code", "decision_rule_id", "decision_since", "offered_update_id",
    "offered_version", "offered_at", "offer_attempts", "bytes_total", "bytes_sent", "last_byte_at", "install_result",
    "install_version", "install_code", "install_message", "install_at", "install_reported_at", "target_reported_since",
    "status", "status_since", "retired_at",
)  # fmt: skip
_JSON: Final = ("modules", "users", "decision_parameters", "notes_by_service")
_DERIVED: Final = ("serial_key", "class_key", "installed_key", "address_key")
_COLUMNS: Final = (*_PLAIN, *_JSON, *_DERIVED)

_IDENTIFIERS = """
SELECT json_group_array(json_array(id, mac, serial)) FROM device
WHERE mac IN (SELECT value FROM json_each(?)) OR serial_key IN (SELECT value FROM json_each(?))
"""
_LOAD = f"""
SELECT json_group_array(json_array(id, {", ".join(_PLAIN)}, {", ".join(f"json({name})" for name in _JSON)}))
FROM device WHERE id IN (SELECT value FROM json_each(?))
"""
_INSERT = bulk.insert_statement("device", ("id", *_COLUMNS))
_UPDATE = bulk.update_statement("device", "id", _COLUMNS)
_LOOK_WHOLE = "UPDATE device_activity SET report_key = 0 WHERE device_id IN (SELECT value FROM json_each(?))"
_RELEASE_SERIALS = "UPDATE device SET serial = NULL, serial_key = NULL WHERE id IN (SELECT value FROM json_each(?))"
_ACTIVITY = bulk.insert_statement(
    "device_activity",
    ("device_id", "last_check_at", "next_check_at", "report_key"),
    conflict="ON CONFLICT (device_id) DO UPDATE SET last_check_at = excluded.last_check_at, "
    "next_check_at = excluded.next_check_at, report_key = excluded.report_key",
)
_EVENTS = bulk.insert_statement("device_event", ("device_id", "at", "kind", "code", "parameters", "account"))

Identifiers = tuple[int, str | None, str | None]


def find_identifiers(macs: Iterable[str], serial_keys: Iterable[str]) -> list[Identifiers]:
    """Id, MAC and serial number of every record that has one of these identifiers."""
    rows = bulk.fetch_json(_IDENTIFIERS, bulk.as_json(macs), bulk.as_json(serial_keys))
    return [(row[0], row[1], row[2]) for row in rows]


def load_records(ids: Iterable[int]) -> dict[int, DeviceRecord]:
    """The records with these ids."""
    records: dict[int, DeviceRecord] = {}
    for row in bulk.fetch_json(_LOAD, bulk.as_json(ids)):
        values: dict[str, Any] = dict(zip(("id", *_PLAIN, *_JSON), row, strict=True))
        values["target_reported_since"] = bool(values["target_reported_since"])
        records[values["id"]] = DeviceRecord(**values)
    return records


def last_device_id() -> int:
    """The largest id in use; new records count on from it."""
    return int(DATABASE.execute_sql("SELECT ifnull(max(id), 0) FROM device").fetchone()[0])


def add_records(records: Sequence[DeviceRecord]) -> None:
    """Add new records."""
    bulk.execute(_INSERT, [_row(record) for record in records])


def change_records(records: Sequence[DeviceRecord], serials_released: Sequence[int] = ()) -> None:
    """Write changed records; those that gave up a serial number are named, because another may have taken it."""
    bulk.execute(_RELEASE_SERIALS, serials_released)
    bulk.execute(_UPDATE, [_row(record) for record in records])


def look_whole(device_ids: Sequence[int]) -> None:
    """Have the next check of these devices looked at whole, even if it tells nothing new."""
    bulk.execute(_LOOK_WHOLE, device_ids)


def set_activity(activity: Sequence[tuple[int, int, int, int]]) -> None:
    """Write (id, last check, next check, report key)."""
    bulk.execute(_ACTIVITY, activity)


def add_events(events: Sequence[HistoryEvent]) -> None:
    """Write history entries."""
    bulk.execute(
        _EVENTS,
        [
            (event.device_id, event.at, event.kind.value, event.code, _text(event.parameters), event.account)
            for event in events
        ],
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row(record: DeviceRecord) -> list[Any]:
    plain = [getattr(record, name) for name in _PLAIN]
    derived = (
        None if record.serial is None else serial_key(record.serial),
        record.class_key,
        _version_key(record.installed_version),
        None if record.address is None else address_key(record.address),
    )
    return [record.id, *plain, *(_text(getattr(record, name)) for name in _JSON), *derived]


def _version_key(version: str | None) -> str | None:
    try:
        return None if version is None else Version.parse(version).key
    except InvalidVersion:
        return None
