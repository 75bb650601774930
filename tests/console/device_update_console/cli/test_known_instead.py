"""An empty list and an unknown device say what the service knows instead, in the service's own words."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.support.administration_samples import MORNING, device
from tests.support.administration_stand_in import StandIn, problem
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import (
    DEVICE_CHANGES,
    LIST_DEVICE_LOGS,
    LIST_DEVICES,
    LIST_UPDATE_LOG,
    SHOW_DEVICE,
    SHOW_EVIDENCE,
)
from device_update_contract.administration.evidence import DeviceChangesAnswer, EvidenceAnswer, LinkedStatement
from device_update_contract.administration.update_log import LoggedCheck

DeviceUpdate = Callable[..., Finished]
KNOWN = "No device with 4F2 ever asked this pool."
NOTHING_KEPT = "Device logs are kept for 10 days; none is kept now."


@pytest.fixture
def knowing(service: StandIn) -> StandIn:
    """A service without devices, logs and checks."""
    service.lay(LIST_DEVICES, Page[Device](items=[]))
    service.lay(LIST_DEVICE_LOGS, Page[DeviceLog](items=[]))
    service.lay(LIST_UPDATE_LOG, Page[LoggedCheck](items=[]))
    service.lay(SHOW_DEVICE, problem(404, "not-found", "There is no such device."))
    facts = [LinkedStatement(code="never-asked", text=KNOWN), LinkedStatement(code="logs-kept", text=NOTHING_KEPT)]
    service.lay(SHOW_EVIDENCE, EvidenceAnswer(evidence=facts))
    return service


@pytest.mark.parametrize(
    ("arguments", "nothing", "asked"),
    [
        (("devices", "--search", "4F2"), "There are no such devices.", {"sought_in": "devices", "search": "4F2"}),
        (
            ("devices", "status:silent", "4F2"),
            "There are no such devices.",
            {"sought_in": "devices", "search": "4F2", "status": "silent"},
        ),
        (("logs", "--type", "CELog"), "There are no such logs.", {"sought_in": "device-logs", "type": "CELog"}),
        (("update-log", "--search", "4F2"), "There are no such checks.", {"sought_in": "update-log", "search": "4F2"}),
    ],
)
def test_an_empty_list_says_what_is_known_instead(
    knowing: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...], nothing: str, asked: dict[str, str]
) -> None:
    finished = device_update(*arguments)
    assert finished.exit_code == 0
    assert finished.stdout.decode().splitlines() == [nothing, f"  {KNOWN}", f"  {NOTHING_KEPT}"]
    assert [each.query for each in knowing.asked_of(SHOW_EVIDENCE)] == [asked]


@pytest.mark.parametrize("verb", ["device", "why"])
def test_a_device_that_nobody_knows_ends_with_1_and_what_is_known_instead(
    knowing: StandIn, device_update: DeviceUpdate, verb: str
) -> None:
    finished = device_update(verb, "mac:4F2")
    assert (finished.exit_code, finished.stdout) == (1, b"")
    assert finished.stderr.splitlines()[1:] == [f"  {KNOWN}", f"  {NOTHING_KEPT}"]
    assert [each.query for each in knowing.asked_of(SHOW_EVIDENCE)] == [{"sought_in": "devices", "search": "4F2"}]


@pytest.mark.parametrize("arguments", [("devices",), ("--json", "devices", "--search", "4F2")])
def test_nothing_more_is_asked_where_nothing_was_looked_for_or_a_program_reads(
    knowing: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...]
) -> None:
    assert device_update(*arguments).exit_code == 0
    assert knowing.asked_of(SHOW_EVIDENCE) == []


def test_a_list_that_is_not_empty_asks_for_nothing_more(knowing: StandIn, device_update: DeviceUpdate) -> None:
    knowing.lay(LIST_DEVICES, Page[Device](items=[device()]))
    assert device_update("devices", "--search", "4F2").exit_code == 0
    assert knowing.asked_of(SHOW_EVIDENCE) == []


def test_an_older_service_that_knows_nothing_of_it_changes_nothing(
    knowing: StandIn, device_update: DeviceUpdate
) -> None:
    knowing.lay(SHOW_EVIDENCE, problem(404, "not-found", "There is nothing at this address."))
    finished = device_update("devices", "--search", "4F2")
    assert (finished.exit_code, finished.stdout, finished.stderr) == (0, b"There are no such devices.\n", "")
    assert device_update("why", "4F2").stderr.splitlines() == [
        "No device has the MAC address, serial number or id '4F2'."
    ]


def test_what_changed_for_the_devices_of_a_filter_is_one_line(service: StandIn, device_update: DeviceUpdate) -> None:
    said = "In the last 24 hours: 2 installations failed; 12 new devices."
    answer = DeviceChangesAnswer(since=MORNING, complete=True, changes=[], text=said)
    service.lay(DEVICE_CHANGES, answer)
    finished = device_update("devices", "model:CX700", "--status", "silent", "--changes")
    assert (finished.exit_code, finished.stdout.decode()) == (0, f"{said}\n")
    assert [each.query for each in service.asked_of(DEVICE_CHANGES)] == [{"model": "CX700", "status": "silent"}]
    assert service.asked_of(LIST_DEVICES) == []
    printed = json.loads(device_update("--json", "devices", "--changes").stdout)
    assert printed["text"] == said
