"""A window that shows a device log of any size, piece by piece."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QGuiApplication,
    QKeySequence,
    QPalette,
    QShortcut,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from device_update_console.core.logs_and_audit.log_reading import LogReading, LogView
from device_update_console.core.logs_and_audit.log_windows import LogForm, shown_piece
from device_update_console.core.texts.formats import number_text, size_text
from device_update_console.core.texts.language import marked, text
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.logs_and_audit.log_facts_grid import LogFactsGrid
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.log_contents.log_bytes import PIECE

FORM_TEXTS: Final = {
    LogForm.TEXT: marked("Text"),
    LogForm.HEXADECIMAL: marked("Hexadecimal"),
    LogForm.STRINGS: marked("Printable strings"),
}
_TAG: Final = re.compile(r"</?[\w.:-]+|/?>")
_VALUE: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_COLOURED: Final = 8_000
"""Characters of a line that are coloured: a log may be one line of nothing but tags, which takes 90 ms."""


class LogViewer(QDialog):
    """Only the piece that is looked at is here; the bar at the side goes through the log."""

    def __init__(self, session: ServerSession, log: DeviceLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Window)
        self.setWindowTitle(text("{name} from {device}", name=log.name, device=log.mac or log.serial or log.model))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_within_screen(self, 860, 560)
        self._session, self._log = session, log
        self._reading = LogReading(log)
        self._view: LogView | None = None
        self._number = 0
        """The piece that is shown."""
        self._job: Job | None = None
        self.banner = FailureBanner()
        self.form = QComboBox()
        self.form.setAccessibleName(text("Shown as"))
        for form, title in FORM_TEXTS.items():
            self.form.addItem(text(title), form)
        self.facts = LogFactsGrid()
        self.place = QLabel()
        self.stop = QPushButton(text("Stop"))
        self.stop.setAutoDefault(False)
        self.stop.hide()
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setAccessibleName(text("Content of the log"))
        self.body.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.body.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.pieces = QScrollBar(Qt.Orientation.Vertical)
        self.pieces.setAccessibleName(text("Place in the log"))
        self._highlighter = _XmlColours(self.body.document())
        self._lay_out()
        self.form.currentIndexChanged.connect(self._change_form)
        self.stop.clicked.connect(self._stop)
        self.finished.connect(self._give_up)
        self.pieces.valueChanged.connect(self._fetch)
        for keys, step in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._step(step))
        self._fetch()

    def _lay_out(self) -> None:
        label = QLabel(text("Shown &as:"))
        label.setBuddy(self.form)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.form)
        top.addStretch(1)
        top.addWidget(self.place)
        top.addWidget(self.stop)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.body, 1)
        middle.addWidget(self.pieces)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.banner)
        layout.addWidget(self.facts)
        layout.addLayout(middle, 1)
        self.pieces.hide()
        self.body.setPlaceholderText(text("Loading..."))

    def _step(self, by: int) -> None:
        self.pieces.setValue(self.pieces.value() + by)

    def _fetch(self) -> None:
        """Get the piece that is looked at; one that is on its way for another is given up."""
        if self._job is not None:
            self._job.cancel()
        number = self.pieces.value()
        form = None if self._view is None else LogForm(self.form.currentData())

        def progress(done: int, total: int) -> None:
            self._session.in_window(lambda: self._tell(job, done, total))

        job = self._job = self._session.run(
            lambda connection: self._reading.look_at(connection, number, form, progress),
            lambda view: self._take(view, number),
            self._fail,
        )

    def _tell(self, job: Job, done: int, total: int) -> None:
        """How far reading through what comes before has come; only while that goes on, and the window is there."""
        if not isValid(self) or job.cancelled or self._job is not job:
            return
        self.stop.show()
        self.place.setText(
            text("Reading the events before it: {done} of {total}", done=size_text(done), total=size_text(total))
        )

    def _stop(self) -> None:
        """Stay at what is shown; what was read through is kept."""
        self._give_up()
        self._job = None
        with QSignalBlocker(self.pieces):
            self.pieces.setValue(self._number)
        self._show()

    def _change_form(self) -> None:
        """Events are read when they are looked at as text; everything else is here already."""
        if self._view is None:
            return
        is_text = self.form.currentData() == LogForm.TEXT
        if is_text and self._view.shape.marker is not None and self._view.told is None:
            self._fetch()
        else:
            self._show()

    def _give_up(self) -> None:
        """Closed; what is on its way has nowhere to be shown any more."""
        if self._job is not None:
            self._job.cancel()

    def _take(self, view: LogView, number: int) -> None:
        is_first = self._view is None
        self._job, self._view, self._number = None, view, number
        self.banner.settle("")
        if is_first:
            self.pieces.setMaximum(view.shape.pieces - 1)
            self.pieces.setPageStep(1)
            self.pieces.setVisible(view.shape.pieces > 1)
            self.form.setCurrentIndex(self.form.findData(view.shape.usual_form))
        self.facts.show_facts(view.facts)
        self._show()

    def _show(self) -> None:
        self.stop.hide()
        if self._view is None:
            return
        shape, form = self._view.shape, LogForm(self.form.currentData())
        offset = self._number * PIECE
        self._highlighter.setDocument(self.body.document() if shape.is_xml and form is LogForm.TEXT else None)
        told = self._view.told if form is LogForm.TEXT else None
        self.body.setPlainText(shown_piece(self._view.content, offset, shape, form) if told is None else told)
        self.body.setPlaceholderText(text("The log is empty.") if not self._log.size else text("There are none here."))
        end = offset + len(self._view.content)
        self.place.setText(
            size_text(self._log.size)
            if shape.pieces == 1
            else text(
                "Bytes {first} to {last} of {size}",
                first=number_text(offset),
                last=number_text(end),
                size=size_text(self._log.size),
            )
        )

    def _fail(self, failure: Exception) -> None:
        self._job = None
        self.stop.hide()
        self.banner.show_failure(failure, again=self._fetch)


class _XmlColours(QSyntaxHighlighter):
    """Tags and values of XML in colours that can be read on either ground."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        dark = QGuiApplication.palette().color(QPalette.ColorRole.Base).lightness() < 128
        self._tag, self._value = QTextCharFormat(), QTextCharFormat()
        self._tag.setForeground(QColor("#7fb5f0" if dark else "#1f5fa6"))
        self._value.setForeground(QColor("#8fd19e" if dark else "#24733f"))

    # Qt's interface

    def highlightBlock(self, line: str) -> None:
        """Override QSyntaxHighlighter::highlightBlock."""
        for pattern, form in ((_TAG, self._tag), (_VALUE, self._value)):
            for match in pattern.finditer(line, 0, _COLOURED):
                self.setFormat(match.start(), len(match[0]), form)
