"""Columns are where a person put them, in every window and at the next start; sort, groups and filters too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.columns_dialog import ColumnsDialog
from device_update_console.qt.lists.list_columns import ListColumns

_MS = 60_000

OpenConsole = Callable[..., Console]

DEVICES = LISTS[NodeKind.DEVICES]


def columns_of(console: Console) -> ListColumns:
    return console.window.list_pane.columns


def section(key: str) -> int:
    return next(number for number, column in enumerate(DEVICES.columns) if column.key == key)


def choose_columns(qtbot: QtBot, console: Console) -> ColumnsDialog:
    console.window.commands.actions[Verb.CHOOSE_COLUMNS].trigger()
    dialog = console.window.lists.verbs.columns_dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible, timeout=_MS)
    return dialog


def header_menu(console: Console, key: str) -> QMenu:
    header = console.window.list_pane.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(section(key)) + 5, 5)
    return console.window.lists.verbs.header_menu(console.window.commands, place)


def press(menu: QMenu, title: str) -> None:
    next(action for action in menu.actions() if action.text().replace("&", "") == title).trigger()


def test_columns_are_chosen_in_a_dialog_and_remembered(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    dialog = choose_columns(qtbot, console)
    assert not dialog.add.isEnabled()
    dialog.available.findItems("Vendor", Qt.MatchFlag.MatchExactly)[0].setSelected(True)
    dialog.add.click()
    for _ in range(len(columns_of(console).shown())):
        if dialog.up.isEnabled():
            dialog.up.click()
    assert not dialog.up.isEnabled()
    dialog.displayed.clearSelection()
    dialog.displayed.findItems("Status", Qt.MatchFlag.MatchExactly)[0].setSelected(True)
    dialog.remove.click()
    dialog.accept()
    expected = ["vendor", "mac", "serial", "model", "installed_version", "last_check_at", "user", "address", "label"]
    assert [column.key for column in columns_of(console).shown()] == expected
    console.close()
    again = open_console(fleet_service).connected()
    again.open(NodeKind.DEVICES)
    assert [column.key for column in columns_of(again).shown()] == expected
    dialog = choose_columns(qtbot, again)
    dialog.restore.click()
    dialog.accept()
    assert columns_of(again).shown() == [column for column in DEVICES.columns if column.shown]


def test_a_dialog_that_is_cancelled_changes_nothing(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    before = columns_of(console).layout()
    dialog = choose_columns(qtbot, console)
    dialog.displayed.selectAll()
    assert not dialog.remove.isEnabled()
    dialog.displayed.item(0).setSelected(False)
    dialog.remove.click()
    dialog.reject()
    assert columns_of(console).layout() == before


def test_width_order_sort_and_filter_are_found_again_in_the_list_and_only_there(
    open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    header = console.window.list_pane.view.horizontalHeader()
    header.resizeSection(section("model"), 177)
    header.moveSection(header.visualIndex(section("user")), 0)
    header.setSortIndicator(section("last_check_at"), Qt.SortOrder.DescendingOrder)
    console.window.list_pane.filter_bar.put({"status": "silent"})
    console.open(NodeKind.TEST_DEVICES)
    assert console.window.list_pane.filter_bar.typed() == {}
    console.open(NodeKind.DEVICES)
    assert console.window.list_pane.filter_bar.typed() == {"status": "silent"}
    assert columns_of(console).shown()[0].key == "user"
    assert header.sectionSize(section("model")) == 177
    assert columns_of(console).sort == "-last_check_at"
    assert header.sortIndicatorSection() == section("last_check_at")


def test_a_heading_s_menu_shows_and_hides_columns_but_never_the_last(
    open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    press(header_menu(console, "model"), "Vendor")
    assert "vendor" in [column.key for column in columns_of(console).shown()]
    for column in columns_of(console).shown()[1:]:
        press(header_menu(console, "mac"), column.title)
    assert [column.key for column in columns_of(console).shown()] == ["mac"]
    last = next(action for action in header_menu(console, "mac").actions() if action.text() == "MAC Address")
    assert not last.isEnabled()


def test_a_heading_s_menu_groups_and_filters_by_its_column(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    view, pane = console.window.list_pane.view, console.window.list_pane
    view.selectRow(0)
    with qtbot.waitSignal(view.model().modelReset, timeout=_MS):
        press(header_menu(console, "model"), "Group by Model")
    qtbot.waitUntil(console.listed, timeout=_MS)
    assert pane.columns.sort == "model"
    assert view.group_section == section("model")
    view.setCurrentIndex(view.model().index(0, section("model")))
    value = str(view.currentIndex().data())
    with qtbot.waitSignal(view.model().modelReset, timeout=_MS):
        press(header_menu(console, "model"), f"Filter by Model: {value}")
    assert pane.filter_bar.typed() == {"model": value}
    header = view.horizontalHeader()
    header.setSortIndicator(section("mac"), Qt.SortOrder.AscendingOrder)
    assert view.group_section == -1


def test_rows_are_set_apart_where_their_value_is_another(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    view, columns = console.window.list_pane.view, columns_of(console)
    columns.group_by(section("status"), grouped=True)
    qtbot.waitUntil(
        lambda: console.listed() and view.model().index(0, section("status")).data() is not None, timeout=_MS
    )
    known = console.window.list_pane.live.model.known()  # type: ignore[union-attr]
    begins = [number for number in sorted(known) if view.begins_group(number)]
    values = [known[number].item.status for number in sorted(known)]
    assert begins == [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]


def test_the_keyboard_sorts_groups_and_filters_by_the_column_that_it_is_in(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    view, actions = console.window.list_pane.view, console.window.commands.actions
    view.setCurrentIndex(view.model().index(3, section("user")))
    qtbot.waitUntil(lambda: actions[Verb.SORT_BY_COLUMN].text() == "&Sort by User", timeout=_MS)
    user = str(view.currentIndex().data())
    actions[Verb.SORT_BY_COLUMN].trigger()
    assert columns_of(console).sort == "user"
    actions[Verb.SORT_BY_COLUMN].trigger()
    assert columns_of(console).sort == "-user"
    qtbot.waitUntil(console.listed, timeout=_MS)
    view.setCurrentIndex(view.model().index(0, section("user")))
    qtbot.waitUntil(lambda: not view.is_settling, timeout=_MS)
    actions[Verb.FILTER_BY_VALUE].trigger()
    found = console.window.list_pane.filter_bar.typed()
    assert set(found) == {"user"}
    assert found["user"] != user
    actions[Verb.CLEAR_FILTER].trigger()
    assert console.window.list_pane.filter_bar.typed() == {}
    view.setCurrentIndex(view.model().index(0, section("label")))
    qtbot.waitUntil(lambda: not actions[Verb.SORT_BY_COLUMN].isEnabled(), timeout=_MS)


def test_a_right_click_into_another_column_of_a_selected_row_is_about_that_column(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    view, action = console.window.list_pane.view, console.window.commands.actions[Verb.FILTER_BY_VALUE]
    for key, may_filter in (("model", True), ("last_check_at", False), ("user", True)):
        place = view.visualRect(view.model().index(0, section(key))).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
        qtbot.waitUntil(lambda: not view.is_settling, timeout=_MS)
        assert action.isEnabled() == may_filter
    action.trigger()
    assert set(console.window.list_pane.filter_bar.typed()) == {"user"}


def test_what_is_typed_into_the_search_goes_to_its_fields_at_enter(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    bar = console.window.list_pane.filter_bar
    bar.take_focus()
    search = console.window.focusWidget()
    qtbot.keyClicks(search, "status:silent model:CX700 0004F2")
    assert bar.values() == {"status": "silent", "model": "CX700", "search": "0004F2"}
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert bar.typed() == {"status": "silent", "model": "CX700", "search": "0004F2"}
    assert bar.more_button is not None
    assert bar.more_button.isChecked()
    bar.fill({})
    qtbot.keyClicks(search, "colour:red")
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert "colour" in console.window.banner.text.text()
    assert bar.typed() == {"search": "colour:red"}
    qtbot.keyClick(search, Qt.Key.Key_Return)
    bar.clear()
    qtbot.waitUntil(lambda: not console.window.banner.isVisible(), timeout=_MS)


def test_a_search_that_finds_too_much_to_sort_is_shown_in_its_own_order(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    pane = console.window.list_pane
    header = pane.view.horizontalHeader()
    pane.columns.sort_by(section("user"))
    pane.view.verticalScrollBar().setValue(700)
    pane.filter_bar.put({"search": "contoso"})
    qtbot.waitUntil(lambda: console.listed() and pane.columns.sort == "", timeout=_MS)
    assert header.sortIndicatorSection() == -1
    assert pane.view.verticalScrollBar().value() == 0
    assert not console.window.banner.isVisible()
    pane.filter_bar.put({"search": "user17@"})
    qtbot.waitUntil(lambda: console.listed() and pane.columns.sort == "user", timeout=_MS)
    assert header.sortIndicatorSection() == section("user")
