"""What the property sheet of devices shows and changes: why first, then what is known; label, place, tag and note."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter

from device_update_console.core.lists.source import Caller
from device_update_console.core.sheets.details_form import Details, details, moment_or_nothing
from device_update_console.core.sheets.device_details import activity_facts, class_facts
from device_update_console.core.sheets.sheet_fields import SharedText, SheetField, shared_text
from device_update_console.core.sheets.sheet_saving import Saved, save_each
from device_update_console.core.texts.code_texts import STATUS_TEXTS, WHO_ACTS_TEXTS, text_of
from device_update_console.core.texts.formats import duration_text, one_line
from device_update_console.core.texts.language import marked, text
from device_update_console.core.texts.service_sentences import evidence_text, next_step_text, note_text, why_text
from device_update_contract.administration.devices import Device, DeviceChange
from device_update_contract.administration.endpoints import CHANGE_DEVICE
from device_update_contract.administration.roles import Permission

MODULE_TITLES = (marked("File"), marked("Version"), marked("Timestamp"))

LABEL = SheetField("label", marked("&Label"), 128)
LOCATION = SheetField("location", marked("L&ocation"), 128)
ASSET_TAG = SheetField("asset_tag", marked("&Asset tag"), 64)
NOTE = SheetField("note", marked("&Note"), 4000, lines=8)
FIELDS = (LABEL, LOCATION, ASSET_TAG, NOTE)

_PERMISSIONS: Mapping[str, Permission] = {NOTE.name: Permission.WRITE_NOTES}


def device_name(device: Device) -> str:
    """What people call a device, in one line."""
    return one_line(device.label or device.mac or device.serial or text("Device {id}", id=device.id))


def general_facts(device: Device) -> Details:
    """Why it is in its status and what comes next, before everything else."""
    why = device.why
    return details(
        device_name(device),
        (text("Why"), why_text(why)),
        (text("Since"), moment_or_nothing(why.since)),
        (text("Who acts"), text_of(WHO_ACTS_TEXTS, why.who_acts)),
        (text("Next step"), next_step_text(why)),
        (text("Evidence"), "\n".join(evidence_text(each) for each in why.evidence)),
        (text("Status"), text_of(STATUS_TEXTS, device.status)),
        (text("Overdue"), duration_text(device.overdue_seconds) if device.overdue_seconds else None),
        (text("Retired"), moment_or_nothing(device.retired_at)),
        *class_facts(device),
        *activity_facts(device),
        (text("Noted"), " ".join(note_text(each) for each in device.notes_by_service)),
    )


def field_values(devices: Sequence[Device]) -> dict[str, SharedText]:
    """What the fields show of these devices."""
    return {field.name: shared_text(map(attrgetter(field.name), devices)) for field in FIELDS}


def may_change(permissions: frozenset[Permission]) -> Callable[[str], bool]:
    """Which fields the account may change; help desk has the note alone."""
    return lambda name: _PERMISSIONS.get(name, Permission.CHANGE_DEVICES) in permissions


def module_rows(device: Device) -> list[tuple[str, ...]]:
    """The modules that it reported, in the order of `MODULE_TITLES`."""
    return [
        (one_line(module.file_name), module.version or text("not known"), module.timestamp or "")
        for module in device.modules
    ]


async def change_devices(
    caller: Caller,
    devices: Sequence[Device],
    changes: Mapping[str, str | bool | None],
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Saved:
    """Change the same fields of each device, one request each.

    Raises:
        FailedCall: as `save_each`.
    """
    body = DeviceChange.model_validate(dict(changes))

    def change(device: Device) -> Callable[[], Awaitable[object]]:
        return lambda: caller.ask(CHANGE_DEVICE, Device, path={"id": device.id}, body=body)

    return await save_each([(device_name(device), change(device)) for device in devices], progress)
