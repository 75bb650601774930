"""A sentence in the place of a list's rows, while there are none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QAbstractScrollArea

from device_update_console.qt.widgets.appearance import quiet_text


def paint_message(view: QAbstractScrollArea, message: str) -> None:
    """Paint it; for the view's own ``paintEvent``."""
    painter = QPainter(view.viewport())
    painter.setPen(quiet_text(QGuiApplication.palette()))
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(view.viewport().rect().adjusted(24, 24, -24, -24), int(flags), message)
    painter.end()
