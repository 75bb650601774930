"""Reports for managers and for spreadsheets."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from device_update_console.cli.invocation import Invocation, Outcome, with_invocation
from device_update_console.cli.output import print_table, say
from device_update_console.core.lists.table_text import csv_heading, csv_row
from device_update_console.core.overview_and_reports.report_pages import ReportFormat, write_report
from device_update_console.core.overview_and_reports.reports import Report, ReportName, begin_report
from device_update_console.core.texts.formats import counted


@click.command()
@click.argument("name", type=click.Choice([name.value for name in ReportName]))
@click.option("--csv", "as_csv", is_flag=True, help="Print it as CSV for a spreadsheet.")
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path), help="Write a page to print.")
@with_invocation
async def report(invocation: Invocation, *, name: str, as_csv: bool, page: Path | None) -> Outcome:
    """Report on the fleet.

    fleet counts devices by model and by installed version, behind lists those that have an update still to install,
    silent those that stopped asking, failed-installs what failed and why, and checks how often devices asked by the
    hour.
    """
    if as_csv and page is not None:
        raise click.UsageError("Give --csv or --html, not both.")
    if invocation.as_json:
        raise click.UsageError("--json prints answers of the service, and a report is none: give --csv.")
    async with invocation.connected() as client:
        begun = await begin_report(client, ReportName(name), datetime.now(UTC))
        if page is not None:
            rows = await write_report(begun, ReportFormat.HTML, page, lambda _at, _total: None)
            say(f"{counted(rows, 'row')} written to {page}.")
        elif as_csv:
            await _print_csv(begun)
        else:
            await _print(begun)
    return None


async def _print_csv(begun: Report) -> None:
    out = sys.stdout.buffer
    sys.stdout.flush()
    out.write(csv_heading(begun.columns).encode())
    async for rows in begun.rows():
        out.write("".join(csv_row(begun.columns, row) for row in rows).encode("utf-8", "replace"))
    out.flush()


async def _print(begun: Report) -> None:
    for sentence in (begun.title, *begun.lead):
        say(sentence)
    columns = [(column.title, column.text) for column in begun.columns]
    async for rows in begun.rows():
        print_table(columns, rows)


COMMANDS = (report,)
