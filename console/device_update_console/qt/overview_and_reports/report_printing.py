"""A report on paper: A4 across, as PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMarginsF, QThread
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter

from device_update_console.core.files.whole_file import file_not_written
from device_update_console.core.overview_and_reports.report_pages import Progress, ReportBeginning, report_beginning
from device_update_console.core.overview_and_reports.reports import Report
from device_update_console.qt.overview_and_reports.table_pages import TablePages

PRINTED_ROWS = 10_000
"""Hundreds of pages; nobody reads more on paper, and the report says how many rows it leaves out."""

_MARGINS = QMarginsF(12, 12, 12, 12)
_DOTS_PER_INCH = 300
_TOLD_AFTER = 100
"""Rows, after which it is told again how far it came."""


async def print_report(report: Report, path: Path, progress: Progress) -> int:
    """Write a report as PDF and say how many rows are in it; beside the window's thread, which goes on meanwhile.

    First the rows are read, then they are painted: ``progress`` counts each of them twice.

    Raises:
        FileNotWritten. FailedCall.
    """
    beginning = await report_beginning(report, PRINTED_ROWS, lambda at, total: progress(at, 2 * total))
    count = len(beginning.rows)
    aside = path.with_name(f"{path.name}.part")
    printing = _Printing(report, beginning, aside, lambda at: progress(count + at, 2 * count))
    carried_out = asyncio.get_running_loop().run_in_executor(None, printing.carry_out)
    try:
        await asyncio.shield(carried_out)
        await asyncio.to_thread(aside.replace, path)
    except OSError as error:
        raise file_not_written(path, error) from error
    finally:
        printing.requestInterruption()
        await asyncio.wait([carried_out])
        await asyncio.to_thread(aside.unlink, missing_ok=True)
    return count


class _Printing(QThread):
    """A thread of Qt's, which can be asked to stop."""

    def __init__(self, report: Report, beginning: ReportBeginning, path: Path, told: Callable[[int], object]) -> None:
        super().__init__()
        self._report = report
        self._beginning = beginning
        self._path = path
        self._told = told

    def carry_out(self) -> None:
        """Do it and wait; from any thread.

        Raises:
            OSError: the file cannot be written.
        """
        self._path.open("wb").close()  # tells why, where it cannot be: Qt does not
        self.start()
        self.wait()

    def run(self) -> None:
        """Override QThread::run: paint it and write it."""
        writer = QPdfWriter(str(self._path))
        writer.setTitle(self._report.title)
        writer.setResolution(_DOTS_PER_INCH)
        writer.setPageLayout(
            QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, _MARGINS)
        )
        pages = TablePages(writer, self._report.columns, self._beginning.rows)
        pages.paint(self._report.title, self._beginning.sentences, self._goes_on)

    def _goes_on(self, count: int) -> bool:
        if count % _TOLD_AFTER == 0:
            self._told(count)
        return not self.isInterruptionRequested()
