"""The window over a real service: signing in, nodes, what an account may see, a server that goes and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator

from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey
from device_update_contract.administration.roles import PERMISSIONS, Role

_MS = 60_000

OpenConsole = Callable[..., Console]


def test_every_node_opens_with_its_list(open_console: OpenConsole, shared_service: ServiceProcess) -> None:
    console = open_console(shared_service).connected()
    nodes = console.window.scope.children_of(ScopeKey(NodeKind.SERVER, console.origin))
    assert [key.kind for key, *_ in nodes] == [kind for kind in LISTS if kind is not NodeKind.SAVED_FILTER]
    for key, title, *_ in nodes:
        console.open(key.kind)
        assert console.window.windowTitle().startswith(title)
        assert console.window.node == key
        assert not console.window.banner.isVisible()
    assert console.failures == []


def test_back_forward_and_up_go_where_a_browser_would(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    for kind in (NodeKind.PACKAGES, NodeKind.DEVICES):
        console.open(kind)
    actions = console.window.commands.actions
    actions[Verb.BACK].trigger()
    visited = [console.window.node]
    for verb in (Verb.FORWARD, Verb.UP, Verb.UP):
        actions[verb].trigger()
        visited.append(console.window.node)
    server = ScopeKey(NodeKind.SERVER, console.origin)
    packages, devices = (ScopeKey(kind, console.origin) for kind in (NodeKind.PACKAGES, NodeKind.DEVICES))
    assert visited == [packages, devices, server, CONSOLE]
    assert not actions[Verb.FORWARD].isEnabled()
    assert not actions[Verb.UP].isEnabled()


def test_a_help_desk_account_sees_no_verb_and_no_node_that_it_may_not_use(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    body = {"name": "helen", "role": "help_desk", "password": PASSWORD}
    assert Administrator(shared_service).ask("POST", "/accounts", body).status == 201
    console = open_console(shared_service, "helen").connected()
    nodes = console.window.scope.children_of(ScopeKey(NodeKind.SERVER, console.origin))
    assert NodeKind.ACCOUNTS not in {key.kind for key, *_ in nodes}
    for node in (ScopeKey(NodeKind.SERVER, console.origin), *(key for key, *_ in nodes)):
        console.go_to(node.kind)
        visible = {verb for verb, action in console.window.commands.actions.items() if action.isVisible()}
        needed = {DEFINITIONS[verb].permission for verb in visible} - {None}
        assert needed <= PERMISSIONS[Role.HELP_DESK], node
        assert Verb.REFRESH in visible


def test_a_wrong_password_is_corrected_where_it_was_typed(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service, None)
    dialogs = console.window.signing_in.dialogs
    qtbot.waitUntil(lambda: console.origin in dialogs, timeout=_MS)
    dialog = dialogs[console.origin]
    assert not dialog.sign_in.isEnabled()
    qtbot.keyClicks(dialog.account, ACCOUNT)
    qtbot.keyClicks(dialog.password, "a guess")
    console.press(dialog.sign_in)
    qtbot.waitUntil(dialog.failure.isVisible, timeout=_MS)
    assert dialog.password.text() == ""
    qtbot.keyClicks(dialog.password, PASSWORD)
    console.press(dialog.sign_in)
    console.connected()
    qtbot.waitUntil(lambda: not dialogs, timeout=_MS)


def test_whoever_does_not_want_to_sign_in_can_do_it_later(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service, None)
    dialogs = console.window.signing_in.dialogs
    qtbot.waitUntil(lambda: console.origin in dialogs, timeout=_MS)
    cancel = dialogs[console.origin].buttons.button(QDialogButtonBox.StandardButton.Cancel)
    console.press(cancel)
    qtbot.waitUntil(console.window.commands.actions[Verb.SIGN_IN].isEnabled, timeout=_MS)
    console.click(Verb.SIGN_IN)
    qtbot.waitUntil(lambda: console.origin in dialogs, timeout=_MS)


def test_a_server_that_goes_and_comes_back_is_said_and_found_again(
    qtbot: QtBot, open_console: OpenConsole, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    try:
        console = open_console(service).connected()
        console.open(NodeKind.AUDIT_TRAIL)
        service.kill()
        qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable), timeout=_MS)
        assert console.window.banner.isVisible()
        assert console.window.node.kind is NodeKind.AUDIT_TRAIL
        assert console.rows() != []
        service.start()
        console.press(console.window.banner.try_again)
        qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
        qtbot.waitUntil(lambda: not console.window.banner.isVisible(), timeout=_MS)
        assert console.failures == []
    finally:
        console.close()
        service.end()


def test_a_device_s_words_are_shown_and_never_read_as_markup(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    details = open_console(shared_service).window.list_pane.details
    details.show_item("<b>CX700</b>", [("Label & more", "<img src='http://127.0.0.1/'>\N{RIGHT-TO-LEFT OVERRIDE}")])
    assert "<b>CX700</b>" in details.toPlainText()
    assert "<img src='http://127.0.0.1/'>" in details.toPlainText()


def test_every_picture_that_is_named_is_there() -> None:
    names = {node.icon for node in NODES.values()} | {each.icon for each in DEFINITIONS.values() if each.icon}
    names |= {"server-connecting", "server-sign-in", "server-unreachable", "clear-filter", "failure", "warning"}
    assert all(not icon(name).isNull() for name in names)


@pytest.mark.parametrize("column", range(3))
def test_a_click_on_a_title_sorts_the_list_where_the_service_can(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, column: int
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    header = console.window.list_pane.view.horizontalHeader()
    before = header.sortIndicatorSection()
    header.sortIndicatorChanged.emit(column, header.sortIndicatorOrder())
    definition = LISTS[NodeKind.ACCOUNTS]
    expected = column if definition.columns[column].sort else before
    assert header.sortIndicatorSection() == expected
