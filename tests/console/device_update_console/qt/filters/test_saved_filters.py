"""Saved filters are nodes below Devices of every server, in every window, and their counts are live."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess
from tests.support.threaded_relay import threaded_relay

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.filters.filter_name_dialog import FilterNameDialog
from device_update_console.qt.window.main_window import MainWindow
from device_update_console.qt.window.navigation import ScopeKey

_MS = 60_000

OpenConsole = Callable[..., Console]


def filtered(qtbot: QtBot, console: Console, line: str) -> None:
    console.open(NodeKind.DEVICES)
    console.window.list_pane.filter_bar.put({"search": line})
    qtbot.waitUntil(console.window.commands.actions[Verb.SAVE_FILTER].isEnabled, timeout=_MS)


def asked(qtbot: QtBot, console: Console, verb: Verb) -> FilterNameDialog:
    console.window.commands.actions[verb].trigger()
    dialog = console.window.lists.filters.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible, timeout=_MS)
    return dialog


def name_it(qtbot: QtBot, console: Console, verb: Verb, name: str) -> None:
    dialog = asked(qtbot, console, verb)
    dialog.name_field.clear()
    qtbot.keyClicks(dialog.name_field, name)
    dialog.buttons.button(QDialogButtonBox.StandardButton.Ok).click()


def filter_titles(window: MainWindow, origin: str) -> list[str]:
    return [title for _, title, *_ in window.scope.children_of(ScopeKey(NodeKind.DEVICES, origin))]


def found(service: ServiceProcess, query: str) -> int:
    total = Administrator(service).ask("GET", f"/devices?{query}&limit=1").json["total"]
    assert isinstance(total, int)
    return total


def test_a_filter_that_is_saved_is_a_node_that_opens_the_filtered_list(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    assert not console.window.commands.actions[Verb.SAVE_FILTER].isEnabled()
    filtered(qtbot, console, "status:silent model:CX700")
    other = console.another_window()
    name_it(qtbot, console, Verb.SAVE_FILTER, "Silent phones")
    node = ScopeKey(NodeKind.SAVED_FILTER, console.origin, "Silent phones")
    assert console.window.node == node
    qtbot.waitUntil(console.listed, timeout=_MS)
    assert console.window.list_pane.filter_bar.typed() == {"status": "silent", "model": "CX700"}
    count = found(fleet_service, "status=silent&model=CX700")
    assert console.window.list_pane.view.model().rowCount() == count
    expected = [f"Silent phones ({count})"]
    qtbot.waitUntil(lambda: filter_titles(console.window, console.origin) == expected, timeout=_MS)
    assert filter_titles(other, console.origin) == expected
    console.open(NodeKind.DEVICES)
    console.window.list_pane.filter_bar.clear()
    console.window.open_node(node)
    assert console.window.list_pane.filter_bar.typed() == {"status": "silent", "model": "CX700"}
    console.open(NodeKind.DEVICES)
    assert console.window.list_pane.filter_bar.typed() == {}
    console.close()
    again = open_console(fleet_service).connected()
    qtbot.waitUntil(lambda: filter_titles(again.window, again.origin) == expected, timeout=_MS)


def test_the_count_of_a_filter_follows_the_devices(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    filtered(qtbot, console, "location:Lobby")
    name_it(qtbot, console, Verb.SAVE_FILTER, "In the lobby")
    qtbot.waitUntil(lambda: filter_titles(console.window, console.origin) == ["In the lobby (0)"], timeout=_MS)
    administrator = Administrator(fleet_service)
    device = administrator.ask("GET", "/devices?model=6721ip&limit=1").json["items"][0]["id"]
    assert administrator.ask("PATCH", f"/devices/{device}", {"location": "Lobby"}).status == 200
    qtbot.waitUntil(lambda: filter_titles(console.window, console.origin) == ["In the lobby (1)"], timeout=_MS)
    assert administrator.ask("PATCH", f"/devices/{device}", {"location": None}).status == 200
    qtbot.waitUntil(lambda: filter_titles(console.window, console.origin) == ["In the lobby (0)"], timeout=_MS)


def test_a_count_that_comes_late_does_not_replace_a_newer_one(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    with threaded_relay(fleet_service.admin) as relay:
        console = open_console(relay).connected()
        filters = console.servers.saved_filters
        release = relay.hold("model=CX700")
        filters.save("Here", {"model": "CX700"})
        qtbot.waitUntil(lambda: relay.count("model=CX700") == 1, timeout=_MS)
        filters.save("Here", {"location": "Nowhere"})
        qtbot.waitUntil(lambda: filter_titles(console.window, console.origin) == ["Here (0)"], timeout=_MS)
        with qtbot.assertNotEmitted(filters.changed, wait=500):
            release()


def test_a_filter_is_renamed_by_f2_and_removed_and_its_node_with_it(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    filtered(qtbot, console, "status:silent")
    name_it(qtbot, console, Verb.SAVE_FILTER, "Silent")
    filtered(qtbot, console, "status:retired")
    name_it(qtbot, console, Verb.SAVE_FILTER, "Retired")
    editor = console.renaming(Verb.RENAME_FILTER)
    assert editor.selectedText() == "Retired"  # without the count that stands behind it
    editor.setText("silent")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.accessibleDescription() == "There is a filter of this name."
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.ended
    assert console.window.node.name == "Retired"
    editor = console.renaming(Verb.RENAME_FILTER)
    editor.setText("Out of use")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert console.window.node.name == "Out of use"
    assert [each.name for each in console.servers.saved_filters.all()] == ["Silent", "Out of use"]
    assert Verb.RENAME_FILTER in console.offered()
    console.window.commands.actions[Verb.REMOVE_FILTER].trigger()
    question = console.window.lists.filters.removing.dialog
    assert question is not None
    assert question.no.isDefault()
    console.press(question.yes)
    assert console.window.node == ScopeKey(NodeKind.DEVICES, console.origin)
    assert [each.name for each in console.servers.saved_filters.all()] == ["Silent"]
    while console.window.commands.actions[Verb.BACK].isEnabled():
        console.window.commands.actions[Verb.BACK].trigger()
        assert console.window.node.name != "Out of use"
    assert console.failures == []


def test_saving_by_a_name_that_there_is_says_so_and_replaces(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    filtered(qtbot, console, "status:silent")
    name_it(qtbot, console, Verb.SAVE_FILTER, "Silent")
    console.window.list_pane.filter_bar.put({"search": "", "status": "silent", "model": "CX700"})
    dialog = asked(qtbot, console, Verb.SAVE_FILTER)
    assert dialog.name_field.text() == "Silent"
    assert "takes the place" in dialog.advice.text()
    dialog.accept()
    assert [dict(each.fields) for each in console.servers.saved_filters.all()] == [
        {"status": "silent", "model": "CX700"}
    ]


def test_del_in_the_tree_is_about_the_filter_and_not_about_the_devices_that_are_selected(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    filtered(qtbot, console, "status:silent")
    name_it(qtbot, console, Verb.SAVE_FILTER, "Silent")
    qtbot.waitUntil(console.listed, timeout=_MS)
    console.select_first()
    console.window.activateWindow()
    qtbot.waitUntil(console.window.isActiveWindow, timeout=_MS)
    console.window.scope.setFocus()
    qtbot.keyClick(console.window.scope, Qt.Key.Key_Delete)
    assert console.window.item_verbs.devices.dialog is None
    question = console.window.lists.filters.removing.dialog
    assert question is not None
    assert "Silent" in question.question.question
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert [each.name for each in console.servers.saved_filters.all()] == ["Silent"]
