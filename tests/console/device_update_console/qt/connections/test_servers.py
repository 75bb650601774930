"""Several servers in one tree: connected to, trusted, named, taken out, remembered, lost and found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ACCOUNT, ServiceProcess, add_administrator
from tests.support.signing_in_server import server_certificate

from device_update_console.core.connections.connection_states import Unreachable
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.remembered import Remembered, RememberedServer
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.certificate_dialog import CertificateDialog
from device_update_console.qt.connections.connect_dialog import ConnectDialog
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey

_MS = 60_000

OpenConsole = Callable[..., Console]


@pytest.fixture
def other_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service that a test may stop and start."""
    service = ServiceProcess(tmp_path / "other")
    add_administrator(service.folder)
    yield service
    service.end()


def connecting(console: Console, qtbot: QtBot, address: str) -> ConnectDialog:
    """Connect to Server, with an address typed."""
    console.window.open_node(CONSOLE)
    console.click(Verb.CONNECT_SERVER)
    dialog = console.window.server_verbs.connecting
    assert dialog is not None
    qtbot.keyClicks(dialog.typed, address)
    return dialog


def titles(console: Console) -> list[str]:
    """The servers as the tree names them."""
    return [title for _, title, _, _ in console.window.scope.children_of(CONSOLE)]


def asked_for_certificate(console: Console, qtbot: QtBot) -> CertificateDialog:
    trusting = console.window.server_verbs.trusting
    qtbot.waitUntil(lambda: trusting.dialog is not None, timeout=_MS)
    assert trusting.dialog is not None
    return trusting.dialog


def test_a_server_is_connected_to_by_its_address_and_there_again_at_the_next_start(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(None)
    assert titles(console) == []
    dialog = connecting(console, qtbot, "127.0.0.1:x")
    assert not dialog.connect_button.isEnabled()
    assert dialog.remark.text().startswith("An address such as")
    dialog.typed.setText(f"127.0.0.1:{shared_service.admin_port}")
    assert dialog.remark.text() == f"Connects to {shared_service.admin}"
    console.press(dialog.connect_button)
    qtbot.waitUntil(lambda: len(titles(console)) == 1, timeout=_MS)
    assert console.window.node == ScopeKey(NodeKind.SERVER, shared_service.admin)
    console.sign_in(origin=shared_service.admin)
    console.close()
    again = open_console(None)
    assert [session.address.origin for session in again.servers] == [shared_service.admin]
    assert again.session.account == ACCOUNT
    again.sign_in(origin=shared_service.admin)
    assert again.failures == []


def test_a_server_that_does_not_answer_can_be_added_all_the_same_and_is_found_when_it_is_there(
    qtbot: QtBot, open_console: OpenConsole, other_service: ServiceProcess
) -> None:
    console = open_console(None)
    dialog = connecting(console, qtbot, other_service.admin)
    assert not dialog.add_anyway.isVisible()
    console.press(dialog.connect_button)
    qtbot.waitUntil(dialog.failure.isVisible, timeout=_MS)
    assert "There is no service at" in dialog.failure.message.text()
    assert titles(console) == []
    console.press(dialog.add_anyway)
    qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable), timeout=_MS)
    (row,) = console.window.scope.children_of(CONSOLE)
    assert "There is no service at" in row[3]
    assert console.window.banner.isVisible()
    other_service.start()
    console.sign_in(origin=other_service.admin)
    qtbot.waitUntil(lambda: not console.window.banner.isVisible(), timeout=_MS)


