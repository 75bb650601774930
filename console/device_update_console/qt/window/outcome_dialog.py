"""What came of a verb on many things, when some were refused: one line each, to be read at leisure and copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.widgets.icons import icon


class OutcomeDialog(QDialog):
    """Beside the window, and in nobody's way."""

    def __init__(self, outcome: Outcome, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("What Was Done"))
        self.setWindowIcon(icon("warning"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_within_screen(self, 600, 360)
        picture = QLabel()
        picture.setPixmap(icon("warning").pixmap(32, 32))
        summary = QLabel(outcome.summary)
        summary.setWordWrap(True)
        summary.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(picture)
        head.addWidget(summary, 1)
        self.lines = QPlainTextEdit("\n".join(outcome.lines))
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setAccessibleName(text("What was done, line by line"))
        self.lines.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(text("&Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.lines.toPlainText()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.lines, 1)
        layout.addWidget(buttons)
