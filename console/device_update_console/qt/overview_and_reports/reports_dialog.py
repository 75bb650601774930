"""Tools > Reports: a report is chosen on the left, its beginning is read on the right, and it is saved whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.overview_and_reports.report_pages import PrintedReport, ReportFormat, printed_report
from device_update_console.core.overview_and_reports.reports import REPORT_TEXTS, Report, ReportName, begin_report
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon

SHOWN_ROWS = 200
"""More would only be slow to show: nobody reads on, and what is saved is whole."""


class ReportsDialog(QDialog):
    """``save`` carries the `Report` that is shown and the `ReportFormat` in which it is wanted."""

    save = Signal(object, object)

    def __init__(self, session: ServerSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._job: Job | None = None
        self.report: Report | None = None
        self.setWindowTitle(text("Reports"))
        self.setWindowIcon(icon("reports"))
        resize_within_screen(self, 1180, 640)
        self.names = QListWidget()
        self.names.setAccessibleName(text("Reports"))
        for name, title in REPORT_TEXTS.items():
            item = QListWidgetItem(text(title))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.names.addItem(item)
        self.names.setFixedWidth(self.names.sizeHintForColumn(0) + 24)
        self.preview = QTextBrowser()
        self.preview.setOpenLinks(False)
        self.preview.setAccessibleName(text("Preview"))
        self.state = QLabel()
        self.banner = FailureBanner()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save_buttons = {
            ReportFormat.CSV: self._save_button(text("Save as &CSV..."), ReportFormat.CSV),
            ReportFormat.HTML: self._save_button(text("Save as &HTML..."), ReportFormat.HTML),
            ReportFormat.PDF: self._save_button(text("Save as &PDF..."), ReportFormat.PDF),
        }
        self._arrange()
        self.names.currentRowChanged.connect(lambda _: self.read())
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(lambda _: self._cancel())
        self.names.setCurrentRow(0)

    @property
    def is_reading(self) -> bool:
        """Whether a report is being fetched."""
        return self._job is not None

    def read(self) -> None:
        """Fetch the chosen report anew."""
        self._cancel()
        name = ReportName(self.names.currentItem().data(Qt.ItemDataRole.UserRole))
        self.report = None
        self.banner.hide()
        self.preview.clear()
        self._job = self._session.run(lambda connection: _read(connection, name), self._show, self._failed)
        self._offer()

    def _show(self, read: tuple[Report, PrintedReport]) -> None:
        self._job = None
        self.report, printed = read
        self.preview.setHtml(printed.html)
        self._offer()

    def _failed(self, failure: Exception) -> None:
        self._job = None
        self.banner.show_failure(failure, again=self.read)
        self._offer()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _offer(self) -> None:
        self.state.setText(text("The report is being made...") if self.is_reading else "")
        for button in self.save_buttons.values():
            button.setEnabled(self.report is not None)

    def _save_button(self, title: str, form: ReportFormat) -> QPushButton:
        button = self.buttons.addButton(title, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(self._saving(form))
        return button

    def _saving(self, form: ReportFormat) -> Callable[[], None]:
        return lambda: self.save.emit(self.report, form)

    def _arrange(self) -> None:
        label = QLabel(text("&Report:"))
        label.setBuddy(self.names)
        left = QVBoxLayout()
        left.addWidget(label)
        left.addWidget(self.names, 1)
        shown = QLabel(text("Pre&view:"))
        shown.setBuddy(self.preview)
        right = QVBoxLayout()
        heading = QHBoxLayout()
        heading.addWidget(shown)
        heading.addStretch(1)
        heading.addWidget(self.state)
        right.addLayout(heading)
        right.addWidget(self.preview, 1)
        both = QHBoxLayout()
        both.addLayout(left)
        both.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.banner)
        layout.addLayout(both, 1)
        layout.addWidget(self.buttons)


async def _read(connection: ServerConnection, name: ReportName) -> tuple[Report, PrintedReport]:
    report = await begin_report(connection, name, datetime.now(UTC))
    return report, await printed_report(report, SHOWN_ROWS)
