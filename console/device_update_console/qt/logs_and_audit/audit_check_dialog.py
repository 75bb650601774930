"""Verify Audit Trail: the whole trail is fetched and checked here, so that the service need not be believed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.logs_and_audit.audit_check_form import (
    AuditResult,
    audit_result,
    head_fault,
    noted_head,
    progress_text,
    stopped_text,
)
from device_update_console.core.logs_and_audit.audit_checks import check_service
from device_update_console.core.texts.language import text
from device_update_console.qt.background import Background, Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.appearance import wrong_text
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_contract.audit import ChainHead, ChainVerdict


class AuditCheckDialog(QDialog):
    """It begins at once; a head that was noted earlier can be given and everything checked once more."""

    def __init__(self, session: ServerSession, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._job: Job | None = None
        self._done = 0
        self.setWindowTitle(text("Verify Audit Trail"))
        self.setWindowIcon(icon("audit-trail"))
        self.setMinimumWidth(560)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName(text("Progress"))
        self.how_far = QLabel()
        self.noted = QLineEdit()
        self.noted.setPlaceholderText(text("optional, such as 1204:9f86d081..."))
        self.noted.setMaxLength(100)
        self.wrong = PaintedLabel("", wrong_text)
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        self.finding = _Result()
        self.banner = FailureBanner()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.verify_button = self.buttons.addButton(text("&Verify Again"), QDialogButtonBox.ButtonRole.ActionRole)
        self.stop_button = self.buttons.addButton(text("&Stop"), QDialogButtonBox.ButtonRole.ActionRole)
        self._arrange()
        self.noted.textChanged.connect(self._offer)
        self.verify_button.clicked.connect(self.verify)
        self.stop_button.clicked.connect(self.stop)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(lambda _: self._cancel())
        self.verify()

    @property
    def is_checking(self) -> bool:
        """Whether the trail is being fetched."""
        return self._job is not None

    def verify(self) -> None:
        """Check the whole trail."""
        if self.is_checking or head_fault(self.noted.text()):
            return
        noted = noted_head(self.noted.text())
        self.banner.hide()
        self.finding.hide()
        self._job = self._session.run(
            lambda connection: self._check(connection, noted),
            lambda verdict: self._checked(verdict, compared=noted is not None),
            self._failed,
        )
        self.progress.setRange(0, 0)
        self._progress(0, None)
        self._offer()

    def stop(self) -> None:
        """Fetch no more, and say how far it came."""
        self._cancel()
        self.how_far.setText(stopped_text(self._done))
        self._offer()

    # What happens

    async def _check(self, connection: ServerConnection, noted: ChainHead | None) -> ChainVerdict:
        """In the loop."""

        def told(done: int, total: int | None) -> None:
            self._background.in_window(lambda: self._progress(done, total) if self.is_checking else None)

        return await connection.repeated(lambda: check_service(connection.client, noted, told))

    def _progress(self, done: int, total: int | None) -> None:
        self._done = done
        self.how_far.setText(progress_text(done, total))
        if total is not None:
            # In thousandths: a trail may have more entries than a progress bar can count.
            self.progress.setRange(0, 1000)
            self.progress.setValue(1000 * done // max(total, 1))

    def _checked(self, verdict: ChainVerdict, *, compared: bool) -> None:
        self._job = None
        self.how_far.clear()
        self.finding.say(audit_result(verdict, compared=compared))
        self._offer()
        self.adjustSize()

    def _failed(self, failure: Exception) -> None:
        self._job = None
        self.how_far.clear()
        self.banner.show_failure(failure, again=self.verify)
        self._offer()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _offer(self) -> None:
        fault = head_fault(self.noted.text())
        self.wrong.setText(fault)
        self.wrong.setVisible(bool(fault))
        self.noted.setAccessibleDescription(fault)
        self.verify_button.setEnabled(not self.is_checking and not fault)
        self.stop_button.setEnabled(self.is_checking)
        self.progress.setVisible(self.is_checking)
        self.how_far.setVisible(bool(self.how_far.text()))

    def _arrange(self) -> None:
        purpose = QLabel(text("Every entry covers the one before it. The whole trail is fetched and checked here."))
        purpose.setWordWrap(True)
        label = QLabel(text("&Head that was noted earlier:"))
        label.setBuddy(self.noted)
        picture = QLabel()
        picture.setPixmap(icon("audit-trail").pixmap(32, 32))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        grid.addWidget(picture, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(purpose, 0, 1, 1, 2)
        grid.addWidget(label, 1, 1)
        grid.addWidget(self.noted, 1, 2)
        grid.addWidget(self.wrong, 2, 2)
        for row, widget in enumerate((self.progress, self.how_far, self.finding, self.banner), start=3):
            grid.addWidget(widget, row, 1, 1, 2)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(grid)
        layout.addStretch(1)
        layout.addWidget(self.buttons)


class _Result(QWidget):
    """The sentence, what to do with it, and the head with its button."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = QLabel()
        self.sentence, self.advice = QLabel(), QLabel()
        for label in (self.sentence, self.advice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = self.sentence.font()
        font.setBold(True)
        self.sentence.setFont(font)
        self.head = QLineEdit()
        self.head.setReadOnly(True)
        self.head.setAccessibleName(text("Head of the audit trail"))
        self.copy_button = QPushButton(text("&Copy Head"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.head.text()))
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.head, 1)
        line.addWidget(self.copy_button)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.sentence, 0, 1)
        grid.addWidget(self.advice, 1, 1)
        grid.addLayout(line, 2, 1)
        self.hide()

    def say(self, result: AuditResult) -> None:
        """Show what was found."""
        self.picture.setPixmap(icon("approve" if result.is_sound else "failure").pixmap(16, 16))
        self.sentence.setText(result.sentence)
        self.advice.setText(result.advice)
        self.advice.setVisible(bool(result.advice))
        self.head.setText(result.head)
        self.head.setCursorPosition(0)
        for widget in (self.head, self.copy_button):
            widget.setVisible(bool(result.head))
        self.show()
        announce(self, f"{result.sentence} {result.advice}".rstrip())
