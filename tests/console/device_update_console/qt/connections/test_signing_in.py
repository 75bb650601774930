"""Signing in: remembered in the keyring, asked again in the middle of work, and signed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.memory_keyring import InMemoryKeyring, LockedKeyring
from tests.support.plain_calls import Administrator
from tests.support.service_process import PASSWORD, ServiceProcess
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected, NeedsSignIn, SignedOut
from device_update_console.core.connections.kept_passwords import KEPT_PASSWORDS
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.verbs.test_device_dialogs import AddTestDevicePage

OpenConsole = Callable[..., Console]

_MS = 60_000
OTHER_PASSWORD = "another horse battery"


class ReadOnlyKeyring(InMemoryKeyring):
    """A keyring that gives secrets and takes none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PermissionError(username)


@pytest.fixture(autouse=True)
def secrets() -> Iterator[InMemoryKeyring]:
    """A keyring, unless the test takes another one."""
    before, mine = keyring.get_keyring(), InMemoryKeyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def account(shared_service: ServiceProcess, request: pytest.FixtureRequest) -> Iterator[str]:
    """An operator of the test's own."""
    administrator = Administrator(shared_service)
    name = f"o{abs(hash(request.node.name)) % 10**8}"
    body = {"name": name, "role": "operator", "password": PASSWORD}
    assert administrator.ask("POST", "/accounts", body).status == 201
    yield name
    assert administrator.ask("DELETE", f"/accounts/{name}").status == 204


def end_sessions(service: ServiceProcess, account: str, *, password: str | None = None) -> None:
    """The service forgets an account's sessions, and perhaps its password is another now."""
    administrator = Administrator(service)
    if password is not None:
        assert administrator.ask("PATCH", f"/accounts/{account}", {"password": password}).status == 200
    for session in administrator.items(f"/sessions?account={account}"):
        assert administrator.ask("DELETE", f"/sessions/{session['id']}").status in {204, 404}


def test_a_remembered_password_signs_in_at_the_next_start_until_somebody_signs_out(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str, secrets: InMemoryKeyring
) -> None:
    console = open_console(shared_service, None)
    dialog = console.question()
    assert not dialog.remember.isChecked()
    assert not dialog.keyring_remark.isVisible()
    dialog.remember.setChecked(True)
    console.sign_in(account)
    qtbot.waitUntil(lambda: list(secrets.secrets) == [(KEPT_PASSWORDS, console.origin)], timeout=_MS)
    console.close()
    again = open_console(shared_service, None).connected()
    assert again.session.account == account
    again.window.commands.actions[Verb.SIGN_OUT].trigger()
    qtbot.waitUntil(lambda: isinstance(again.session.state, SignedOut) and not secrets.secrets, timeout=_MS)
    again.close()
    assert open_console(shared_service, None).question().account.text() == ""


def test_a_remembered_password_that_is_wrong_by_now_is_asked_for_and_replaced(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str, secrets: InMemoryKeyring
) -> None:
    origin = shared_service.admin
    secrets.set_password(KEPT_PASSWORDS, origin, f'{{"account": "{account}", "password": "an old one"}}')
    console = open_console(shared_service, None)
    dialog = console.question()
    assert (dialog.account.text(), dialog.remember.isChecked()) == (account, True)
    assert dialog.failure.isVisible()
    console.sign_in(account)
    qtbot.waitUntil(lambda: PASSWORD in secrets.secrets[KEPT_PASSWORDS, origin], timeout=_MS)
    assert "an old one" not in secrets.secrets[KEPT_PASSWORDS, origin]


def test_whoever_unticks_it_is_remembered_no_longer(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str, secrets: InMemoryKeyring
) -> None:
    secrets.set_password(KEPT_PASSWORDS, shared_service.admin, f'{{"account": "{account}", "password": "an old one"}}')
    console = open_console(shared_service, None)
    console.question().remember.setChecked(False)
    console.sign_in(account)
    qtbot.waitUntil(lambda: not secrets.secrets, timeout=_MS)


@pytest.mark.parametrize(
    ("backend", "why"),
    [(NoKeyring, "This system has no keyring that keeps secrets."), (LockedKeyring, "The system's keyring is locked.")],
)
def test_where_nothing_can_be_remembered_that_is_said_and_one_signs_in_all_the_same(
    open_console: OpenConsole, shared_service: ServiceProcess, account: str, backend: type, why: str
) -> None:
    keyring.set_keyring(backend())
    console = open_console(shared_service, None)
    dialog = console.question()
    assert dialog.keyring_remark.text() == f"{why} Your password is used until you close the console, and not kept."
    assert dialog.keyring_remark.isVisible()
    assert not dialog.remember.isEnabled()
    console.sign_in(account)
    assert not console.window.banner.isVisible()


