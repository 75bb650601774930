"""A device is found by whatever people have at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.filled_service import filled_service

from device_update_console.core.filters.device_finding import MOST_FOUND, FoundDevices, fields_of, find_devices

LABELLED, NOTED_MAC = "2", "00-04-F2-00-00-02"


async def test_a_device_is_found_by_mac_serial_user_label_or_field(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        for typed, expected in (
            ("00-04-F2-00-00-02", ["2"]),
            ("0004f2000002", ["2"]),
            ("07823", ["3"]),
            ("KENMYER", ["1"]),
            ("lobby", [LABELLED]),
            ("label:lobby", [LABELLED]),
            ("status:install-failed", ["3"]),
            ("model:Unknown", ["4"]),
            ("nothing has this", []),
        ):
            found = await find_devices(client, typed)
            assert ([device.id for device in found.devices], found.more) == (expected, False), typed
        assert {device.id for device in (await find_devices(client, "127.0.0.1")).devices} == {"1", "2", "3", "4"}


@pytest.mark.parametrize("typed", ["colour:red", "status:no-such-status", 'x" y', "a:b:c"])
async def test_what_is_no_filter_is_searched_for_as_it_is(tmp_path: Path, typed: str) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        found = await find_devices(client, typed)
        sought = typed.replace('"', "")
        assert found == FoundDevices(instead=(f"No device with {sought} ever asked this pool.",))
        assert await find_devices(client, "  ") == FoundDevices()


async def test_many_devices_are_not_all_told_but_that_there_are_more(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as service, service.client() as client:
        for number in range(MOST_FOUND):
            await service.check(f"00-04-F2-01-00-{number:02X}")
        found = await find_devices(client, "0004F2")
        assert (len(found.devices), found.more) == (MOST_FOUND, True)
        one = await find_devices(client, fields_of(found.devices[0])["search"])
        assert one.devices[0] == found.devices[0]
