"""What administrators change of devices, and its entries in their histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from device_update_contract.history import EventKind
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.sightings import HistoryEvent
from device_update_service.storage import bulk
from device_update_service.storage.devices.device_writes import add_events, change_records, look_whole
from device_update_service.storage.tables import DATABASE, Device

_REMOVE = "DELETE FROM device WHERE id IN (SELECT value FROM json_each(?))"


def remove(ids: Sequence[int]) -> None:
    """Forget devices with their histories; triggers take away what belongs to them."""
    DATABASE.execute_sql(_REMOVE, (bulk.as_json(ids),))


def write_texts(device_id: int, texts: Mapping[str, str | None]) -> None:
    """Write label, location, asset tag or note."""
    if texts:
        Device.update(**texts).where(Device.id == device_id).execute()


def change_statuses(records: Sequence[DeviceRecord]) -> None:
    """Write records whose retirement changed; their next check is looked at whole, even if it tells nothing new."""
    change_records(records)
    look_whole([record.id for record in records])


def add_administration(
    device_ids: Sequence[int], at: int, code: str, account: str, parameters: Mapping[str, str | None] | None = None
) -> None:
    """Note in histories what an account did."""
    add_events(
        [
            HistoryEvent(device_id, at, EventKind.ADMINISTRATION, code, dict(parameters or {}), account)
            for device_id in device_ids
        ]
    )
