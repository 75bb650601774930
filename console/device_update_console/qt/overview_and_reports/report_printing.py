"""A report on paper: laid out by Qt, in A4 across, as PDF."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QMarginsF, QThread
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from device_update_console.core.files.whole_file import FileNotWritten
from device_update_console.core.overview_and_reports.report_pages import printed_report
from device_update_console.core.overview_and_reports.reports import Report
from device_update_console.core.texts.language import text

PRINTED_ROWS = 500
"""More takes Qt long to lay out, and nobody reads them on paper; the report says that it is not whole."""

_MARGINS = QMarginsF(12, 12, 12, 12)


async def print_report(report: Report, path: Path) -> int:
    """Write a report as PDF and say how many rows are in it; beside the window's thread, which goes on meanwhile.

    Raises:
        FileNotWritten. FailedCall.
    """
    printed = await printed_report(report, PRINTED_ROWS)
    aside = path.with_name(f"{path.name}.part")
    try:
        await asyncio.to_thread(_print, printed.html, report.title, aside)
        await asyncio.to_thread(aside.replace, path)
    except OSError as error:
        raise FileNotWritten(
            text("{path} cannot be written: {error}.", path=path, error=error.strerror or str(error))
        ) from error
    finally:
        await asyncio.to_thread(aside.unlink, missing_ok=True)
    return printed.rows


def _print(html: str, title: str, path: Path) -> None:
    path.open("wb").close()  # tells why, where it cannot be: Qt does not
    printing = _Printing(html, title, path)
    printing.start()
    printing.wait()


class _Printing(QThread):
    """A thread of Qt's, as laying out a document starts timers, which other threads do not have."""

    def __init__(self, html: str, title: str, path: Path) -> None:
        super().__init__()
        self._html = html
        self._title = title
        self._path = path

    def run(self) -> None:
        """Lay it out and write it."""
        writer = QPdfWriter(str(self._path))
        writer.setTitle(self._title)
        writer.setResolution(96)
        writer.setPageLayout(
            QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, _MARGINS)
        )
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setHtml(self._html)
        document.print_(writer)
