"""Tools > Reports: the beginning of a report is read, and all of it saved, to print or for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.overview_and_reports.report_pages import ReportFormat
from device_update_console.core.overview_and_reports.reports import Report, ReportName
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.overview_and_reports.report_printing import PRINTED_ROWS
from device_update_console.qt.overview_and_reports.reports_dialog import SHOWN_ROWS, ReportsDialog

_MS = 60_000

OpenConsole = Callable[..., Console]


def opened(qtbot: QtBot, console: Console) -> ReportsDialog:
    console.window.commands.actions[Verb.REPORTS].trigger()
    dialog = console.window.reporting.dialog
    assert dialog is not None
    read(qtbot, dialog)
    return dialog


def says(label: QLabel, told: str) -> bool:
    return told in label.text()


def read(qtbot: QtBot, dialog: ReportsDialog) -> Report:
    qtbot.waitUntil(lambda: not dialog.is_reading, timeout=_MS)
    assert dialog.report is not None
    assert all(button.isEnabled() for button in dialog.save_buttons.values())
    return dialog.report


def choose(qtbot: QtBot, dialog: ReportsDialog, name: ReportName) -> Report:
    dialog.names.setCurrentRow(list(ReportName).index(name))
    report = read(qtbot, dialog)
    assert report.name is name
    return report


def test_a_report_is_read_and_saved_whole_as_csv_html_and_pdf(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(fleet_service).connected()
    dialog = opened(qtbot, console)
    assert "Fleet by model and version" in dialog.preview.toPlainText()
    assert "CX700" in dialog.preview.toPlainText()
    report = choose(qtbot, dialog, ReportName.BEHIND)
    assert report.total > SHOWN_ROWS
    assert (
        f"Only the first {SHOWN_ROWS} rows are here. {report.total - SHOWN_ROWS:,} rows were left out"
        in dialog.preview.toPlainText()
    )
    session = console.window.session()
    assert session is not None
    for form in ReportFormat:
        path = tmp_path / f"behind.{form}"
        console.window.reporting.save(session, report, form, path)
        qtbot.waitUntil(path.exists, timeout=_MS)
        written = min(report.total, PRINTED_ROWS) if form is ReportFormat.PDF else report.total
        told = f"{written:,} rows written to {path}."
        qtbot.waitUntil(partial(says, dialog.state, told), timeout=_MS)
    lines = list(csv.DictReader((tmp_path / "behind.csv").read_text("utf-8-sig").splitlines()))
    assert len(lines) == report.total
    assert (tmp_path / "behind.html").read_text("utf-8").count("<tr>") == report.total + 1
    assert (tmp_path / "behind.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(path.suffix for path in tmp_path.glob("behind*")) == [".csv", ".html", ".pdf"]
    assert console.failures == []


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, tmp_path: Path
) -> None:
    console = open_console(shared_service).connected()
    dialog = opened(qtbot, console)
    report = choose(qtbot, dialog, ReportName.CHECKS)
    session = console.window.session()
    assert session is not None
    for form in ReportFormat:
        path = tmp_path / "no folder" / f"checks.{form}"
        console.window.reporting.save(session, report, form, path)
        qtbot.waitUntil(partial(says, dialog.banner.text, f"{path} cannot be written"), timeout=_MS)
    assert list(tmp_path.glob("**/checks*")) == []
    assert console.failures == []


def test_another_report_may_be_chosen_while_one_is_being_made(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    dialog = opened(qtbot, open_console(fleet_service).connected())
    for name in (ReportName.BEHIND, ReportName.FAILED, ReportName.SILENT):
        dialog.names.setCurrentRow(list(ReportName).index(name))
        assert dialog.is_reading
        assert not any(button.isEnabled() for button in dialog.save_buttons.values())
    assert read(qtbot, dialog).name is ReportName.SILENT
    dialog.reject()
