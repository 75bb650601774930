"""Devices as they are shown: the stored row, when it asked last, and what administrators wrote on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import DeviceFacts
from device_update_service.storage import bulk
from device_update_service.storage.devices.device_writes import load_records

_WRITTEN = """
SELECT json_group_array(json_array(
    d.id, ifnull(a.last_check_at, d.first_seen_at), ifnull(a.next_check_at, d.first_seen_at),
    d.label, d.location, d.asset_tag, d.note,
    EXISTS (SELECT 1 FROM test_device t WHERE t.identifier_type = 'mac' AND t.identifier_key = d.mac)
    OR EXISTS (SELECT 1 FROM test_device t WHERE t.identifier_type = 'serial' AND t.identifier_key = d.serial_key)
))
FROM device d LEFT JOIN device_activity a ON a.device_id = d.id WHERE d.id IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """One device, complete; times are milliseconds since 1970 in UTC. ``record`` is this reader's own copy."""

    record: DeviceRecord
    last_check_at: int
    next_check_at: int
    label: str | None
    location: str | None
    asset_tag: str | None
    note: str | None
    test_device: bool

    @property
    def facts(self) -> DeviceFacts:
        """What decides the status and its sentence."""
        return self.record.facts(self.last_check_at, self.next_check_at)


def load_devices(ids: Sequence[int]) -> list[StoredDevice]:
    """The devices with these ids in their order; those that no longer exist are left out."""
    records = load_records(ids)
    found: list[StoredDevice] = []
    written = {row[0]: row for row in bulk.fetch_json(_WRITTEN, bulk.as_json(ids))}
    for id_ in ids:
        if id_ in records:
            _, last_check_at, next_check_at, label, location, asset_tag, note, test_device = written[id_]
            found.append(
                StoredDevice(
                    record=records[id_],
                    last_check_at=last_check_at,
                    next_check_at=next_check_at,
                    label=label,
                    location=location,
                    asset_tag=asset_tag,
                    note=note,
                    test_device=bool(test_device),
                )
            )
    return found


def existing_ids(ids: Iterable[int]) -> set[int]:
    """Which of these ids are devices."""
    statement = "SELECT json_group_array(id) FROM device WHERE id IN (SELECT value FROM json_each(?))"
    return set(bulk.fetch_json(statement, bulk.as_json(ids)))
