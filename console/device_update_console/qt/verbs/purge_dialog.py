"""Tools > Purge: what would be deleted is counted first; No unless somebody says Yes, as it cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.purges import (
    MOST_DAYS,
    ROW_TITLES,
    PurgeDefinition,
    PurgeKind,
    preview_of,
    purge_outcome,
    purge_request,
)
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.plain_table import PlainTable
from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.appearance import quiet_text, wrong_text
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel
from device_update_console.qt.widgets.waiting_bar import WaitingBar
from device_update_contract.administration.endpoints import PURGE
from device_update_contract.administration.server import PurgeAnswer

_MOST_ROWS = 8
_FIRST_DAYS = 30


class PurgeDialog(FittedDialog):
    """``purged`` carries the `Outcome`; ``kinds`` are those that the service has."""

    purged = Signal(object)

    def __init__(
        self, session: ServerSession, kind: PurgeKind, kinds: Sequence[PurgeDefinition], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._kinds = {each.kind: each for each in kinds}
        self._job: Job | None = None
        self._may_be_done = self._deletes = False
        self.setWindowIcon(icon("purge"))
        self.question = QLabel()
        self.choices = {each.kind: QRadioButton(text(each.choice)) for each in kinds}
        self.only_older = QCheckBox(text("&Only what is older than"))
        self.days = QSpinBox()
        self.days.setRange(1, MOST_DAYS)
        self.days.setValue(_FIRST_DAYS)
        self.days.setAccessibleName(text("Days"))
        self.totals = QLabel()
        self.versions = PlainTable([text(title) for title in ROW_TITLES], text("Versions that go"), right={2})
        self.warning = PaintedLabel("", wrong_text)
        self.banner = FailureBanner()
        self.progress = WaitingBar()
        self.buttons = QDialogButtonBox()
        self.yes = self.buttons.addButton(QDialogButtonBox.StandardButton.Yes)
        self.no = self.buttons.addButton(QDialogButtonBox.StandardButton.No)
        self._arrange()
        self.choices[kind].setChecked(True)
        self._connect()
        self.preview()

    @property
    def kind(self) -> PurgeKind:
        """What is chosen."""
        return next(kind for kind, choice in self.choices.items() if choice.isChecked())

    @property
    def is_waiting(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    @property
    def is_purging(self) -> bool:
        """Whether that request deletes: it is not given up, as nobody could say then what came of it."""
        return self.is_waiting and self._deletes

    def preview(self) -> None:
        """Ask what would go now."""
        definition = self._kinds[self.kind]
        self.setWindowTitle(text(definition.title))
        self.question.setText(text(definition.question))
        self._may_be_done = False
        self._ask(is_preview=True)

    def purge(self) -> None:
        """Delete it."""
        self._ask(is_preview=False)

    # Requests

    def _ask(self, *, is_preview: bool) -> None:
        if self._job is not None:
            self._job.cancel()
        self.banner.hide()
        older_than = self.days.value() if self.only_older.isChecked() else None
        body = purge_request(self.kind, older_than, preview=is_preview)
        self._deletes = not is_preview
        self._job = self._session.run(
            lambda connection: connection.ask(PURGE, PurgeAnswer, body=body),
            self._show_preview if is_preview else self._tell,
            lambda failure: self._failed(failure, is_preview=is_preview),
        )
        self._offer()

    def _show_preview(self, answer: PurgeAnswer) -> None:
        self._job = None
        preview = preview_of(answer)
        self._may_be_done = not preview.is_empty
        self.totals.setText(preview.totals)
        self.versions.show_rows(preview.rows)
        self.versions.fit_height(_MOST_ROWS)
        self.versions.setVisible(bool(preview.rows))
        self.warning.setText(preview.warning)
        self.warning.setVisible(bool(preview.warning))
        announce(self, f"{preview.totals} {preview.warning}".rstrip())
        self._offer()
        self.fit()

    def _tell(self, answer: PurgeAnswer) -> None:
        self._job = None
        self.accept()
        self.purged.emit(purge_outcome(answer))

    def _failed(self, failure: Exception, *, is_preview: bool) -> None:
        self._job = None
        self.banner.show_failure(failure, self.preview if is_preview else self.purge)
        self._offer()
        self.fit()

    def _offer(self) -> None:
        self.yes.setEnabled(self._may_be_done and not self.is_waiting)
        for widget in (*self.choices.values(), self.only_older, self.no):
            widget.setEnabled(not self.is_purging)
        self.days.setEnabled(self.only_older.isChecked() and not self.is_purging)
        self.progress.setVisible(self.is_waiting)
        if self.is_waiting and not self._may_be_done:
            self.totals.setText(text("Counting what would be deleted..."))

    # How it is built

    def _arrange(self) -> None:
        picture = QLabel()
        picture.setPixmap(icon("purge").pixmap(32, 32))
        font = self.question.font()
        font.setBold(True)
        self.question.setFont(font)
        for label in (self.question, self.totals, self.warning):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.versions.hide()
        self.warning.hide()
        layout = QGridLayout(self)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        layout.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(8)
        layout.addLayout(column, 0, 1)
        column.addWidget(self.question)
        column.addWidget(self._choices())
        column.addLayout(self._age())
        for widget in (
            self.totals,
            self.versions,
            self.warning,
            PaintedLabel(text("This cannot be undone."), quiet_text),
        ):
            column.addWidget(widget)
        column.addWidget(self.progress)
        column.addWidget(self.banner)
        layout.addWidget(self.buttons, 1, 0, 1, 2)
        # Only a button that is in its dialog can be the default one.
        self.yes.setAutoDefault(False)
        self.no.setDefault(True)
        self.no.setFocus()
        self.setMinimumWidth(520)

    def _choices(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        group = QButtonGroup(box)
        for choice in self.choices.values():
            group.addButton(choice)
            line.addWidget(choice)
        line.addStretch(1)
        box.setVisible(len(self.choices) > 1)
        return box

    def _age(self) -> QHBoxLayout:
        hint = text("Logs count from when they came, files from when an update last needed them.")
        line = QHBoxLayout()
        for widget in (self.only_older, self.days, QLabel(text("days"))):
            widget.setToolTip(hint)
            line.addWidget(widget)
        line.addStretch(1)
        return line

    def _connect(self) -> None:
        for choice in self.choices.values():
            choice.toggled.connect(lambda on: self.preview() if on else None)
        self.only_older.toggled.connect(lambda _: self.preview())
        self.days.valueChanged.connect(lambda _: self.preview())
        self.yes.clicked.connect(self.purge)
        self.no.clicked.connect(self.reject)

    # Qt's interface

    def reject(self) -> None:
        """Override QDialog::reject: the dialog stays until it can say what was deleted."""
        if not self.is_purging:
            super().reject()

    def done(self, result: int) -> None:
        """Override QDialog::done: nobody waits for an answer any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().done(result)
