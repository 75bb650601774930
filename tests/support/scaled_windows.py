"""A program of its own, because Qt scales whole programs: windows that need no service, and what is off in each.

``python -m tests.support.scaled_windows POINTS`` prints JSON: by the name of each window a list of faults. How many
times as large everything is comes from ``QT_SCALE_FACTOR``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget
from tests.support.looks import beyond_screen, blurred_pictures, cut_pages, cut_texts
from tests.support.setting_answers import answered

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.certificate_questions import CertificateQuestion
from device_update_console.core.connections.pinned_services import PinnedServices
from device_update_console.core.settings.setting_fields import PAGE_TITLES, SettingsPage, settings_of
from device_update_console.core.settings.settings_form import SettingsForm
from device_update_console.core.verbs.confirmations import Question
from device_update_console.core.window.remembered import Remembered
from device_update_console.qt.background import Background
from device_update_console.qt.connections.certificate_dialog import CertificateDialog
from device_update_console.qt.connections.connect_dialog import ConnectDialog
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_console.qt.settings.settings_page import EditedSettingsPage
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.widgets.appearance import dress
from device_update_console.qt.widgets.fitting_size import resize_within_screen
from device_update_console.qt.window.console_windows import ConsoleWindows

_QUESTION = Question(
    "Remove",
    "Remove 12 devices with what is known of them?",
    effects=("Their history is forgotten.",),
    lines=("00-04-F2-00-01-76", "Lobby"),
    warnings=("This is done to all that match the filter.",),
    refused=("Reception: somebody else changed it (changed-meanwhile)",),
)


def _sheet() -> PropertySheet:
    form = SettingsForm(answered())
    for name in ("log_cleanup_days", "check_interval_seconds", "lockout_minutes"):
        form.enter(name, 0)  # what is wrong is said below the field
    places = [place for place in SettingsPage if settings_of(place, form.settings)]
    sheet = PropertySheet(
        "Properties",
        "server",
        [EditedSettingsPage(PAGE_TITLES[place], form, settings_of(place, form.settings)) for place in places],
    )
    resize_within_screen(sheet, 640, 600)
    return sheet


def _windows(consoles: ConsoleWindows) -> Iterator[tuple[str, QWidget]]:
    yield "console", consoles.open()
    sign_in = SignInDialog("https://updates.contoso.com:8444", "kenmyer")
    sign_in.refused("The account name or the password is wrong, or the account may not sign in now.")
    yield "sign-in", sign_in
    address = parse_server_address("https://updates.contoso.com:8444")
    yield "certificate", CertificateDialog(CertificateQuestion(address.pinned("3f9a0c5b" * 8), "ab12cd34" * 8))
    connect = ConnectDialog(set())
    connect.typed.setText("updates.contoso.com")
    connect.refused("There is no service at https://updates.contoso.com:8444: Connection refused.", may_be_added=True)
    yield "connect", connect
    yield "question", ConfirmationDialog(_QUESTION, "remove")
    sheet = _sheet()
    for number in range(sheet.tabs.count()):
        sheet.tabs.setCurrentIndex(number)
        yield f"settings {sheet.tabs.tabText(number)}", sheet


def main() -> int:
    """Show each window, and tell what is off."""
    application = QApplication(sys.argv[:1])
    dress(application)
    font = application.font()
    font.setPointSize(int(sys.argv[1]))
    application.setFont(font)
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        background = Background(lambda _failure: None)
        remembered, pins = Remembered(Path(folder) / "console.json"), PinnedServices(Path(folder) / "pins")
        servers = Servers(background, remembered, pins)
        consoles = ConsoleWindows(background, servers)
        for name, window in _windows(consoles):
            window.show()
            for _ in range(3):
                application.processEvents()
            found[name] = [*cut_texts(window), *cut_pages(window), *blurred_pictures(window), *beyond_screen(window)]
            assert window.devicePixelRatio() == float(os.environ["QT_SCALE_FACTOR"])
        consoles.close_all()
        servers.close()
        background.end()
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
