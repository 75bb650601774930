"""A label in a colour that follows light and dark."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QLabel, QWidget


class PaintedLabel(QLabel):
    """Plain text; ``colour`` gives the colour that goes with a palette."""

    def __init__(self, said: str, colour: Callable[[QPalette], QColor], parent: QWidget | None = None) -> None:
        super().__init__(said, parent)
        self._colour = colour
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._paint()

    def take_colour(self, colour: Callable[[QPalette], QColor]) -> None:
        """Be in another colour from now on."""
        self._colour = colour
        self._paint()

    def _paint(self) -> None:
        palette = QPalette()  # with one colour of its own; the others are the program's, also when they change
        palette.setColor(QPalette.ColorRole.WindowText, self._colour(QGuiApplication.palette()))
        self.setPalette(palette)

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QLabel::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        super().changeEvent(event)
