"""Test devices in the main database, joined with what is known of the devices they name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from device_update_contract.identifiers import bare_mac, serial_key
from device_update_service.domain.catalog import IdentifierType, TestDevice
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.paging import Keyset, PageRequest, SortValue, containing

_DEVICES_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """The device that a test device names, as far as a list of test devices shows it."""

    id: int
    model: str
    installed_version: str | None
    last_check_at: datetime | None
    decision_code: str
    decision_parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TestDeviceRecord:
    """A test device with its device; None while the device has not asked yet."""

    __test__ = False

    test_device: TestDevice
    device: KnownDevice | None


@dataclass(frozen=True, slots=True)
class TestDevicePage:
    """One page of test devices."""

    __test__ = False

    records: list[TestDeviceRecord]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class NameableDevice:
    """A device that is to become a test device: what it can be named by."""

    id: int
    mac: str | None
    serial: str | None
    label: str | None


def name_key(name: str) -> str:
    """The form in which names of test devices are compared."""
    return name.casefold()


def identifier_key(identifier: str) -> str:
    """The form in which identifiers are compared; canonical MACs are upper case already."""
    return serial_key(identifier)


def find_test_device(test_device_id: int) -> TestDeviceRecord | None:
    """One test device."""
    row = tables.TestDevice.get_or_none(tables.TestDevice.id == test_device_id)
    return None if row is None else _with_devices([row])[0]


def page_of_test_devices(search: str | None, page: PageRequest) -> TestDevicePage:
    """A page of test devices, sorted by id, name or identifier; each term of `search` is a part of one of the two.

    A term finds a MAC address in any notation (contract section 1).
    """
    table = tables.TestDevice
    conditions: list[Any] = [table.id > 0]
    for term in (search or "").split():
        found_by = containing(table.name_key, name_key(term)) | containing(table.identifier_key, term)
        digits = bare_mac(term)
        if digits:
            of_macs = table.identifier_type == IdentifierType.MAC.value
            found_by |= of_macs & containing(fn.REPLACE(table.identifier_key, "-", ""), digits)
        conditions.append(found_by)
    columns: dict[str, Any] = {"id": table.id, "name": table.name_key, "identifier": table.identifier_key}
    keyset = Keyset(columns[page.sort], table.id)
    beyond = keyset.beyond(page)
    rows = table.select().where(*conditions).order_by(*keyset.order(page)).limit(page.limit + 1)
    found = list(rows if beyond is None else rows.where(beyond))
    shown = found[: page.limit]
    return TestDevicePage(
        _with_devices(shown),
        page.cursor(_sort_value(shown[-1], page.sort), shown[-1].id) if len(found) > page.limit else None,
        int(table.select().where(*conditions).count()),
    )


def add_test_device(name: str, identifier_type: IdentifierType, identifier: str) -> int:
    """A new test device; the caller has seen that name and identifier are free."""
    row = tables.TestDevice.create(
        name=name,
        name_key=name_key(name),
        identifier_type=identifier_type.value,
        identifier=identifier,
        identifier_key=identifier_key(identifier),
    )
    return int(row.id)


def change_test_device(test_device: TestDevice) -> None:
    """Write a test device as it is now."""
    tables.TestDevice.update(
        name=test_device.name,
        name_key=name_key(test_device.name),
        identifier_type=test_device.identifier_type.value,
        identifier=test_device.identifier,
        identifier_key=identifier_key(test_device.identifier),
    ).where(tables.TestDevice.id == test_device.id).execute()


def remove_test_device(test_device_id: int) -> bool:
    """Forget a test device, and tell whether there was one."""
    deleted: int = tables.TestDevice.delete().where(tables.TestDevice.id == test_device_id).execute()
    return deleted > 0


def holder_of_name(name: str) -> int | None:
    """The id of the test device that has this name."""
    row = tables.TestDevice.get_or_none(tables.TestDevice.name_key == name_key(name))
    return None if row is None else int(row.id)


def holder_of_identifier(identifier_type: IdentifierType, identifier: str) -> TestDevice | None:
    """The test device that has this identifier."""
    table = tables.TestDevice
    row = table.get_or_none(
        (table.identifier_type == identifier_type.value) & (table.identifier_key == identifier_key(identifier))
    )
    return None if row is None else _test_device(row)


def nameable_devices(device_ids: Iterable[int]) -> dict[int, NameableDevice]:
    """What the devices of these ids can be named by; unknown ids are left out."""
    table, ids = tables.Device, list(device_ids)
    found: dict[int, NameableDevice] = {}
    for start in range(0, len(ids), _DEVICES_A_STATEMENT):
        rows = table.select(table.id, table.mac, table.serial, table.label).where(
            table.id.in_(ids[start : start + _DEVICES_A_STATEMENT])
        )
        found |= {row.id: NameableDevice(row.id, row.mac, row.serial, row.label) for row in rows}
    return found


def _with_devices(rows: Sequence[tables.TestDevice]) -> list[TestDeviceRecord]:
    by_key: dict[tuple[str, str], KnownDevice] = {}
    device = tables.Device
    for kind, column in ((IdentifierType.MAC, device.mac), (IdentifierType.SERIAL, device.serial_key)):
        keys = [row.identifier_key for row in rows if row.identifier_type == kind.value]
        for start in range(0, len(keys), _DEVICES_A_STATEMENT):
            for found in device.select().where(column.in_(keys[start : start + _DEVICES_A_STATEMENT])):
                key = found.mac if kind is IdentifierType.MAC else found.serial_key
                by_key[(kind.value, str(key))] = _known_device(found)
    return [TestDeviceRecord(_test_device(row), by_key.get((row.identifier_type, row.identifier_key))) for row in rows]


def _known_device(row: tables.Device) -> KnownDevice:
    activity = tables.DeviceActivity.get_or_none(tables.DeviceActivity.device_id == row.id)
    return KnownDevice(
        id=row.id,
        model=row.model,
        installed_version=row.installed_version,
        last_check_at=None if activity is None else from_milliseconds(activity.last_check_at),
        decision_code=row.decision_code,
        decision_parameters=json.loads(row.decision_parameters),
    )


def _test_device(row: tables.TestDevice) -> TestDevice:
    return TestDevice(row.id, row.name, IdentifierType(row.identifier_type), row.identifier)


def _sort_value(row: tables.TestDevice, field: str) -> SortValue:
    values: dict[str, SortValue] = {"id": row.id, "name": row.name_key, "identifier": row.identifier_key}
    return values[field]
