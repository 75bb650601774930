"""Packages that are dropped on a window, wherever in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from device_update_console.core.uploads.package_files import is_package_name


def packages_in(dragged: QMimeData) -> list[Path]:
    """The packages among what is dragged: files of this computer that are called like packages."""
    paths = [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
    return [path for path in paths if is_package_name(path.name)]


class PackageDrops(QObject):
    """Takes packages that are dropped on a window or on anything in it; other things go where they went before.

    While it ``takes`` none nothing is let go there, as the pointer shows.
    """

    def __init__(
        self, window: QWidget, dropped: Callable[[list[Path]], None], takes: Callable[[], bool] = lambda: True
    ) -> None:
        super().__init__(window)
        self._window = window
        self._dropped = dropped
        self._takes = takes
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: the window's, and that of lines, which would take the files' names."""
        if isinstance(event, QDropEvent) and packages_in(event.mimeData()) and self._takes():
            if event.type() == QEvent.Type.DragEnter:
                self._watch_lines()
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if event.type() == QEvent.Type.Drop:
                self._dropped(packages_in(event.mimeData()))
            return True
        return super().eventFilter(watched, event)

    def _watch_lines(self) -> None:
        for line in self._window.findChildren(QLineEdit):
            line.installEventFilter(self)
