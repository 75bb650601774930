"""Pictures of how a server is come to: its address, its certificate, and signing in where nothing is remembered."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QDialog

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.certificate_questions import CertificateQuestion
from device_update_console.core.connections.console_access import FoundAccess, keyring_remark
from device_update_console.core.failures import KeyringUnavailable
from device_update_console.core.texts.language import text
from device_update_console.qt.connections.certificate_dialog import CertificateDialog
from device_update_console.qt.connections.connect_dialog import ConnectDialog
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_console.qt.screenshots.photographer import Condition, Studio

_ADDRESS = parse_server_address("https://updates.contoso.com:8444")
_BEFORE, _NOW = "ab12cd34" * 8, "3f9a0c5b" * 8


def coming_to_a_server(studio: Studio) -> Iterator[Condition]:
    """Each dialog in the states that no verb brings about by itself."""
    window = studio.window
    unknown = ConnectDialog(set(), window)
    unknown.typed.setText("updates.contoso.com")
    unknown.refused(text("The service at {origin} did not answer in time.", origin=_ADDRESS.origin), may_be_added=True)
    yield from _shown(studio, "dialog-connect-server-unknown", unknown)
    wrong = ConnectDialog(set(), window)
    wrong.typed.setText("http://updates.contoso.com")
    yield from _shown(studio, "dialog-connect-server-wrong", wrong)
    new, changed = CertificateQuestion(_ADDRESS.pinned(_NOW)), CertificateQuestion(_ADDRESS.pinned(_NOW), _BEFORE)
    yield from _shown(studio, "dialog-certificate", CertificateDialog(new, window))
    yield from _shown(studio, "dialog-certificate-changed", CertificateDialog(changed, window))
    unavailable = KeyringUnavailable(text("The system's keyring is locked."))
    found = FoundAccess(keyring_remark=keyring_remark(unavailable))
    yield from _shown(studio, "dialog-sign-in-no-keyring", SignInDialog(_ADDRESS.origin, "anna", found, window))


def _shown(studio: Studio, name: str, dialog: QDialog) -> Iterator[Condition]:
    dialog.open()
    yield studio.steady(dialog)
    studio.take(name, dialog)
    dialog.reject()
    dialog.deleteLater()
