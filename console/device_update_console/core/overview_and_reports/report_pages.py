"""A report as a page to print and as a file: HTML that needs nothing beside it, or CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Any

from device_update_console.core.files.whole_file import BYTE_ORDER_MARK, whole_file
from device_update_console.core.lists.definition import Align
from device_update_console.core.lists.table_text import csv_heading, csv_row
from device_update_console.core.overview_and_reports.reports import Report
from device_update_console.core.texts.language import counted_text, spoken, text

Progress = Callable[[int, int], object]
"""Rows that were written, or read, and rows in all."""


def _untold(_at: int, _total: int) -> None:
    """For whoever does not ask how far it came."""


_STYLE = """<style>
body { font-family: sans-serif; font-size: 10pt; }
table { border-collapse: collapse; }
th, td { border: 1px solid #888888; padding: 2px 6px; text-align: left; vertical-align: top; }
th { background-color: #e6e6e6; color: #000000; }
.number { text-align: right; }
.short, .number { white-space: nowrap; }
thead { display: table-header-group; }
@page { size: A4 landscape; margin: 12mm; }
</style>"""


_DOCUMENT_STYLE = "<style>body { font-size: 8pt; } .short { white-space: nowrap; }</style>"
"""For `QTextDocument`, which is five times as fast where borders are those of the table and not of a style."""


_SHORT = 20
"""Columns of no more characters are not broken into lines."""


class ReportFormat(StrEnum):
    """What a file is for: a spreadsheet, a browser, or paper."""

    CSV = "csv"
    HTML = "html"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class ReportBeginning:
    """As much of a report as is shown or printed, in words: what is said before its rows, and these.

    ``left_out`` is how many follow that are not here, as far as the service's counts tell.
    """

    said: tuple[str, ...]
    rows: list[tuple[str, ...]]
    left_out: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands before the rows; where not all of them are here, it says so."""
        if not self.left_out:
            return self.said
        left_out = counted_text(
            "{count} row was left out; saved as CSV or HTML the report is whole.",
            "{count} rows were left out; saved as CSV or HTML the report is whole.",
            self.left_out,
        )
        return (
            *self.said,
            text("Only the first {count:,} rows are here. {left_out}", count=len(self.rows), left_out=left_out),
        )


@dataclass(frozen=True, slots=True)
class PrintedReport:
    """As much of a report as is shown at once."""

    html: str
    rows: int
    is_whole: bool


async def write_report(report: Report, form: ReportFormat, path: Path, progress: Progress) -> int:
    """Write all of a report as CSV or HTML, page by page, and say how many rows it has.

    Raises:
        FileNotWritten. FailedCall: the devices could not be read to their end.
    """
    as_csv = form is ReportFormat.CSV
    count = 0
    async with whole_file(path) as file:
        await file.write(BYTE_ORDER_MARK + csv_heading(report.columns) if as_csv else html_start(report))
        async for rows in report.rows():
            line = csv_row if as_csv else _html_row_of
            await file.write("".join(line(report.columns, row) for row in rows))
            count += len(rows)
            progress(count, report.total)
        if not as_csv:
            await file.write(html_end())
    return count


async def report_beginning(report: Report, most: int, progress: Progress = _untold) -> ReportBeginning:
    """The beginning of a report, at most so many rows.

    Raises:
        FailedCall.
    """
    rows: list[tuple[str, ...]] = []
    left_out = 0
    async for items in report.rows():
        taken = items[: most - len(rows)]
        rows += [tuple(column.text(item) for column in report.columns) for item in taken]
        progress(len(rows), min(report.total, most))
        if len(taken) < len(items):
            left_out = max(report.total - len(rows), len(items) - len(taken))
            break
    return ReportBeginning((report.made, *report.lead), rows, left_out)


async def printed_report(report: Report, most: int) -> PrintedReport:
    """The beginning of a report as HTML that also `QTextDocument` reads.

    Raises:
        FailedCall.
    """
    beginning = await report_beginning(report, most)
    lines = "".join(_html_row(report.columns, row) for row in beginning.rows)
    table = _html_start(report, beginning.sentences, _DOCUMENT_STYLE) + lines + html_end()
    return PrintedReport(table, len(beginning.rows), beginning.left_out == 0)


def html_start(report: Report) -> str:
    """All before the first row of a file."""
    return _html_start(report, (report.made, *report.lead), _STYLE)


def _html_start(report: Report, sentences: Sequence[str], style: str) -> str:
    title = escape(report.title)
    headings = "".join(_cell("th", column, text(column.title)) for column in report.columns)
    return (
        f'<!DOCTYPE html>\n<html lang="{spoken().code}"><head><meta charset="utf-8"><title>{title}</title>'
        f"{style}</head>\n<body><h1>{title}</h1>\n"
        + "".join(f"<p>{escape(sentence)}</p>\n" for sentence in sentences)
        + f'<table border="1" cellspacing="0" cellpadding="3"><thead><tr>{headings}</tr></thead><tbody>\n'
    )


def html_end() -> str:
    """All after the last row."""
    return "</tbody></table></body></html>\n"


def _html_row_of(columns: Sequence[Any], item: Any) -> str:
    return _html_row(columns, [column.text(item) for column in columns])


def _html_row(columns: Sequence[Any], row: Sequence[str]) -> str:
    return f"<tr>{''.join(_cell('td', column, cell) for column, cell in zip(columns, row, strict=True))}</tr>\n"


def _cell(tag: str, column: Any, content: str) -> str:
    """One cell; what is short, such as a MAC address or a moment, stays in one line."""
    if column.align is Align.RIGHT:
        return f'<{tag} class="number" align="right">{escape(content)}</{tag}>'
    if column.width_hint <= _SHORT:
        return f'<{tag} class="short">{escape(content)}</{tag}>'
    return f"<{tag}>{escape(content)}</{tag}>"
