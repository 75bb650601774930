"""The desktop program: its command line, its event loop, and what is done when something unforeseen happens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from device_update_console.core.addresses import ServerAddress, parse_server_address
from device_update_console.core.language import SHIPPED
from device_update_console.core.pinned_services import PinnedServices, place_of_pins
from device_update_console.core.remembered import Remembered, place_of_remembered
from device_update_console.core.scope_tree import NodeKind
from device_update_console.qt.appearance import dress
from device_update_console.qt.background import Background
from device_update_console.qt.console_windows import ConsoleWindows
from device_update_console.qt.icons import icon
from device_update_console.qt.navigation import CONSOLE, ScopeKey
from device_update_console.qt.screenshot_scenes import SCENES
from device_update_console.qt.screenshots import Photographer
from device_update_console.qt.servers import Servers
from device_update_console.qt.speaking import VARIABLE, speak
from device_update_contract.refusals import Refusal

WRONG_USAGE = 2


def run(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """Open the window and give the exit code when it was closed."""
    given = _parser().parse_args(arguments)
    try:
        servers = [_known(text, environment) for text in given.server]
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.sentence}\n")
        return WRONG_USAGE
    application = QApplication([sys.argv[0]])
    QCoreApplication.setApplicationName("device-update-console")
    try:
        speak(application, given.language, environment)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.sentence}\n")
        return WRONG_USAGE
    application.setWindowIcon(icon("console"))
    dress(application)
    surprises = _Surprises()
    background = Background(surprises.show)
    with ThreadPoolExecutor(1, "remembered") as writer:
        pins = PinnedServices(place_of_pins(environment))
        known = Servers(background, Remembered(place_of_remembered(environment), writer.submit), pins)
        windows = surprises.windows = ConsoleWindows(background, known)
        sys.excepthook = surprises.take
        for server in servers:
            known.show(server, given.account, environment)
        window = windows.open(ScopeKey(NodeKind.SERVER, servers[0].origin) if servers else CONSOLE)
        photographer = None
        if given.screenshots is not None:
            given.screenshots.mkdir(parents=True, exist_ok=True)
            photographer = Photographer(window, given.screenshots, application.quit, SCENES)
            photographer.begin()
        windows.last_closed.connect(application.quit)
        application.exec()
        windows.close_all()
        known.close()
    background.end()
    return 0 if photographer is None or photographer.complete else 1


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


def _known(text: str, environment: dict[str, str]) -> ServerAddress:
    return PinnedServices(place_of_pins(environment)).known(parse_server_address(text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="device-update-console", description="Administer Device Update Services.")
    parser.add_argument("--server", metavar="URL", action="append", default=[], help="a service to connect to")
    parser.add_argument("--account", metavar="NAME", help="the account to sign in with")
    parser.add_argument(
        "--language",
        metavar="CODE",
        help=f"{' or '.join(SHIPPED)}; otherwise {VARIABLE} says it, or the system",
    )
    parser.add_argument(
        "--screenshots", metavar="DIR", type=Path, help="save a picture of every node and dialog there, and end"
    )
    return parser
