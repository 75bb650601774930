"""What is said on a screen away from the keyboard is announced to a screen reader."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from tests.support.announcements import Announcements
from tests.support.keyboard_access import hidden_sentences

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.certificate_questions import CertificateQuestion
from device_update_console.core.verbs.confirmations import Question
from device_update_console.qt.connections.certificate_dialog import CertificateDialog
from device_update_console.qt.connections.sign_in_dialog import SignInDialog
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.widgets.failure_banner import FailureBanner


def test_a_failure_is_announced_at_once_and_once(qtbot: QtBot, announcements: Announcements) -> None:
    banner = FailureBanner()
    qtbot.addWidget(banner)
    banner.say("The service cannot be reached.")
    banner.say("The service cannot be reached.")
    assert announcements.urgent == ["The service cannot be reached."]
    banner.hide()
    banner.say("The service cannot be reached.")
    assert announcements.urgent == ["The service cannot be reached."] * 2


def test_why_signing_in_failed_is_announced_and_is_what_its_label_is_read_as(
    qtbot: QtBot, announcements: Announcements
) -> None:
    dialog = SignInDialog("https://updates.contoso.com:8444", "kenmyer")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.refused("The password is wrong.")
    assert announcements.urgent == ["The password is wrong."]
    assert hidden_sentences(dialog) == []


def test_a_fingerprint_is_read_digit_by_digit(qtbot: QtBot) -> None:
    pinned = parse_server_address("https://updates.contoso.com:8444").pinned("3f9a0c5b" * 8)
    dialog = CertificateDialog(CertificateQuestion(pinned, "ab12cd34" * 8))
    qtbot.addWidget(dialog)
    dialog.show()
    assert hidden_sentences(dialog) == []


def test_what_comes_up_while_a_question_is_open_is_announced(qtbot: QtBot, announcements: Announcements) -> None:
    dialog = ConfirmationDialog(Question("Approve", "Approve the pending version?"), "approve")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.warn("Somebody else approved it meanwhile.")
    dialog.warn("")
    assert announcements.urgent == ["Somebody else approved it meanwhile."]