def test_one_unreachable_server_is_told_with_its_reason_and_the_others_work(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, other_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    dialog = connecting(console, qtbot, other_service.admin)
    console.press(dialog.connect_button)
    qtbot.waitUntil(dialog.add_anyway.isVisible, timeout=_MS)
    console.press(dialog.add_anyway)
    other = console.servers.find(other_service.admin)
    assert other is not None
    qtbot.waitUntil(lambda: isinstance(other.state, Unreachable), timeout=_MS)
    assert console.window.banner.isVisible()
    console.open(NodeKind.ACCOUNTS)
    assert not console.window.banner.isVisible()
    assert console.rows() != []


def test_an_unknown_certificate_is_shown_before_anything_is_sent_and_trusted_from_then_on(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    certificate = server_certificate(tmp_path)
    service = ServiceProcess(tmp_path / "data", certificate=certificate)
    add_administrator(service.folder)
    service.start()
    try:
        console = open_console(None)
        dialog = connecting(console, qtbot, service.admin)
        console.press(dialog.connect_button)
        question = asked_for_certificate(console, qtbot)
        assert question.question.server.pin == certificate.fingerprint
        assert question.cancel.isDefault()
        console.press(question.cancel)
        assert dialog.isVisible()
        assert titles(console) == []
        console.press(dialog.connect_button)
        console.press(asked_for_certificate(console, qtbot).trust)
        console.sign_in(origin=service.admin)
        console.close()
        again = open_console(None)
        again.sign_in(origin=service.admin)
        assert again.window.server_verbs.trusting.dialog is None
    finally:
        service.end()


def test_a_certificate_that_changed_is_told_with_both_fingerprints_and_used_when_it_is_accepted(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    certificate = server_certificate(tmp_path)
    service = ServiceProcess(tmp_path / "data", certificate=certificate)
    add_administrator(service.folder)
    service.start()
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "pinned-certificates").write_text(f"{service.admin} {'ab' * 32}\n")
    Remembered(settings / "console.json").keep_server(RememberedServer(origin=service.admin))
    try:
        console = open_console(None)
        console.window.open_node(ScopeKey(NodeKind.SERVER, service.admin))
        qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable), timeout=_MS)
        banner = console.window.banner
        assert banner.try_again.text() == "&Certificate..."
        assert certificate.fingerprint in banner.text.text()
        console.press(banner.try_again)
        question = asked_for_certificate(console, qtbot)
        assert question.question.earlier == "ab" * 32
        console.press(question.cancel)
        qtbot.waitUntil(banner.isVisible, timeout=_MS)
        console.press(banner.try_again)
        console.press(asked_for_certificate(console, qtbot).trust)
        console.sign_in(origin=service.admin)
        assert certificate.fingerprint in (settings / "pinned-certificates").read_text()
    finally:
        service.end()


def test_a_server_is_called_what_a_person_calls_it_and_by_its_pool_otherwise(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(None)
    console.press(connecting(console, qtbot, shared_service.admin).connect_button)
    console.sign_in(origin=shared_service.admin)
    (own,) = titles(console)
    for name, shown in (("Headquarters", "Headquarters"), ("  ", own)):
        editor = console.renaming(Verb.RENAME_SERVER)
        editor.setText("x" * 65)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert "at most 64 characters" in editor.accessibleDescription()
        assert not editor.ended
        editor.setText(name)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert titles(console) == [shown]
        assert console.window.windowTitle().startswith(shown)
    editor = console.renaming(Verb.RENAME_SERVER)
    editor.setText("Headquarters")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    console.close()
    assert titles(open_console(None)) == ["Headquarters"]


def test_a_server_that_is_disconnected_is_gone_from_every_window_and_remembered_no_longer(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(None)
    console.press(connecting(console, qtbot, shared_service.admin).connect_button)
    console.sign_in(origin=shared_service.admin)
    console.open(NodeKind.ACCOUNTS)
    other = console.another_window()
    console.window.open_node(ScopeKey(NodeKind.SERVER, shared_service.admin))
    console.click(Verb.DISCONNECT_SERVER)
    question = console.window.server_verbs.disconnecting.dialog
    assert question is not None
    assert question.no.isDefault()
    console.press(question.yes)
    assert titles(console) == []
    assert (console.window.node, other.node) == (CONSOLE, CONSOLE)
    assert not console.window.commands.actions[Verb.BACK].isEnabled()
    console.close()
    assert titles(open_console(None)) == []
    assert console.failures == []


def test_a_yes_in_a_second_window_leaves_alone_what_was_taken_out_and_connected_to_again(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    before = console.session
    console.another_window()
    questions = []
    for window in (console.window, console.windows.newest):
        window.commands.actions[Verb.DISCONNECT_SERVER].trigger()
        dialog = window.server_verbs.disconnecting.dialog
        assert dialog is not None
        questions.append(dialog)
    questions[0].yes.click()
    again = console.servers.show(before.address)
    questions[1].yes.click()
    assert list(console.servers) == [again]
    assert console.failures == []


def test_two_consoles_on_the_same_settings_lose_nothing_of_each_other(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, other_service: ServiceProcess
) -> None:
    one, other = open_console(None), open_console(None)
    one.press(connecting(one, qtbot, shared_service.admin).connect_button)
    qtbot.waitUntil(lambda: len(titles(one)) == 1, timeout=_MS)
    other_service.start()
    other.press(connecting(other, qtbot, other_service.admin).connect_button)
    qtbot.waitUntil(lambda: len(titles(other)) == 1, timeout=_MS)
    one.sign_in(origin=shared_service.admin)
    other.sign_in(origin=other_service.admin)
    one.servers.rename(one.session, "First")
    one.close()
    other.close()
    third = open_console(None)
    assert {session.address.origin: session.given_title for session in third.servers} == {
        shared_service.admin: "First",
        other_service.admin: None,
    }
