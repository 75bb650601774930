"""Statuses that change by the clock: silent, retired, and downloads that stalled (contract section 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from device_update_contract.reasons import StatusCode
from device_update_service.domain.device_status import StatusSettings
from device_update_service.domain.sightings import move_status
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import bulk
from device_update_service.storage.devices import device_writes
from device_update_service.storage.tables import DATABASE

SLICE: Final = 2000
_HOUR: Final = 3_600_000

_BY_CLOCK: Final = """
SELECT a.device_id, a.last_check_at, a.next_check_at FROM device_activity a JOIN device d ON d.id = a.device_id
WHERE a.last_check_at < :either AND d.status <> 'retired'
    AND (a.last_check_at < :retired OR (a.next_check_at < :silent AND d.status <> 'silent'))
LIMIT :slice
"""
_BY_STATUS: Final = """
SELECT a.device_id, a.last_check_at, a.next_check_at FROM device d JOIN device_activity a ON a.device_id = d.id
WHERE d.status IN (SELECT value FROM json_each(?)) AND d.id > ? ORDER BY d.id LIMIT ?
"""
_LOOPING: Final = """
SELECT json_group_array(json_array(mac, serial_key, decision_rule_id)) FROM device
WHERE status = 'install-loop' AND decision_rule_id IS NOT NULL
"""

DOWNLOADING: Final = (StatusCode.DOWNLOADING.value,)
DEPENDING_ON_SETTINGS: Final = tuple(
    code.value
    for code in (
        StatusCode.RETIRED,
        StatusCode.SILENT,
        StatusCode.INSTALL_LOOP,
        StatusCode.OFFERED,
        StatusCode.DOWNLOADED_NOT_INSTALLED,
        StatusCode.DOWNLOAD_STALLED,
    )
)


@dataclass(frozen=True, slots=True)
class MovedStatuses:
    """The devices whose status changed, and the last id looked at (None: there are no more)."""

    changed: tuple[int, ...]
    last_id: int | None


def move_overdue(now: datetime, settings: StatusSettings) -> MovedStatuses:
    """Look at up to `SLICE` devices that have not checked for so long that they may be silent or retired by now."""
    at = to_milliseconds(now)
    silent_before = at - settings.silent_after_hours * _HOUR
    retired_before = at - settings.retire_after_days * 24 * _HOUR
    times = {"silent": silent_before, "retired": retired_before, "either": max(silent_before, retired_before)}
    rows = DATABASE.execute_sql(_BY_CLOCK, times | {"slice": SLICE}).fetchall()
    return _move(rows, at, settings)


def move_with_status(statuses: Iterable[str], after_id: int, now: datetime, settings: StatusSettings) -> MovedStatuses:
    """Look at up to `SLICE` devices with one of these statuses, in the order of their ids."""
    rows = DATABASE.execute_sql(_BY_STATUS, (bulk.as_json(statuses), after_id, SLICE)).fetchall()
    return _move(rows, to_milliseconds(now), settings)


def looping_devices() -> dict[str, frozenset[int]]:
    """Which rules are in an install loop on which device, by MAC address and by serial key."""
    return {
        name: frozenset({rule_id})
        for mac, serial_key, rule_id in bulk.fetch_json(_LOOPING)
        for name in (mac, serial_key)
        if name is not None
    }


def _move(rows: list[tuple[int, int, int]], at: int, settings: StatusSettings) -> MovedStatuses:
    records = device_writes.load_records(row[0] for row in rows)
    changed = [
        records[device_id]
        for device_id, last_check_at, next_check_at in rows
        if move_status(records[device_id], last_check_at, next_check_at, at, settings)
    ]
    device_writes.change_records(changed)
    ids = tuple(record.id for record in changed)
    # The next check of a device that was thought silent must be looked at whole, even if it tells nothing new.
    device_writes.look_whole(ids)
    return MovedStatuses(ids, rows[-1][0] if len(rows) == SLICE else None)
