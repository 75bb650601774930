"""Several windows over the same servers, and what a window remembers of how it was left."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey

OpenConsole = Callable[..., Console]

_MS = 60_000


def test_a_window_is_found_again_as_the_last_one_was_left(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.DEVICES)
    window = console.window
    for verb in (Verb.SHOW_ACTIONS_PANE, Verb.SHOW_FILTER_BAR, Verb.SHOW_STATUS_BAR):
        window.commands.actions[verb].trigger()
    window.resize(window.width(), 555)
    window.frame.splitter.setSizes([222, 433, 0])
    window.list_pane.splitter.setSizes([300, 180])
    left = (window.frame.splitter.sizes()[0], window.list_pane.splitter.sizes())
    console.close()
    again = open_console(shared_service).connected()
    again.open(NodeKind.DEVICES)
    assert again.window.height() == 555
    assert (again.window.frame.splitter.sizes()[0], again.window.list_pane.splitter.sizes()) == left
    shown = again.window.frame.switches
    hidden = {verb for verb, widget in shown.items() if widget.isHidden()}
    assert hidden == {Verb.SHOW_ACTIONS_PANE, Verb.SHOW_FILTER_BAR, Verb.SHOW_STATUS_BAR}
    again.window.commands.actions[Verb.SHOW_ACTIONS_PANE].trigger()
    actions = again.window.actions_pane
    qtbot.waitUntil(lambda: actions.width() >= actions.minimumSizeHint().width(), timeout=_MS)


def test_a_new_window_opens_on_the_same_node_and_shares_the_session(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    other = console.another_window()
    assert other is not console.window
    assert other.node == ScopeKey(NodeKind.ACCOUNTS, console.origin)
    assert other.session() is console.session
    assert console.window.session() is console.session
    other.open_node(CONSOLE)
    assert console.window.node.kind is NodeKind.ACCOUNTS


def test_a_window_is_opened_beside_the_one_it_comes_from_and_on_the_screen_where_that_stands_at_its_edge(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    room = console.window.screen().availableGeometry()
    for place, whole in ((room.topLeft(), True), (room.center(), False)):
        console.window.move(place)
        console.window.activateWindow()
        qtbot.waitUntil(console.window.isActiveWindow, timeout=_MS)
        other = console.another_window()
        assert room.contains(other.geometry())
        beside = other.pos() - place
        assert (0 < beside.x() == beside.y() < 50) is whole


def test_closing_a_window_leaves_the_others_connected_and_closing_the_last_ends_the_program(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    ended: list[bool] = []
    console.windows.last_closed.connect(lambda: ended.append(True))
    other = console.another_window()
    console.window.close()
    assert ended == []
    other.open_node(ScopeKey(NodeKind.AUDIT_TRAIL, console.origin))
    qtbot.waitUntil(lambda: other.list_pane.view.model().rowCount() > 0, timeout=_MS)
    other.close()
    assert ended == [True]


def test_exit_closes_all_windows(open_console: OpenConsole, shared_service: ServiceProcess) -> None:
    console = open_console(shared_service).connected()
    ended: list[bool] = []
    console.windows.last_closed.connect(lambda: ended.append(True))
    other = console.another_window()
    other.commands.actions[Verb.EXIT].trigger()
    assert ended == [True]
    assert not other.isVisible()
    assert not console.window.isVisible()


def test_a_window_that_was_closed_is_used_again_for_the_next(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    other = console.another_window()
    other.close()
    assert not other.isVisible()
    assert console.another_window() is other
    assert other.isVisible()


def test_the_window_menu_lists_the_open_windows_and_leads_to_each(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    other = console.another_window()
    other.open_node(CONSOLE)
    menu = other.frame.window_menu
    for _ in range(2):  # it is filled anew each time
        menu.popup(other.mapToGlobal(other.rect().center()))
        menu.close()
    listed = [action for action in menu.actions() if action.isCheckable()]
    assert [action.text() for action in listed] == ["&1 Accounts - Device Update Console", "&2 Device Update Console"]
    assert [action.isChecked() for action in listed] == [False, True]
    console.window.showMinimized()
    listed[0].trigger()
    qtbot.waitUntil(console.window.isActiveWindow, timeout=_MS)
    assert not console.window.isMinimized()
