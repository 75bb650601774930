"""Stored devices as the API shows them (contract sections 2.3 and 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, cast

from device_update_contract.administration import devices as models
from device_update_contract.administration.base import Statement
from device_update_contract.history import note_sentence
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import StatusSettings, why
from device_update_service.domain.due_decisions import due_decision
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.devices.device_records import StoredDevice
from device_update_service.storage.setting_records import integer_of, read_settings


def status_settings() -> StatusSettings:
    """The settings that decide a status, as they are stored now."""
    values = read_settings()
    return StatusSettings(
        silent_after_hours=integer_of(values, "silent_after_hours"),
        retire_after_days=integer_of(values, "retire_after_days"),
        install_loop_offers=integer_of(values, "install_loop_offers"),
    )


def device_model(
    device: StoredDevice, settings: StatusSettings, now: datetime, catalog: CatalogSnapshot | None = None
) -> models.Device:
    """One device.

    `status` is the stored one, by which lists are filtered and counted; `why` is of now, and may be up to a minute
    ahead of it. With the catalog it also tells what was decided since the device asked.
    """
    record = device.record
    return models.Device(
        id=str(record.id),
        device_type=record.device_type,
        mac=record.mac,
        serial=record.serial,
        vendor=record.vendor,
        model=record.model,
        revision=record.revision,
        locale=record.locale,
        modules=[
            models.DeviceModule(file_name=str(file_name), version=version, timestamp=timestamp)
            for file_name, version, timestamp in record.modules
        ],
        installed_version=record.installed_version,
        user=record.user,
        users=record.users,
        address=record.address,
        first_seen_at=from_milliseconds(record.first_seen_at),
        last_check_at=from_milliseconds(device.last_check_at),
        next_check_expected_at=from_milliseconds(device.next_check_at),
        overdue_seconds=max(0, (to_milliseconds(now) - device.next_check_at) // 1000),
        status=record.status,
        why=_why(device, settings, now, catalog),
        offered_version=record.offered_version,
        bytes_sent=record.bytes_sent,
        bytes_total=record.bytes_total,
        last_byte_at=_moment(record.last_byte_at),
        last_install=_last_install(record),
        test_device=device.test_device,
        label=device.label,
        location=device.location,
        asset_tag=device.asset_tag,
        note=device.note,
        notes_by_service=[_note(code, count, record.serial) for code, count in record.notes_by_service.items()],
        retired_at=_moment(record.retired_at),
    )


def _why(
    device: StoredDevice, settings: StatusSettings, now: datetime, catalog: CatalogSnapshot | None
) -> models.DeviceWhy:
    facts = device.facts
    if catalog is not None:
        facts = replace(facts, due=due_decision(device.record, catalog))
    told = why(facts, settings, now)
    return models.DeviceWhy(
        code=told.code.value,
        parameters=dict(told.parameters),
        text=told.text,
        since=told.since,
        who_acts=told.who_acts.value,
        next_step=told.next_step,
        evidence=[
            Statement(code=fact.code.value, text=fact.text, parameters=dict(fact.parameters)) for fact in told.evidence
        ],
    )


def _last_install(record: DeviceRecord) -> models.LastInstall | None:
    if record.install_result is None or record.install_version is None:
        return None
    return models.LastInstall(
        result=cast("Literal['Succeeded', 'Failed']", record.install_result),
        version=record.install_version,
        code=record.install_code,
        message=record.install_message,
        at=_moment(record.install_at if record.install_at is not None else record.install_reported_at),
    )


def _note(code: str, count: int, serial: str | None) -> Statement:
    parameters = {"count": count} if serial is None else {"count": count, "serial": serial}
    sentence = note_sentence(code, parameters)
    said = sentence if count == 1 else f"{sentence} ({count} times)"
    return Statement(code=code, text=said, parameters=parameters)


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else from_milliseconds(stored)
