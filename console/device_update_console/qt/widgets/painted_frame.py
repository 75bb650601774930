"""A framed ground in a colour that follows light and dark."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QFrame, QWidget

from device_update_console.qt.widgets.appearance import painted


class PaintedFrame(QFrame):
    """``ground`` gives the colour that goes with a palette."""

    def __init__(self, ground: Callable[[QPalette], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground = ground
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._paint()

    def _paint(self) -> None:
        application = QGuiApplication.palette()
        self.setPalette(painted(application, self._ground(application)))

    # Qt's interface

    def changeEvent(self, event: QEvent) -> None:
        """Override QWidget::changeEvent: follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()
        super().changeEvent(event)
