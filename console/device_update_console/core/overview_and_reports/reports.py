"""Reports: what a fleet is made of, who is behind or silent, what failed, and how often devices asked.

A report is a few sentences from the service's maintained counts and one table. The tables of devices are read page by
page, so that a report on a million devices needs the memory of one page.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from device_update_console.core.lists.definition import Column, moment, number, words
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.export import whole_pages
from device_update_console.core.lists.source import Caller
from device_update_console.core.overview_and_reports.overview import compliance_text
from device_update_console.core.overview_and_reports.overview_charts import (
    STANDING_TEXTS,
    Bar,
    Standing,
    models,
    versions,
)
from device_update_console.core.texts.formats import moment_text
from device_update_console.core.texts.language import counted_text, text
from device_update_contract.administration.devices import Device
from device_update_contract.administration.endpoints import SUMMARY
from device_update_contract.administration.server import ChecksInHour, SummaryAnswer
from device_update_contract.reasons import StatusCode

HOURS = 24


class ReportName(StrEnum):
    """What reports there are."""

    FLEET = "fleet"
    BEHIND = "behind"
    SILENT = "silent"
    FAILED = "failed-installs"
    CHECKS = "checks"


REPORT_TEXTS: Mapping[ReportName, str] = {
    ReportName.FLEET: "Fleet by model and version",
    ReportName.BEHIND: "Devices behind",
    ReportName.SILENT: "Silent devices",
    ReportName.FAILED: "Failed installations",
    ReportName.CHECKS: "Checks of the last 24 hours",
}

BEHIND = (
    StatusCode.INSTALL_FAILED,
    StatusCode.INSTALL_LOOP,
    StatusCode.DOWNLOAD_STALLED,
    StatusCode.DOWNLOADED_NOT_INSTALLED,
    StatusCode.DOWNLOADING,
    StatusCode.OFFERED,
)
"""The statuses of devices for which there is an update that they have not installed, the most pressing first."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One line of the fleet: a model, or an installed version."""

    counted_by: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Report:
    """One report, begun: its rows are read when they are asked for, in stretches."""

    name: ReportName
    made_at: datetime
    lead: tuple[str, ...]
    columns: tuple[Column[Any], ...]
    total: int
    rows: Callable[[], AsyncGenerator[Sequence[Any], None]]

    @property
    def title(self) -> str:
        """What it is called."""
        return text(REPORT_TEXTS[self.name])

    @property
    def made(self) -> str:
        """When it was made."""
        return text("Made on {moment}.", moment=moment_text(self.made_at))


async def begin_report(caller: Caller, name: ReportName, now: datetime) -> Report:
    """Ask for the counts, which is quick however many devices there are.

    Raises:
        FailedCall.
    """
    summary = await caller.ask(SUMMARY, SummaryAnswer)
    if name is ReportName.FLEET:
        return _fleet(summary, now)
    return _checks(summary, now) if name is ReportName.CHECKS else _devices(caller, name, summary, now)


def _standing_column(standing: Standing) -> Column[FleetRow]:
    return number(standing.value, STANDING_TEXTS[standing], lambda row: row.bar.counts.get(standing, 0))


_FLEET_COLUMNS: tuple[Column[FleetRow], ...] = (
    words("counted_by", "Counted By", lambda row: row.counted_by, 14),
    words("name", "Name", lambda row: row.bar.label, 24),
    number("devices", "Devices", lambda row: row.bar.devices),
    *(_standing_column(standing) for standing in Standing),
)


def _fleet(summary: SummaryAnswer, now: datetime) -> Report:
    rows = [FleetRow(text("Model"), bar) for bar in models(summary)]
    rows += [FleetRow(text("Version"), bar) for bar in versions(summary)]
    lead = (compliance_text(summary), text("Retired devices are not counted."))
    return Report(ReportName.FLEET, now, lead, _FLEET_COLUMNS, len(rows), lambda: _at_once(rows))


_CHECK_COLUMNS: tuple[Column[ChecksInHour], ...] = (
    moment("hour", "Hour", lambda hour: hour.hour),
    number("checks", "Checks", lambda hour: hour.checks),
)


def _checks(summary: SummaryAnswer, now: datetime) -> Report:
    hours = summary.checks_per_hour[-HOURS:]
    refused = sum(row.refused for row in summary.refused)
    lead = (
        counted_text(
            "{count} check was answered.", "{count} checks were answered.", sum(each.checks for each in hours)
        ),
        counted_text("{count} request was refused.", "{count} requests were refused.", refused),
    )
    return Report(ReportName.CHECKS, now, lead, _CHECK_COLUMNS, len(hours), lambda: _at_once(hours))


def _failure(take: Callable[[Any], str | None]) -> Callable[[Device], str | None]:
    return lambda device: None if device.last_install is None else take(device.last_install)


_WHO = tuple(DEVICES.column(key) for key in ("mac", "serial", "model", "user", "address"))
_WHY = replace(DEVICES.column("why"), width_hint=70)
_DEVICE_COLUMNS: Mapping[ReportName, tuple[Column[Device], ...]] = {
    ReportName.BEHIND: (
        *_WHO,
        *(DEVICES.column(key) for key in ("installed_version", "offered_version", "status", "last_check_at")),
        _WHY,
    ),
    ReportName.SILENT: (
        *_WHO,
        *(DEVICES.column(key) for key in ("installed_version", "last_check_at", "next_check", "overdue")),
        _WHY,
    ),
    ReportName.FAILED: (
        *_WHO,
        words("failed_version", "Version", _failure(lambda install: install.version), 15),
        words("failed_code", "Code", _failure(lambda install: install.code), 10),
        words("failed_message", "Message", _failure(lambda install: install.message), 30),
        moment(
            "failed_at", "Failed At", lambda device: None if device.last_install is None else device.last_install.at
        ),
        DEVICES.column("last_check_at"),
    ),
}
_DEVICE_STATUSES: Mapping[ReportName, tuple[StatusCode, ...]] = {
    ReportName.BEHIND: BEHIND,
    ReportName.SILENT: (StatusCode.SILENT,),
    ReportName.FAILED: (StatusCode.INSTALL_FAILED,),
}


def _devices(caller: Caller, name: ReportName, summary: SummaryAnswer, now: datetime) -> Report:
    statuses = _DEVICE_STATUSES[name]
    counts = {row.status: row.devices for row in summary.by_status}
    total = sum(counts.get(status, 0) for status in statuses)
    nothing = {
        ReportName.BEHIND: text("No device is behind."),
        ReportName.SILENT: text("No device is silent."),
        ReportName.FAILED: text("No installation failed."),
    }[name]
    lead = (DEVICES.count_text(total), compliance_text(summary)) if total else (nothing, compliance_text(summary))
    return Report(name, now, lead, _DEVICE_COLUMNS[name], total, lambda: _of_statuses(caller, statuses))


async def _of_statuses(caller: Caller, statuses: Sequence[StatusCode]) -> AsyncGenerator[Sequence[Device], None]:
    for status in statuses:
        query = DEVICES.query({"status": status}).model_copy(update={"sort": None})
        async for devices, _ in whole_pages(caller, DEVICES, query):
            yield devices


async def _at_once(rows: Sequence[Any]) -> AsyncGenerator[Sequence[Any], None]:
    yield rows
