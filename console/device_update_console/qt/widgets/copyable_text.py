"""A value that is only shown, as text that can be selected and copied, by mouse and by keyboard, however long it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget


class CopyableText(QTextEdit):
    """As high as what is in it, and at least ``lines``; never read as markup.

    It breaks anywhere, so that no device's name widens a dialog.
    """

    def __init__(self, value: str, name: str, parent: QWidget | None = None, *, lines: int = 1) -> None:
        super().__init__(parent)
        self._lines = lines
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        palette = QPalette()
        palette.setBrush(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        self.say(value)

    def say(self, value: str) -> None:
        """Show another value; what is selected stays when it is the same."""
        if value != self.toPlainText() or not value:
            self.setPlainText(value)
        self._fit()

    def _fit(self) -> None:
        lowest = self.fontMetrics().lineSpacing() * self._lines
        self.setFixedHeight(max(lowest, int(self.document().size().height() + 0.999)))

    # Qt's interface

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTextEdit::resizeEvent: another width may need another height."""
        super().resizeEvent(event)
        self._fit()
