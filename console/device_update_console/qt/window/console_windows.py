"""The windows of one console: they share servers and what is remembered; closing the last one ends the program."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from device_update_console.qt.background import Background
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.connections.signing_in import SigningIn
from device_update_console.qt.help.helping import Helping
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.main_window import MainWindow
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey

_STEP = 28
"""A new window stands so many pixels beside the one that it was opened from."""

_NUMBERED = 9
"""So many windows have a digit that leads to them."""


class ConsoleWindows(QObject):
    """Opens windows; one that was closed is used again for the next, as results may still come for it."""

    last_closed = Signal()

    def __init__(self, background: Background, servers: Servers) -> None:
        super().__init__()
        self.servers = servers
        self._background = background
        self._open: list[MainWindow] = []
        self._closed: list[MainWindow] = []
        self.signing_in = SigningIn(self.active)
        self.helping = Helping(self)
        servers.came.connect(self.signing_in.watch)
        servers.went.connect(self.signing_in.forget)
        servers.remarked.connect(lambda _, sentence: self._remark(sentence))

    def open(self, node: ScopeKey = CONSOLE) -> MainWindow:
        """Show a window on a node."""
        beside = self.active()
        window = self._closed.pop() if self._closed else self._make()
        self._open.append(window)
        if beside is not None:
            _place_beside(window, beside)
        window.open_node(node)
        window.show()
        return window

    def active(self) -> MainWindow | None:
        """The window that a person looks at, else the one that was opened last."""
        active = QApplication.activeWindow()
        while isinstance(active, QWidget) and active not in self._open:
            active = active.parentWidget()
        if isinstance(active, MainWindow):
            return active
        return self._open[-1] if self._open else None

    @property
    def newest(self) -> MainWindow:
        """The window that was opened last."""
        return self._open[-1]

    def show_failure(self, failure: Exception) -> None:
        """Show a failure that nobody else takes, where a person looks."""
        window = self.active()
        if window is not None:
            window.show_failure(failure)

    def _remark(self, sentence: str) -> None:
        window = self.active()
        if window is not None:
            window.banner.say(sentence)

    def close_all(self) -> None:
        """Close every window, unless one of them does not want to: it has something to finish."""
        for window in tuple(self._open):
            if not window.close():
                return
        self.helping.close()

    def _make(self) -> MainWindow:
        window = MainWindow(self._background, self.servers, self.signing_in)
        window.another_wanted.connect(self.open)
        window.help_wanted.connect(self.helping.open)
        window.exit_wanted.connect(self.close_all)
        window.closed.connect(lambda: self._was_closed(window))
        window.frame.window_menu.aboutToShow.connect(lambda: self._list_windows(window))
        return window

    def _list_windows(self, window: MainWindow) -> None:
        """Below the verbs of the Window menu: the open windows, with the one that it belongs to ticked."""
        menu = window.frame.window_menu
        menu.addSeparator()
        for number, each in enumerate(self._open, 1):
            title = each.windowTitle().replace("&", "&&")
            action = menu.addAction(f"&{number} {title}" if number <= _NUMBERED else title)
            action.setCheckable(True)
            action.setChecked(each is window)
            action.triggered.connect(partial(_bring_to_front, each))

    def _was_closed(self, window: MainWindow) -> None:
        if window in self._open:
            self._open.remove(window)
            self._closed.append(window)
        if not self._open:
            self.last_closed.emit()


def _bring_to_front(window: MainWindow) -> None:
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()


def _place_beside(window: QWidget, other: QWidget) -> None:
    """As large as the other one and a step beside it; at the beginning of the screen where that would leave it."""
    resize_within_screen(window, other.width(), other.height())
    room = other.screen().availableGeometry()
    place = QRect(other.pos() + QPoint(_STEP, _STEP), window.size())
    window.move(place.topLeft() if room.contains(place) else room.topLeft())
