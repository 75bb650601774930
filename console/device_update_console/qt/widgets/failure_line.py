"""Why something that a dialog tried did not succeed, in the dialog itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from device_update_console.qt.widgets.announcing import announce
from device_update_console.qt.widgets.icons import icon


class FailureLine(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` is what the sentence is about, for those who do not see where it stands."""
        super().__init__(parent)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.setAccessibleDescription(name)  # as its name it would be read instead of the sentence
        sign = QLabel()
        sign.setPixmap(icon("failure").pixmap(16, 16))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.message, 1)
        self.hide()

    def say(self, sentence: str) -> None:
        """Say why, or with an empty sentence nothing."""
        self.message.setText(sentence)
        self.setVisible(bool(sentence))
        announce(self, sentence, urgent=True)