def test_a_keyring_that_takes_nothing_is_said_after_signing_in(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    keyring.set_keyring(ReadOnlyKeyring())
    console = open_console(shared_service, None)
    console.question().remember.setChecked(True)
    console.sign_in(account)
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert "The system's keyring refused: PermissionError." in console.window.banner.text.text()


def test_several_servers_ask_one_after_the_other(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(shared_service, None)
        other = console.servers.show(parse_server_address(relay.admin))
        dialogs, asking = console.windows.signing_in.dialogs, console.windows.signing_in.asking
        qtbot.waitUntil(lambda: len(asking()) == 2, timeout=_MS)
        first, second = asking()
        assert list(dialogs) == [first]
        console.sign_in(account, origin=first)
        qtbot.waitUntil(lambda: list(dialogs) == [second], timeout=_MS)
        dialogs[second].reject()
        sessions = {session.address.origin: session for session in (console.session, other)}
        qtbot.waitUntil(lambda: isinstance(sessions[second].state, NeedsSignIn), timeout=_MS)
        assert isinstance(sessions[first].state, Connected)
        assert asking() == []
        console.close()


def test_a_server_that_somebody_signs_out_of_is_not_asked_about_when_its_turn_comes(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(shared_service, None)
        other = console.servers.show(parse_server_address(relay.admin))
        sessions = {session.address.origin: session for session in (console.session, other)}
        asking = console.windows.signing_in.asking
        qtbot.waitUntil(lambda: len(asking()) == 2, timeout=_MS)
        first, second = asking()
        sessions[second].sign_out()
        qtbot.waitUntil(lambda: isinstance(sessions[second].state, SignedOut), timeout=_MS)
        console.sign_in(account, origin=first)
        assert asking() == []
        console.close()


def test_whoever_gives_up_while_a_password_is_tried_is_not_asked_once_more(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    with threaded_relay(shared_service.admin) as relay:
        console = open_console(relay, None)
        dialog = console.question()
        release = relay.hold("POST /api/v1/session")
        console.answer(dialog, account, "a wrong one")
        dialog.reject()
        release()
        qtbot.waitUntil(lambda: isinstance(console.session.state, NeedsSignIn), timeout=_MS)
        assert console.windows.signing_in.asking() == []
        console.window.commands.actions[Verb.SIGN_IN].trigger()
        console.sign_in(account)
        console.close()


def test_a_session_that_ended_in_the_middle_of_work_is_asked_for_and_nothing_typed_is_lost(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    console = open_console(shared_service, account).connected()
    console.open(NodeKind.TEST_DEVICES)
    console.window.commands.actions[Verb.ADD_TEST_DEVICE].trigger()
    form = console.window.item_verbs.devices.form
    assert form is not None
    page = form.pages[0]
    assert isinstance(page, AddTestDevicePage)
    page.fields.entries["name"].fill_in(account)
    page.fields.entries["identifier_type"].fill_in("serial")
    page.fields.entries["identifier"].fill_in(f"S-{account}")
    end_sessions(shared_service, account, password=OTHER_PASSWORD)
    console.press(form.ok_button)
    dialog = console.question()
    assert dialog.account.text() == account
    assert dialog.failure.isVisible()
    assert form.isVisible()
    assert page.fields.entries["name"].filled_in() == account
    console.answer(dialog, account, OTHER_PASSWORD)
    administrator = Administrator(shared_service)
    qtbot.waitUntil(lambda: len(administrator.items(f"/test-devices?search={account}")) == 1, timeout=_MS)
    qtbot.waitUntil(lambda: not console.windows.signing_in.dialogs, timeout=_MS)
    qtbot.waitUntil(lambda: any(account in row for row in console.rows()), timeout=_MS)
    assert console.window.node.kind is NodeKind.TEST_DEVICES


def test_a_session_that_ended_leaves_list_and_selection_as_they_are_also_when_nobody_signs_in(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    console = open_console(shared_service, account).connected()
    console.open(NodeKind.AUDIT_TRAIL)
    console.select_first()
    rows = console.rows()[:20]  # those further down may be on their way
    end_sessions(shared_service, account, password=OTHER_PASSWORD)
    console.window.commands.actions[Verb.REFRESH].trigger()
    dialog = console.question()
    console.press(dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel))
    qtbot.waitUntil(lambda: isinstance(console.session.state, NeedsSignIn), timeout=_MS)
    assert console.window.node.kind is NodeKind.AUDIT_TRAIL
    assert console.rows()[: len(rows)] == rows
    assert console.window.banner.text.text().startswith("Not signed in: ")
    console.press(console.window.banner.try_again)
    console.sign_in(account, OTHER_PASSWORD)
    qtbot.waitUntil(lambda: not console.window.banner.isVisible(), timeout=_MS)
    assert console.window.node.kind is NodeKind.AUDIT_TRAIL


def test_a_password_in_memory_opens_an_ended_session_again_without_a_word(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, account: str
) -> None:
    console = open_console(shared_service, account).connected()
    end_sessions(shared_service, account)
    console.open(NodeKind.AUDIT_TRAIL)
    assert console.rows() != []
    assert not console.windows.signing_in.dialogs
    assert not console.window.banner.isVisible()
