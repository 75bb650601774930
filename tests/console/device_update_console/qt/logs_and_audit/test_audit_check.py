"""Verify Audit Trail in the real window: sound, not holding what was noted, or stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.logs_and_audit.audit_check_dialog import AuditCheckDialog

_MS = 60_000

OpenConsole = Callable[..., Console]


@pytest.fixture
def dialog(qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess) -> AuditCheckDialog:
    """The dialog, its first check done."""
    Administrator(shared_service)  # opens a session, which is an entry
    console = open_console(shared_service).connected()
    console.open(NodeKind.AUDIT_TRAIL)
    console.click(Verb.VERIFY_AUDIT_TRAIL)
    opened = console.window.service_verbs.audit_check
    assert opened is not None
    qtbot.waitUntil(opened.finding.isVisible, timeout=_MS)
    return opened


def test_a_sound_trail_is_said_to_be_one_and_its_head_can_be_copied_and_compared(
    qtbot: QtBot, dialog: AuditCheckDialog
) -> None:
    assert dialog.finding.sentence.text().startswith("The audit trail is sound: ")
    dialog.finding.copy_button.click()
    head = QGuiApplication.clipboard().text()
    assert head == dialog.finding.head.text() != ""
    dialog.noted.setText(head)
    dialog.verify_button.click()
    assert dialog.is_checking
    assert not dialog.verify_button.isEnabled()
    qtbot.waitUntil(dialog.finding.isVisible, timeout=_MS)
    assert dialog.finding.advice.text().startswith("The head that was noted is still in it.")


def test_a_trail_that_no_longer_holds_what_was_noted_is_said_not_to(qtbot: QtBot, dialog: AuditCheckDialog) -> None:
    dialog.noted.setText("1:" + "ab" * 32)
    dialog.verify_button.click()
    qtbot.waitUntil(dialog.finding.isVisible, timeout=_MS)
    assert dialog.finding.sentence.text().startswith("Entry 1 is not the one that was noted")


def test_nothing_is_checked_against_what_is_no_head(dialog: AuditCheckDialog) -> None:
    dialog.noted.setText("1204")
    assert dialog.wrong.isVisible()
    assert not dialog.verify_button.isEnabled()
    dialog.verify()
    assert not dialog.is_checking


def test_a_check_that_is_stopped_says_how_far_it_came_and_can_be_begun_again(
    qtbot: QtBot, dialog: AuditCheckDialog
) -> None:
    dialog.verify()
    dialog.stop_button.click()
    assert not dialog.is_checking
    assert dialog.how_far.text().startswith("Stopped after ")
    dialog.verify_button.click()
    qtbot.waitUntil(dialog.finding.isVisible, timeout=_MS)
