"""Devices and test devices are found by what people have at hand."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.support.administration_samples import MORNING, device, sample_test_device
from tests.support.administration_stand_in import StandIn, problem
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device, DeviceHistoryEntry, TestDevice
from device_update_contract.administration.endpoints import (
    ADD_TEST_DEVICE,
    CHANGE_TEST_DEVICE,
    DEVICE_HISTORY,
    LIST_DEVICES,
    LIST_TEST_DEVICES,
    REMOVE_TEST_DEVICE,
    SHOW_DEVICE,
)

DeviceUpdate = Callable[..., Finished]


@pytest.mark.parametrize(
    "name", ["00-04-F2-00-01-76", "0004f2000176", "0004.f200.0176", "07823-a345", "mac:0004f2000176"]
)
def test_a_device_is_found_by_mac_in_any_form_or_by_serial(
    service: StandIn, device_update: DeviceUpdate, name: str
) -> None:
    other = device("2", mac="00-04-F2-00-01-77", serial="107823-A345")
    service.lay(LIST_DEVICES, Page[Device](items=[other, device("1")]))
    service.lay(SHOW_DEVICE, device("1"))
    assert device_update("device", name).exit_code == 0
    assert [asked.path for asked in service.asked_of(SHOW_DEVICE)] == [{"id": "1"}]


def test_a_device_is_found_by_its_id(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[]))
    service.lay(SHOW_DEVICE, device("17"))
    assert device_update("device", "17").exit_code == 0


def test_a_text_that_fits_several_devices_ends_with_1_and_the_choices(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device("3", serial="17")]))
    service.lay(SHOW_DEVICE, device("17", mac="00-04-F2-00-01-99", serial="x"))
    finished = device_update("device", "17")
    assert (finished.exit_code, finished.stdout) == (1, b"")
    assert "id:3  " in finished.stderr
    assert "id:17  " in finished.stderr
    assert device_update("device", "serial:17").exit_code == 0


def test_an_unknown_device_ends_with_1_and_similar_ones(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device(), device("2", mac="00-04-F2-00-01-77")]))
    service.lay(SHOW_DEVICE, problem(404, "unknown-device", "There is no such device."))
    finished = device_update("why", "017")
    assert finished.exit_code == 1
    assert finished.stderr.splitlines()[1].startswith("  id:1  mac:00-04-F2-00-01-76")


def test_a_part_of_an_identifier_is_enough_where_it_finds_one_device(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device()]))
    service.lay(SHOW_DEVICE, device())
    assert device_update("why", "4F2").exit_code == 0
    assert device_update("why", "serial:4F2").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("status:install-failed model:CX700 4F2",),
        ("status:install-failed", "4F2", "model:CX700"),
        ("--status", "install-failed", "--model", "CX700", "4F2"),
        ("--search", "4F2", "model:CX700", "--status", "install-failed"),
    ],
)
def test_a_filter_is_one_line_of_text_or_options_or_both(
    service: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...]
) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device()]))
    assert device_update("devices", *arguments).exit_code == 0
    [asked] = service.asked_of(LIST_DEVICES)
    assert asked.query == {"status": "install-failed", "model": "CX700", "search": "4F2", "limit": "1000"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("colour:red",), "colour"),
        (("status:broken",), "install-failed"),
        (("seen_before:soon",), "soon"),
        (("status:silent", "--status", "offered"), "--status"),
    ],
)
def test_a_filter_that_means_nothing_is_wrong_usage_and_asks_nothing(
    service: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...], named: str
) -> None:
    finished = device_update("devices", *arguments)
    assert finished.exit_code == 2
    assert named in finished.stderr
    assert service.asked_of(LIST_DEVICES) == []


def test_why_says_the_sentence_and_what_comes_next(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(LIST_DEVICES, Page[Device](items=[device()]))
    service.lay(SHOW_DEVICE, device())
    assert device_update("why", "0004f2000176").stdout.decode().splitlines()[:2] == [
        "Offered 4.0.7577.4387; no byte was sent yet.",
        "Next: It asks again about 14:10.",
    ]


def test_a_history_is_printed_whole(service: StandIn, device_update: DeviceUpdate) -> None:
    entries = [DeviceHistoryEntry(id=str(n), kind="check", at=MORNING, text=f"Checked {n}.") for n in (2, 1)]
    service.lay(LIST_DEVICES, Page[Device](items=[device()]))
    service.lay(SHOW_DEVICE, device())
    service.lay(DEVICE_HISTORY, Page[DeviceHistoryEntry](items=entries))
    printed = device_update("device", "0004f2000176", "--history").stdout.decode()
    assert printed.index("Checked 2.") < printed.index("Checked 1.")


def test_test_devices_are_added_changed_and_removed_by_name(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(ADD_TEST_DEVICE, sample_test_device())
    service.lay(LIST_TEST_DEVICES, Page[TestDevice](items=[sample_test_device()]))
    service.lay(CHANGE_TEST_DEVICE, sample_test_device("Lobby"))
    assert device_update("test-device", "add", "Reception", "--mac", "not judged here").exit_code == 0
    assert device_update("test-device", "edit", "RECEPTION", "--name", "Lobby").exit_code == 0
    assert device_update("test-device", "remove", "reception").exit_code == 0
    assert device_update("test-device", "remove", "recep").exit_code == 1
    assert json.loads(service.asked_of(ADD_TEST_DEVICE)[0].body) == {
        "name": "Reception",
        "identifier_type": "mac",
        "identifier": "not judged here",
    }
    assert json.loads(service.asked_of(CHANGE_TEST_DEVICE)[0].body) == {"name": "Lobby"}
    assert [asked.path for asked in service.asked_of(REMOVE_TEST_DEVICE)] == [{"id": "5"}]
