"""A field of a form: its label, its editor, and the sentence about what is wrong with it below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from device_update_console.core.verbs.definition import without_mnemonic
from device_update_console.qt.widgets.appearance import wrong_text
from device_update_console.qt.widgets.painted_label import PaintedLabel


class FormField:
    """``title`` has its mnemonic after ``&``; ``below`` stands under the editor, whatever is wrong."""

    def __init__(self, title: str, editor: QWidget, below: QWidget | None = None) -> None:
        self.editor = editor
        self.label = QLabel(f"{title}:")
        self.label.setBuddy(editor)
        self.label.setContentsMargins(0, 4, 0, 0)
        editor.setAccessibleName(without_mnemonic(title))
        self.wrong = PaintedLabel("", wrong_text)
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        for widget in (editor, below, self.wrong):
            if widget is not None:
                self._column.addWidget(widget)

    def put_into(self, grid: QGridLayout, row: int) -> None:
        """Fill a row of two columns."""
        grid.addWidget(self.label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(self._column, row, 1)

    def say(self, sentence: str) -> None:
        """Say what is wrong; empty: nothing is."""
        self.wrong.setText(sentence)
        self.wrong.setVisible(bool(sentence))
        self.editor.setAccessibleDescription(sentence)


def password_line() -> QLineEdit:
    """A line that hides what is typed; the longest password fits into it, and one character more, to be refused."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setMaxLength(257)
    return line
