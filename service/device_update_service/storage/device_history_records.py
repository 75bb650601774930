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
    columns = (
        DeviceEvent.id,
        DeviceEvent.at,
        DeviceEvent.kind,
        DeviceEvent.code,
        DeviceEvent.parameters,
        DeviceEvent.account,
    )
    rows = DeviceEvent.select(*columns).where(wanted).order_by(DeviceEvent.at.desc(), DeviceEvent.id.desc())
    return [
        StoredEvent(id_, at, kind_, code, json.loads(parameters), account)
        for id_, at, kind_, code, parameters, account in rows.limit(limit).tuples()
    ]
