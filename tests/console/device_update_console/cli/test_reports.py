"""Reports at the command line: as a table, as CSV for a spreadsheet, as a page to print."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.administration_samples import MORNING, device
from tests.support.administration_stand_in import StandIn
from tests.support.command_line import Finished

from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import LIST_DEVICES, SUMMARY
from device_update_contract.administration.server import ChecksInHour, CountBy, SummaryAnswer

DeviceUpdate = Callable[..., Finished]


def summary() -> SummaryAnswer:
    cx700 = {"device_type": "UCPhone", "vendor": "Polycom", "model": "CX700"}
    return SummaryAnswer(
        devices=3,
        by_class=[CountBy(**cx700, devices=3)],
        by_version=[CountBy(version="4.0", devices=3)],
        by_status=[CountBy(status="up-to-date", devices=2), CountBy(status="silent", devices=1)],
        by_class_and_status=[
            CountBy(**cx700, status="up-to-date", devices=2),
            CountBy(**cx700, status="silent", devices=1),
        ],
        by_version_and_status=[CountBy(version="4.0", status="up-to-date", devices=3)],
        checks_per_hour=[ChecksInHour(hour=MORNING, checks=7)],
        rules_pending=0,
        rules_deployed=1,
    )


@pytest.fixture(autouse=True)
def a_fleet(service: StandIn) -> None:
    service.lay(SUMMARY, summary())
    service.lay(LIST_DEVICES, Page[Device](items=[device().model_copy(update={"user": "=1+1"})]))


def test_the_fleet_is_printed_as_a_table(device_update: DeviceUpdate) -> None:
    printed = device_update("report", "fleet").stdout.decode()
    assert "2 of 3 devices in use are up to date (67 %)." in printed
    model, version = (line.split() for line in printed.splitlines()[-2:])
    assert model[:6] == ["Model", "Polycom", "CX700", "3", "2", "0"]
    assert version[:4] == ["Version", "4.0", "3", "3"]


def test_a_report_on_devices_is_csv_in_which_nothing_is_a_formula(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    finished = device_update("report", "silent", "--csv")
    (row,) = csv.DictReader(finished.stdout.decode().splitlines())
    assert (row["MAC Address"], row["User"]) == ("00-04-F2-00-01-76", "'=1+1")
    assert [asked.query["status"] for asked in service.asked_of(LIST_DEVICES)] == ["silent"]


def test_a_report_is_a_page_to_print(device_update: DeviceUpdate, tmp_path: Path) -> None:
    finished = device_update("report", "checks", "--html", str(tmp_path / "checks.html"))
    assert finished.stdout.decode() == f"1 row written to {tmp_path / 'checks.html'}.\n"
    page = (tmp_path / "checks.html").read_text("utf-8")
    assert "<title>Checks of the last 24 hours</title>" in page
    assert "7 checks were answered." in page


@pytest.mark.parametrize(
    "arguments",
    [("report", "nothing"), ("report", "fleet", "--csv", "--html", "x"), ("--json", "report", "fleet")],
)
def test_what_no_report_is_is_wrong_usage(
    service: StandIn, device_update: DeviceUpdate, arguments: tuple[str, ...]
) -> None:
    assert device_update(*arguments).exit_code == 2
    assert service.asked_of(SUMMARY) == []


def test_a_page_that_cannot_be_written_ends_with_1(device_update: DeviceUpdate, tmp_path: Path) -> None:
    finished = device_update("report", "fleet", "--html", str(tmp_path / "none" / "x.html"))
    assert finished.exit_code == 1
    assert "cannot be written" in finished.stderr
