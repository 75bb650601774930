"""Reports in the window: which, where to, how far the file came, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.lists.export_form import proposed_path
from device_update_console.core.overview_and_reports.report_pages import ReportFormat, write_report
from device_update_console.core.overview_and_reports.reports import Report
from device_update_console.core.texts.language import counted_text, text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.overview_and_reports.report_printing import print_report
from device_update_console.qt.overview_and_reports.reports_dialog import ReportsDialog
from device_update_console.qt.verbs.long_work import Progress, run_with_progress
from device_update_console.qt.window.workplace import Workplace


class Reporting:
    """Of one window."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.dialog: ReportsDialog | None = None

    def handlers(self) -> Mapping[Verb, Callable[[ServerSession], object]]:
        """What the verb does."""
        return {Verb.REPORTS: self._open}

    def _open(self, session: ServerSession) -> None:
        dialog = ReportsDialog(session, self._place.window)
        self.dialog = dialog
        dialog.save.connect(lambda report, form: self._ask_where(session, dialog, report, form))
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _ask_where(self, session: ServerSession, dialog: ReportsDialog, report: Report, form: ReportFormat) -> None:
        documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        folder = documents if documents.is_dir() else Path.home()
        path = proposed_path(folder, report.title, form, report.made_at.astimezone().date())
        question = QFileDialog(dialog, text("Save Report"), str(path))
        question.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        question.setDefaultSuffix(form.value)
        question.fileSelected.connect(lambda chosen: self.save(session, report, form, Path(chosen)))
        question.finished.connect(question.deleteLater)
        question.open()

    def save(self, session: ServerSession, report: Report, form: ReportFormat, path: Path) -> None:
        """Write it while the dialog stays; what came of it is told in the window."""
        dialog, place = self.dialog, self._place
        if dialog is not None:
            place = replace(place, window=dialog, fail=dialog.banner.show_failure)

        def done(rows: int) -> None:
            written = counted_text("{count} row written to {path}.", "{count} rows written to {path}.", rows, path=path)
            if dialog is not None and self.dialog is dialog:
                dialog.state.setText(written)
            self._place.tell(Outcome(written))

        async def work(connection: ServerConnection, progress: Progress) -> int:
            if form is ReportFormat.PDF:
                return await print_report(report, path, progress)
            return await write_report(report, form, path, progress)

        run_with_progress(place, session, text("Writing {path}...", path=path.name), work, done)

    def _forget(self, dialog: ReportsDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
