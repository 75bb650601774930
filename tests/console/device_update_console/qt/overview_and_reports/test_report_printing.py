"""A report as PDF: thousands of rows, page after page, which may be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_update_console.core.lists.definition import Column, number, words
from device_update_console.core.overview_and_reports.reports import Report, ReportName
from device_update_console.qt.overview_and_reports.report_printing import PRINTED_ROWS, print_report

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
COLUMNS: tuple[Column[str], ...] = (
    words("name", "Name", str, 20),
    number("length", "Length", len),
    words("wide", "Wide", lambda row: f"{row} says a sentence that is longer than its column is wide. " * 8, 70),
    words("wider", "Wider", lambda row: "W" * 400 if row.endswith("7") else "", 70),
)

pytestmark = pytest.mark.usefixtures("qapp")


def made_up(count: int) -> Report:
    async def rows() -> AsyncGenerator[Sequence[str], None]:
        for start in range(0, count, 1_000):
            yield [f"row {each}" for each in range(start, min(count, start + 1_000))]

    return Report(ReportName.SILENT, NOW, ("A lead.",), COLUMNS, count, rows)


def pages(path: Path) -> int:
    return path.read_bytes().count(b"/Type /Page\n")


def test_a_long_report_goes_on_from_page_to_page_and_the_rows_are_counted(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "report.pdf"
    written = asyncio.run(print_report(made_up(600), path, lambda at, total: told.append((at, total))))
    assert written == 600
    assert pages(path) > 600 / 60
    assert told == sorted(told)
    assert told[-1] == (1_200, 1_200)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("count", [0, 1])
def test_a_report_of_few_rows_is_one_page(tmp_path: Path, count: int) -> None:
    path = tmp_path / "report.pdf"
    assert asyncio.run(print_report(made_up(count), path, lambda *_: None)) == count
    assert pages(path) == 1


def test_no_more_rows_are_printed_than_anybody_reads(tmp_path: Path) -> None:
    report = made_up(PRINTED_ROWS + 30)
    short = Report(report.name, NOW, (), COLUMNS[:2], report.total, report.rows)
    assert asyncio.run(print_report(short, tmp_path / "report.pdf", lambda *_: None)) == PRINTED_ROWS


def test_printing_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    async def stop_while_it_is_painted() -> None:
        loop, report = asyncio.get_running_loop(), made_up(5_000)

        def told(at: int, _total: int) -> None:
            if at > report.total:
                loop.call_soon_threadsafe(printing.cancel)

        printing = loop.create_task(print_report(report, tmp_path / "report.pdf", told))
        with pytest.raises(asyncio.CancelledError):
            await printing

    asyncio.run(stop_while_it_is_painted())
    assert list(tmp_path.iterdir()) == []
