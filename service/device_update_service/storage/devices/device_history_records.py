"""The entries of a device's history that are in the main database; checks are in the update log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from device_update_service.storage.tables import DeviceEvent


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One entry; time in milliseconds."""

    id: int
    at: int
    kind: str
    code: str
    parameters: dict[str, Any]
    account: str | None


def events_before(device_id: int, position: tuple[int, int] | None, kind: str | None, limit: int) -> list[StoredEvent]:
    """The newest events of a device before a (time, id), newest first."""
    wanted = DeviceEvent.device_id == device_id
    if position is not None:
        at, id_ = position
        wanted &= (DeviceEvent.at < at) | ((DeviceEvent.at == at) & (DeviceEvent.id < id_))
    if kind is not None:
        wanted &= DeviceEvent.kind == kind
    return _newest(wanted, limit)


def events_between(device_id: int, kind: str, after: int, until: int, most: int) -> list[StoredEvent]:
    """The newest events of a kind after one time in milliseconds and until another, newest first."""
    wanted = (DeviceEvent.device_id == device_id) & (DeviceEvent.at > after) & (DeviceEvent.at <= until)
    return _newest(wanted & (DeviceEvent.kind == kind), most)


def latest_event_at(device_id: int, code: str) -> int | None:
    """When an event of this code was last written into a device's history, in milliseconds."""
    row = (
        DeviceEvent.select(DeviceEvent.at)
        .where(DeviceEvent.device_id == device_id, DeviceEvent.code == code)
        .order_by(DeviceEvent.at.desc())
        .first()
    )
    return None if row is None else int(row.at)


def _newest(wanted: Any, limit: int) -> list[StoredEvent]:
    rows = DeviceEvent.select().where(wanted).order_by(DeviceEvent.at.desc(), DeviceEvent.id.desc()).limit(limit)
    return [
        StoredEvent(row.id, row.at, row.kind, row.code, json.loads(row.parameters), row.account) for row in list(rows)
    ]
