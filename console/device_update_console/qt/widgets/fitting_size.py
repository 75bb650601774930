"""The size that a window is opened with: the one that fits what is in it, and no larger than the screen."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME = QSize(12, 40)
"""What a window manager puts around a window; it is known only when the window is shown, which is too late."""


def resize_within_screen(window: QWidget, width: int, height: int) -> None:
    """Give a window its size before it is shown: nobody reaches buttons that are below the end of the screen."""
    window.resize(QSize(width, height).boundedTo(window.screen().availableSize() - _FRAME))
