"""Choosing the version to roll back to, of all that were ever approved for a rule."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from device_update_console.core.texts.formats import moment_text, one_line, rule_label
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.rule_history import RollBackChoice
from device_update_console.core.verbs.rule_history_calls import read_roll_back_choices
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.plain_table import PlainTable
from device_update_console.qt.widgets.failure_banner import FailureBanner
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon
from device_update_contract.administration.rules import Rule


class RollBackDialog(QDialog):
    """``chosen`` carries the version; what happens then is asked in the question that follows."""

    chosen = Signal(str)

    def __init__(self, session: ServerSession, rule: Rule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rule = rule
        self._choices: list[RollBackChoice] = []
        self.setWindowTitle(text("Roll Back To"))
        self.setWindowIcon(icon("roll-back"))
        resize_within_screen(self, 640, 320)
        intro = QLabel(text("Versions that were approved for {rule}:", rule=rule_label(rule)))
        intro.setWordWrap(True)
        titles = [text("Version"), text("Approved"), text("By"), text("Comment"), text("Cannot Be Chosen")]
        self.versions = PlainTable(titles, text("Versions"), stretched=3)
        self.versions.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.banner = FailureBanner()
        self.state = QLabel(text("Loading..."))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.roll_back = self.buttons.addButton(text("&Roll Back..."), QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        for widget in (intro, self.versions, self.state, self.banner, self.buttons):
            layout.addWidget(widget)
        self.buttons.accepted.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        self.versions.itemSelectionChanged.connect(self._offer)
        self.versions.itemActivated.connect(self._choose)
        self._offer()
        self._load()

    def _load(self) -> None:
        rule_id = self._rule.id
        self.state.show()
        job = self._session.run(lambda connection: read_roll_back_choices(connection, rule_id), self._show, self._fail)
        self.finished.connect(lambda _: job.cancel())

    def _fail(self, failure: Exception) -> None:
        self.state.hide()
        self.banner.show_failure(failure, again=self._load)

    def _show(self, choices: Sequence[RollBackChoice]) -> None:
        self._choices = list(choices)
        self.versions.show_rows([_row(choice) for choice in choices])
        usable = [number for number, choice in enumerate(choices) if not choice.why_not]
        for number, choice in enumerate(choices):
            if choice.why_not:
                self.versions.disable_row(number)
        self.state.setText("" if usable else text("There is no version to roll back to."))
        self.state.setVisible(not usable)
        if usable:
            self.versions.selectRow(usable[0])
            self.versions.setFocus()

    def _offer(self) -> None:
        self.roll_back.setEnabled(bool(self.versions.selected_rows()))

    def _choose(self) -> None:
        rows = self.versions.selected_rows()
        if rows:
            self.accept()
            self.chosen.emit(self._choices[rows[0]].version)


def _row(choice: RollBackChoice) -> tuple[str, ...]:
    return (
        choice.version,
        moment_text(choice.at),
        one_line(choice.account),
        one_line(choice.comment or ""),
        choice.why_not,
    )
