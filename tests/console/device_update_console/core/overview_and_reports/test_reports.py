"""Reports: what each tells, and how it becomes a page, a file, or a spreadsheet that runs nothing."""

from __future__ import annotations

import csv
import io
import os
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.administration import PASSWORD, running_administration
from tests.support.filled_service import NEW, OLD, filled_service
from tests.support.fleets import STATES, fill_devices
from tests.support.stores import open_stores

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.files.whole_file import FileNotWritten
from device_update_console.core.lists.definition import Column, words
from device_update_console.core.overview_and_reports.report_pages import ReportFormat, printed_report, write_report
from device_update_console.core.overview_and_reports.reports import BEHIND, Report, ReportName, begin_report
from device_update_http_authentication.identities import Credentials

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
FLEET = 3_000
_SHARES = {status: share for share, status, _, _ in STATES}


@asynccontextmanager
async def fleet(folder: Path) -> AsyncIterator[AdministrationClient]:
    """A client of a service with a fleet of several pages."""
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, FLEET, 1_777_816_800_000)
    async with (
        running_administration(folder) as administration,
        AdministrationClient(
            parse_server_address(administration.url), identity=Credentials("anna", PASSWORD)
        ) as client,
    ):
        yield client


def made_up(rows: Sequence[str], stretch: int = 1_000) -> Report:
    """A report of these texts."""

    async def read() -> AsyncGenerator[Sequence[str], None]:
        for first in range(0, len(rows), stretch):
            yield rows[first : first + stretch]

    column: Column[str] = words("what", "What", str, 10)
    return Report(ReportName.FLEET, NOW, ("A <lead>.",), (column,), len(rows), read)


async def _rows(report: Report) -> list[Any]:
    return [row async for rows in report.rows() for row in rows]


async def test_device_reports_have_every_device_of_their_statuses_and_no_other(tmp_path: Path) -> None:
    async with fleet(tmp_path / "data") as client:
        for name, statuses in (
            (ReportName.BEHIND, {status.value for status in BEHIND}),
            (ReportName.SILENT, {"silent"}),
            (ReportName.FAILED, {"install-failed"}),
        ):
            report = await begin_report(client, name, NOW)
            devices = await _rows(report)
            assert {device.status for device in devices} == statuses & set(_SHARES)
            expected = sum(share for status, share in _SHARES.items() if status in statuses) * FLEET // 1000
            assert len(devices) == len({device.id for device in devices}) == report.total == expected
            assert report.lead[0] == f"{expected} devices"


async def test_the_fleet_is_counted_once_by_model_and_once_by_version(tmp_path: Path) -> None:
    async with fleet(tmp_path / "data") as client:
        report = await begin_report(client, ReportName.FLEET, NOW)
        rows = await _rows(report)
    in_use = FLEET - _SHARES["retired"] * FLEET // 1000
    for counted_by in ("Model", "Version"):
        assert sum(row.bar.devices for row in rows if row.counted_by == counted_by) == in_use
    assert "up to date" in report.lead[0]
    assert len(rows) == report.total > 8


async def test_the_checks_are_those_of_24_hours_with_what_was_refused(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        await client.sign_in()
        report = await begin_report(client, ReportName.CHECKS, NOW)
        hours = await _rows(report)
        assert (len(hours), sum(hour.checks for hour in hours)) == (24, 4)
        assert report.lead == ("4 checks were answered.", "2 requests were refused.")


async def test_a_failed_installation_is_told_with_version_code_and_message(tmp_path: Path) -> None:
    async with filled_service(tmp_path / "data") as filled, filled.client() as client:
        await client.sign_in()
        path = tmp_path / "failed.csv"
        await write_report(await begin_report(client, ReportName.FAILED, NOW), ReportFormat.CSV, path, _untold)
    (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
    assert (row["Version"], row["Code"], row["Message"]) == (NEW, "17", "no room")
    assert (row["MAC Address"], row["Serial Number"]) == ("00-04-F2-00-00-03", "07823-A345")
    assert OLD not in row["Version"]


async def test_no_cell_of_a_spreadsheet_is_a_formula_and_none_of_a_page_is_markup(tmp_path: Path) -> None:
    report = made_up(["=cmd|' /C calc'!A0", "+1", "-1", "@x", "<script>alert(1)</script>", "a & b"])
    for form in (ReportFormat.CSV, ReportFormat.HTML):
        assert await write_report(report, form, tmp_path / f"report.{form}", _untold) == 6
    cells = [row[0] for row in csv.reader(io.StringIO((tmp_path / "report.csv").read_text("utf-8-sig")))][1:]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "A &lt;lead&gt;." in page
    assert page.endswith("</tbody></table></body></html>\n")


async def test_what_is_shown_at_once_says_that_it_is_not_all() -> None:
    report = made_up([f"row {number}" for number in range(2_500)])
    some = await printed_report(report, 1_200)
    assert (some.rows, some.is_whole) == (1_200, False)
    assert "Only the first 1,200 rows are here. 1,300 rows were left out" in some.html
    assert "row 1199<" in some.html
    assert "row 1200<" not in some.html
    every = await printed_report(report, 2_500)
    assert (every.rows, every.is_whole, "Only the first" in every.html) == (2_500, True, False)


async def test_a_report_that_breaks_off_leaves_no_file_and_keeps_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("older")

    async def breaks() -> AsyncGenerator[Sequence[str], None]:
        yield ["a"]
        raise ConnectionError

    report = made_up([])
    broken = Report(report.name, NOW, (), report.columns, 2, breaks)
    with pytest.raises(ConnectionError):
        await write_report(broken, ReportFormat.HTML, path, _untold)
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208 -- a moment's look
    assert path.read_text() == "older"
    with pytest.raises(FileNotWritten):
        await write_report(report, ReportFormat.CSV, tmp_path / "no folder" / "report.csv", _untold)


async def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    async def many() -> AsyncGenerator[Sequence[str], None]:
        for _ in range(60):
            yield [f"device {number}" for number in range(1_000)]

    few = made_up([])
    report = Report(few.name, NOW, (), few.columns, 60_000, many)
    tracemalloc.start()
    try:
        assert await write_report(report, ReportFormat.HTML, tmp_path / "report.html", _untold) == 60_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_200_000 < (tmp_path / "report.html").stat().st_size


def _untold(_at: int, _total: int) -> None:
    """Nobody watches."""
