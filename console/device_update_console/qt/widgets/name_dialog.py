"""Giving something a name: one line, judged while it is typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import wrong_text
from device_update_console.qt.widgets.fitted_dialog import FittedDialog
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel


class NameDialog(FittedDialog):
    """``named`` carries the name, trimmed, after OK; ``problem_of`` says why a text will not do, or nothing."""

    named = Signal(str)

    def __init__(
        self,
        title: str,
        label: str,
        name: str,
        problem_of: Callable[[str], str],
        parent: QWidget | None = None,
        *,
        placeholder: str = "",
    ) -> None:
        super().__init__(parent)
        self._problem_of = problem_of
        self.setWindowTitle(title)
        self.setWindowIcon(icon("edit"))
        self.setMinimumWidth(380)
        heading = QLabel(label)
        heading.setWordWrap(True)
        self.name = QLineEdit(name)
        self.name.setPlaceholderText(placeholder)
        self.name.selectAll()
        heading.setBuddy(self.name)
        self.problem = PaintedLabel("", wrong_text)
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(text("What is wrong with the name"))
        self.buttons = QDialogButtonBox()
        self.ok = self.buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        for widget in (heading, self.name, self.problem):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._judge)
        self.buttons.accepted.connect(self._give)
        self.buttons.rejected.connect(self.reject)
        self._judge()

    def _judge(self) -> None:
        problem = self._problem_of(self.name.text().strip())
        self.problem.setText(problem or " ")  # its line stays, so that nothing moves
        self.ok.setEnabled(not problem)
        self.fit()

    def _give(self) -> None:
        self.accept()
        self.named.emit(self.name.text().strip())
