"""Devices: the inventory, one device, what administrators change, and verbs on many (contract sections 2.3 and 5)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from device_update_contract.administration import devices as models
from device_update_contract.administration.base import Page
from device_update_contract.audit import AuditVerb
from device_update_contract.refusals import InvalidValue
from device_update_service.domain.audit_entries import MAX_NAMED, named_ids, named_object
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import StatusSettings
from device_update_service.domain.sightings import move_status
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.devices import device_changes
from device_update_service.storage.devices.device_queries import count_devices, find_devices, matching_ids
from device_update_service.storage.devices.device_records import StoredDevice, existing_ids, load_devices
from device_update_service.usecases.device_models import device_model, status_settings
from device_update_service.usecases.many_at_once import MAX_DEVICES_AT_ONCE, require_expected_count, require_few_devices
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome
from device_update_service.usecases.record_ids import UnknownRecord, parse_record_id

_log = logging.getLogger(__name__)

"""One verb changes at most so many devices, so that checks need not wait long for the writer."""

_SLICE = 1_000
_MOST_COUNTED = 100_000
_TEXTS = ("label", "location", "asset_tag")


class UnreadableText(InvalidValue):
    """A text holds what cannot be stored."""

    code = "invalid-text"


def list_devices(
    query: models.DeviceQuery, *, now: datetime, catalog: CatalogSnapshot | None = None
) -> Page[models.Device]:
    """A page of the inventory.

    Raises:
        Refusal: `ListRefused` for limit, sort, place or cursor, `InvalidValue` for a filter.
    """
    found = find_devices(query)
    settings = status_settings()
    items = [device_model(device, settings, now, catalog) for device in load_devices(found.ids)]
    return Page[models.Device](
        items=items, next=found.next, total=found.total, total_at_least=max(found.total_at_least, len(items))
    )


def show_device(device_id: str, *, now: datetime, catalog: CatalogSnapshot | None = None) -> models.Device:
    """One device.

    Raises:
        UnknownRecord: there is none of this id.
    """
    return device_model(existing_device(device_id), status_settings(), now, catalog)


def matching_device_ids(wanted: models.DeviceFilter) -> list[int]:
    """The ids of all devices that a filter means, for verbs of others; ends at 100,000."""
    return matching_ids(wanted, _MOST_COUNTED)


def change_device(
    device_id: str,
    change: models.DeviceChange,
    *,
    actor: Actor,
    now: datetime,
    catalog: CatalogSnapshot | None = None,
) -> Outcome[models.Device]:
    """Change what administrators write on a device, or its retirement; blank texts become null.

    Raises:
        UnknownRecord: there is none of this id. UnreadableText.
    """
    before = existing_device(device_id)
    given = {name: _text(name, getattr(change, name)) for name in (*_TEXTS, "note") if name in change.model_fields_set}
    changed = {name: text for name, text in given.items() if text != getattr(before, name)}
    at = to_milliseconds(now)
    ids = [before.record.id]
    device_changes.write_texts(before.record.id, changed)
    named = [name.replace("_", " ") for name in _TEXTS if name in changed]
    if named:
        device_changes.add_administration(ids, at, "changed", actor.account, {"fields": ", ".join(named)})
    if "note" in changed:
        device_changes.add_administration(ids, at, "note-changed", actor.account)
    facts: tuple[dict[str, JsonValue], dict[str, JsonValue]] = (
        {name: getattr(before, name) for name in changed},
        dict(changed),
    )
    retired = change.retired is not None and _set_retired([before], retired=change.retired, actor=actor, now=now)
    if retired:
        facts[0]["retired"], facts[1]["retired"] = not change.retired, change.retired
    answer = show_device(device_id, now=now, catalog=catalog)
    if not changed and not retired:
        return Outcome(answer)
    _log.info("%s changed the device %s", actor.account, device_id)
    action = AuditedAction(actor, AuditVerb.DEVICE_CHANGE, f"device {before.record.id}", *facts)
    return Outcome(answer, (_devices_changed(ids),), audited=(action,))


def remove_device(device_id: str, *, actor: Actor, now: datetime) -> Outcome[None]:
    """Forget a device with its history; it comes back as a new one when it asks again.

    Raises:
        UnknownRecord: there is none of this id.
    """
    removed = existing_device(device_id)
    ids = [removed.record.id]
    device_changes.remove(ids)
    _log.info("%s removed the device %s", actor.account, device_id)
    action = AuditedAction(actor, AuditVerb.DEVICE_REMOVE, f"device {removed.record.id}", _identity(removed))
    return Outcome(None, (_devices_changed(ids),), audited=(action,))


def remove_devices(
    request: models.ManyDevicesRequest, *, actor: Actor, now: datetime
) -> Outcome[models.ManyDevicesAnswer]:  # fmt: skip
    """Forget many devices.

    Raises:
        CountChanged: more match the filter than expected. TooManyDevices.
    """
    ids, refused = _requested(request)
    # What is gone cannot be looked up by its id any more.
    before: JsonValue = {"identities": [_identity(device) for device in load_devices(ids[:MAX_NAMED])]}
    for start in range(0, len(ids), _SLICE):
        device_changes.remove(ids[start : start + _SLICE])
    _log.info("%s removed %d devices", actor.account, len(ids))
    named = named_object("device", ids)
    return _many(ids, refused, AuditedAction(actor, AuditVerb.DEVICE_REMOVE, named, before, named_ids(ids)))


def retire_devices(
    request: models.ManyDevicesRequest, *, actor: Actor, now: datetime
) -> Outcome[models.ManyDevicesAnswer]:
    """Mark many devices as retired; those that are already are not counted.

    Raises:
        CountChanged: more match the filter than expected. TooManyDevices.
    """
    ids, refused = _requested(request)
    changed: list[int] = []
    for start in range(0, len(ids), _SLICE):
        devices = load_devices(ids[start : start + _SLICE])
        changed += _set_retired(devices, retired=True, actor=actor, now=now)
    _log.info("%s retired %d devices", actor.account, len(changed))
    named = named_object("device", changed)
    return _many(changed, refused, AuditedAction(actor, AuditVerb.DEVICE_RETIRE, named, None, named_ids(changed)))


def existing_device(device_id: str) -> StoredDevice:
    """The device of this id.

    Raises:
        UnknownRecord: there is none.
    """
    number = parse_record_id(device_id)
    found = [] if number is None else load_devices([number])
    if not found:
        raise UnknownRecord("There is no such device.", parameters={"id": device_id[:64]})
    return found[0]


def _set_retired(devices: Sequence[StoredDevice], *, retired: bool, actor: Actor, now: datetime) -> list[int]:
    """Mark devices as retired, or not, with their statuses; the ids of those that changed."""
    at = to_milliseconds(now)
    settings = status_settings()
    changed: list[DeviceRecord] = []
    for device in devices:
        if (device.record.retired_at is not None) != retired:
            device.record.retired_at = at if retired else None
            _move_status(device, settings, at)
            changed.append(device.record)
    ids = [record.id for record in changed]
    device_changes.change_statuses(changed)
    device_changes.add_administration(ids, at, "retired" if retired else "unretired", actor.account)
    return ids


def _move_status(device: StoredDevice, settings: StatusSettings, at: int) -> None:
    move_status(device.record, device.last_check_at, device.next_check_at, at, settings)


def _requested(request: models.ManyDevicesRequest) -> tuple[list[int], list[models.RefusedDevice]]:
    """The ids of the devices that are meant and exist, and the ids that name none."""
    if request.filter is not None:
        return _matching(request.filter, request.expected_count or 0), []
    numbers = {text: parse_record_id(text) for text in request.ids or []}
    known = existing_ids(number for number in numbers.values() if number is not None)
    refused = [
        models.RefusedDevice(id=text[:64], code=UnknownRecord.code, detail="There is no such device.")
        for text, number in numbers.items()
        if number not in known
    ]
    return sorted(known), refused


def _matching(wanted: models.DeviceFilter, expected_count: int) -> list[int]:
    count = count_devices(wanted, _MOST_COUNTED)
    require_expected_count(count, expected_count, "devices")
    require_few_devices(count)
    return matching_ids(wanted, MAX_DEVICES_AT_ONCE)


def _many(
    ids: Sequence[int], refused: list[models.RefusedDevice], action: AuditedAction
) -> Outcome[models.ManyDevicesAnswer]:
    answer = models.ManyDevicesAnswer(changed=len(ids), refused=refused)
    return Outcome(answer, (_devices_changed(ids),), audited=(action,)) if ids else Outcome(answer)


def _identity(device: StoredDevice) -> str:
    """By what people know a device."""
    return device.record.mac or device.record.serial or f"device {device.record.id}"


def _devices_changed(ids: Sequence[int]) -> Change:
    return Change.of("devices-changed", ids)


def _text(name: str, value: str | None) -> str | None:
    if value is not None and any("\ud800" <= character <= "\udfff" or character == "\0" for character in value):
        raise UnreadableText(f"The field {name!r} holds what is no text.", parameters={"field": name})
    return (value or "").strip() or None
