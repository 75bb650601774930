"""Everything in list and tree is done by keyboard, with the keys that an administrator of Windows knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.texts.mnemonics import mnemonic_of
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey

_MS = 60_000

OpenConsole = Callable[..., Console]
KEY, MODIFIER = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def devices(qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess) -> Iterator[Console]:
    """A window that is active, with the list of devices; no key is held when the test has ended."""
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    console.window.activateWindow()
    qtbot.waitUntil(console.window.isActiveWindow, timeout=_MS)
    yield console
    qtbot.keyRelease(console.window, KEY.Key_Control)


def selected(pane: ListPane) -> list[int]:
    return [row for first, last in pane.view.selected_row_ranges() for row in range(first, last + 1)]


def click(qtbot: QtBot, pane: ListPane, row: int) -> None:
    place = pane.view.visualRect(pane.view.model().index(row, 0)).center()
    qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: not pane.view.is_settling and selected(pane) == [row], timeout=_MS)


def is_within(pane: QWidget, widget: QWidget | None) -> bool:
    return widget is pane or (widget is not None and pane.isAncestorOf(widget))


def test_ctrl_and_arrows_move_without_selecting_and_ctrl_space_selects(qtbot: QtBot, devices: Console) -> None:
    pane = devices.window.list_pane
    click(qtbot, pane, 0)
    for _ in range(3):
        qtbot.keyClick(pane.view, KEY.Key_Down, MODIFIER.ControlModifier)
    qtbot.waitUntil(lambda: (pane.view.currentIndex().row(), selected(pane)) == (3, [0]), timeout=_MS)
    qtbot.keyClick(pane.view, KEY.Key_Space, MODIFIER.ControlModifier)
    assert selected(pane) == [0, 3]
    qtbot.keyClick(pane.view, KEY.Key_Down, MODIFIER.ControlModifier)
    qtbot.keyClick(pane.view, KEY.Key_Down, MODIFIER.ShiftModifier)
    assert pane.view.currentIndex().row() == 5
    qtbot.keyClick(pane.view, KEY.Key_Down)
    assert selected(pane) == [6]


def test_letters_go_to_the_next_row_that_begins_so(qtbot: QtBot, devices: Console) -> None:
    pane = devices.window.list_pane
    pane.view.setFocus()
    wanted = devices.rows()[17][0]
    qtbot.keyClicks(pane.view, wanted)
    assert pane.view.currentIndex().row() == 17


def test_f6_goes_from_pane_to_pane_and_shift_f6_back(qtbot: QtBot, devices: Console) -> None:
    window = devices.window
    pane = window.list_pane
    window.scope.setFocus()

    def pane_with_keyboard() -> str:
        focused = QApplication.focusWidget()
        panes: dict[str, QWidget] = {
            "tree": window.scope,
            "filter": pane.filter_bar,
            "list": pane.view,
            "details": pane.details,
            "actions": window.actions_pane,
        }
        return next(name for name, each in panes.items() if is_within(each, focused))

    visited = []
    for _ in range(5):
        qtbot.keyClick(QApplication.focusWidget(), KEY.Key_F6)
        visited.append(pane_with_keyboard())
    assert visited == ["filter", "list", "details", "actions", "tree"]
    qtbot.keyClick(QApplication.focusWidget(), KEY.Key_F6, MODIFIER.ShiftModifier)
    assert pane_with_keyboard() == "actions"
    window.commands.actions[Verb.SHOW_ACTIONS_PANE].trigger()
    window.scope.setFocus()
    qtbot.keyClick(window.scope, KEY.Key_F6, MODIFIER.ShiftModifier)
    assert pane_with_keyboard() == "details"


@pytest.mark.parametrize("how", ["Shift+F10", "Menu"])
@pytest.mark.parametrize("where", ["list", "tree"])
def test_the_menu_opens_where_the_keyboard_is(qtbot: QtBot, devices: Console, where: str, how: str) -> None:
    window = devices.window
    view = window.list_pane.view if where == "list" else window.scope
    click(qtbot, window.list_pane, 2)
    view.setFocus()
    if how == "Menu":
        centre = view.rect().center()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, centre, view.mapToGlobal(centre))
        QApplication.sendEvent(view, asked)
    else:
        qtbot.keyClick(view, KEY.Key_F10, MODIFIER.ShiftModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [action.text().replace("&", "") for action in menu.actions()]
    assert ("Copy" in titles) == (where == "list")
    place = view.viewport().mapFromGlobal(menu.pos())
    assert view.indexAt(place) == view.currentIndex()
    menu.close()


def test_the_tree_opens_and_closes_by_its_keys_and_backspace_goes_up(qtbot: QtBot, devices: Console) -> None:
    tree = devices.window.scope
    tree.setFocus()
    server = ScopeKey(NodeKind.SERVER, devices.origin)
    qtbot.keyClick(tree, KEY.Key_Backspace)
    assert devices.window.node == server
    qtbot.keyClick(tree, KEY.Key_Minus)
    assert not tree.isExpanded(tree.currentIndex())
    qtbot.keyClick(tree, KEY.Key_Plus)
    assert tree.isExpanded(tree.currentIndex())
    qtbot.keyClick(tree, KEY.Key_Backspace)
    assert devices.window.node == CONSOLE
    tree.collapseAll()
    qtbot.keyClick(tree, KEY.Key_Asterisk)
    index = tree.model().index(0, 0, tree.currentIndex())
    assert tree.isExpanded(tree.currentIndex())
    assert tree.isExpanded(index)


def test_alt_and_arrows_go_back_and_forward(qtbot: QtBot, devices: Console) -> None:
    devices.open(NodeKind.AUDIT_TRAIL)
    window = devices.window
    window.list_pane.view.setFocus()
    qtbot.keyClick(window.list_pane.view, KEY.Key_Left, MODIFIER.AltModifier)
    visited = [window.node.kind]
    qtbot.keyClick(window.list_pane.view, KEY.Key_Right, MODIFIER.AltModifier)
    assert [*visited, window.node.kind] == [NodeKind.DEVICES, NodeKind.AUDIT_TRAIL]


@pytest.mark.parametrize(
    ("key", "modifier"), [(KEY.Key_Return, MODIFIER.NoModifier), (KEY.Key_Return, MODIFIER.AltModifier)]
)
def test_enter_and_alt_enter_open_properties(
    qtbot: QtBot, devices: Console, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    window = devices.window
    click(qtbot, window.list_pane, 1)
    qtbot.keyClick(window.list_pane.view, key, modifier)
    qtbot.waitUntil(lambda: len(window.sheets.open_sheets()) == 1, timeout=_MS)


def test_tab_goes_through_the_panes_in_their_order(qtbot: QtBot, devices: Console) -> None:
    window = devices.window
    pane = window.list_pane
    window.scope.setFocus()
    visited: list[QWidget] = []
    for _ in range(40):
        qtbot.keyClick(QApplication.focusWidget(), KEY.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is window.scope:
            break
        assert focused is not None
        visited.append(focused)
    panes = (pane.filter_bar, pane.view, pane.details, window.actions_pane)
    order = [next(n for n, each in enumerate(panes) if is_within(each, widget)) for widget in visited]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2, 3}
    assert all(widget.accessibleName() or getattr(widget, "text", str)() for widget in visited)


def test_del_in_the_tree_leaves_alone_what_is_selected_in_the_list(qtbot: QtBot, devices: Console) -> None:
    click(qtbot, devices.window.list_pane, 1)
    devices.window.scope.setFocus()
    qtbot.keyClick(devices.window.scope, KEY.Key_Delete)
    assert devices.window.item_verbs.devices.dialog is None
    devices.window.list_pane.view.setFocus()
    qtbot.keyClick(devices.window.list_pane.view, KEY.Key_Delete)
    dialog = devices.window.item_verbs.devices.dialog
    assert dialog is not None
    dialog.reject()


def test_escape_empties_a_field_of_the_filter_and_then_goes_to_the_list(qtbot: QtBot, devices: Console) -> None:
    pane = devices.window.list_pane
    pane.filter_bar.take_focus()
    field = QApplication.focusWidget()
    assert field is not None
    qtbot.keyClicks(field, "04-F2")
    qtbot.keyClick(field, KEY.Key_Escape)
    assert pane.filter_bar.typed() == {}
    assert field.hasFocus()
    qtbot.keyClick(field, KEY.Key_Escape)
    assert pane.view.hasFocus()


def test_down_goes_from_the_filter_to_the_first_row(qtbot: QtBot, devices: Console) -> None:
    pane = devices.window.list_pane
    pane.filter_bar.take_focus()
    qtbot.keyClick(QApplication.focusWidget(), KEY.Key_Down)
    assert pane.view.hasFocus()
    assert selected(pane) == [0]


def test_a_server_in_the_list_of_all_has_the_keys_and_the_menu_of_its_node(qtbot: QtBot, devices: Console) -> None:
    window = devices.window
    window.open_node(CONSOLE)
    servers = window.node_pane.servers
    servers.setCurrentIndex(servers.model().index(0, 0))
    servers.setFocus()
    qtbot.keyClick(servers, KEY.Key_F2)
    assert window.scope.editor is not None
    assert window.scope.editor.text() == devices.session.title
    qtbot.keyClick(window.scope.editor, KEY.Key_Escape)
    servers.setFocus()
    qtbot.keyClick(servers, KEY.Key_Delete)
    question = window.server_verbs.disconnecting.dialog
    assert question is not None
    question.reject()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=_MS)
    servers.setFocus()
    qtbot.keyClick(servers, KEY.Key_F10, MODIFIER.ShiftModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    titles = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
    assert titles == ["Open", "Sign Out", "Rename", "Disconnect..."]
    letters = [mnemonic_of(action.text()) for action in menu.actions() if not action.isSeparator()]
    assert len(set(letters)) == len(letters)
    qtbot.keyClick(menu, KEY.Key_E)
    assert window.node == ScopeKey(NodeKind.SERVER, devices.origin)
