"""The desktop program: its event loop, its windows, and what is done when something unforeseen happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from device_update_console.core.connections.pinned_services import PinnedServices, place_of_pins
from device_update_console.core.console_invocation import (
    WRONG_USAGE,
    ConsoleInvocation,
    parse_invocation,
    wrong_usage,
)
from device_update_console.core.window.remembered import Remembered, place_of_remembered
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.background import Background
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.ending_signals import EndingSignals
from device_update_console.qt.garbage import GarbageCollector
from device_update_console.qt.screenshots.photographer import Photographer
from device_update_console.qt.screenshots.scenes import SCENES
from device_update_console.qt.speaking import speak
from device_update_console.qt.widgets.appearance import dress
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.window.console_windows import ConsoleWindows
from device_update_console.qt.window.device_opening import DeviceOpening
from device_update_console.qt.window.main_window import MainWindow
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey
from device_update_contract.refusals import Refusal


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Open the window and give the exit code when the last one was closed."""
    pins = PinnedServices(place_of_pins(environment))
    try:
        asked = parse_invocation(arguments, environment, pins)
        if not _has_screen(environment):
            sys.stderr.write("device-update-console: there is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.\n")
            return WRONG_USAGE
        application = QApplication([sys.argv[0]])
        QCoreApplication.setApplicationName("device-update-console")
        speak(application, asked.language, environment)
    except Refusal as refusal:
        sys.stderr.write(wrong_usage(refusal))
        return WRONG_USAGE
    application.setWindowIcon(icon("console"))
    dress(application)
    surprises = _Surprises()
    background = Background(surprises.show)
    with ThreadPoolExecutor(1, "remembered") as writer:
        remembered = Remembered(place_of_remembered(environment), partial(_written, writer, background, surprises))
        servers = Servers(background, remembered, pins)
        windows = surprises.windows = ConsoleWindows(background, servers)
        sys.excepthook = surprises.take
        windows.last_closed.connect(application.quit)
        signals = EndingSignals(windows.close_all)
        photographer = _begin(asked, environment, servers, windows)
        garbage = GarbageCollector()
        application.exec()
        windows.close_all()
        signals.stop()
        garbage.end()
        servers.close()
    background.end()
    return 0 if photographer is None or photographer.complete else 1


def _begin(
    asked: ConsoleInvocation, environment: Mapping[str, str], servers: Servers, windows: ConsoleWindows
) -> Photographer | None:
    """Open the first window, and in it what was asked for."""
    failure: Refusal | None = None
    for address in asked.servers:
        servers.show(address, asked.account, environment)
    if not asked.servers:
        try:
            servers.show_remembered(asked.account)
        except Refusal as refusal:
            failure = refusal
    known = list(servers)
    window = windows.open(ScopeKey(NodeKind.SERVER, known[0].address.origin) if len(known) == 1 else CONSOLE)
    if failure is not None:
        window.show_failure(failure)
    if asked.file is not None:
        window.console_files.open(asked.file)
    if asked.device is not None:
        DeviceOpening(window, servers, asked.device)
    return None if asked.screenshots is None else _photograph(asked.screenshots, window)


def _photograph(folder: Path, window: MainWindow) -> Photographer:
    folder.mkdir(parents=True, exist_ok=True)
    photographer = Photographer(window, folder, QCoreApplication.quit, SCENES)
    photographer.begin()
    return photographer


def _written(
    writer: ThreadPoolExecutor, background: Background, surprises: _Surprises, write: Callable[[], None]
) -> None:
    """Have something remembered in the writer's thread; what nobody foresaw there is shown too."""

    def show(written: Future[None]) -> None:
        failure = written.exception()
        if isinstance(failure, Exception):
            background.in_window(lambda: surprises.show(failure))

    writer.submit(write).add_done_callback(show)


def _has_screen(environment: Mapping[str, str]) -> bool:
    """Whether Qt has something to show windows on; without that it ends the whole program."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


class _Surprises:
    """What no part of the program expected is shown, and written to stderr for whoever started it there."""

    def __init__(self) -> None:
        self.windows: ConsoleWindows | None = None

    def show(self, failure: Exception) -> None:
        """Show a failure that nobody else takes."""
        if self.windows is not None:
            self.windows.show_failure(failure)

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Take the place of `sys.excepthook`."""
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception):
            self.show(error)
