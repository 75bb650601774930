"""Who hears the window instead of seeing it is told what comes, how it ends, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot
from tests.support.announcements import Announcements
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.filters.find_device_dialog import FindDeviceDialog
from device_update_console.qt.verbs.purge_dialog import PurgeDialog

OpenConsole = Callable[..., Console]

_MS = 60_000


def test_how_many_rows_a_list_has_is_announced_when_they_have_come_and_when_a_filter_found_others(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(furnished_service).connected()
    console.open(NodeKind.DEVICES)
    there_are = console.window.list_pane.total_text()
    qtbot.waitUntil(lambda: there_are in announcements.said, timeout=_MS)
    bar = console.window.list_pane.filter_bar
    bar.fill({"search": "nobody has this"})
    bar.changed.emit()
    nothing = console.window.list_pane.view.accessibleDescription
    qtbot.waitUntil(lambda: announcements.said[-1] == nothing() != there_are, timeout=_MS)
    assert announcements.urgent == []


def test_selected_rows_that_are_still_to_be_read_are_announced_when_they_begin_and_when_they_are_read(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    pane = console.window.list_pane
    console.select_first()
    model, flags = pane.view.model(), QItemSelectionModel.SelectionFlag
    qtbot.waitUntil(lambda: pane.total_text() in announcements.said, timeout=_MS)
    announcements.said.clear()
    stretch = QItemSelection(model.index(0, 0), model.index(2_000, 0))
    pane.view.selectionModel().select(stretch, flags.ClearAndSelect | flags.Rows)
    qtbot.waitUntil(lambda: len(announcements.said) == 2, timeout=_MS)
    assert announcements.said[0].endswith("of them read...")
    assert announcements.said[1].endswith("2,001 selected")


def test_a_server_that_is_lost_is_announced_once_however_often_it_is_tried_and_announced_when_it_is_back(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(own_service).connected()
    own_service.end()
    banner = console.window.banner
    qtbot.waitUntil(lambda: "The next attempt is at" in banner.text.text(), timeout=_MS)
    told, urgent = banner.text.text(), list(announcements.urgent)
    assert urgent
    qtbot.waitUntil(lambda: told != banner.text.text(), timeout=_MS)
    assert announcements.urgent == urgent
    own_service.start()
    banner.try_again.click()
    console.connected()
    assert announcements.said[-1] == console.window.frame.connection.text()


def test_what_a_verb_did_is_announced_with_the_status_bar(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(furnished_service).connected()
    console.window.frame.say("1 update was approved.")
    assert console.window.statusBar().currentMessage() == "1 update was approved."
    assert announcements.said[-1] == "1 update was approved."


def test_what_was_found_is_announced_and_the_row_that_the_arrows_lead_to_while_the_keyboard_stays_in_the_field(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(fleet_service).connected()
    console.window.commands.actions[Verb.FIND_DEVICE].trigger()
    dialog = console.window.findChild(FindDeviceDialog)
    assert dialog is not None
    dialog.sought.setEditText("00-")
    qtbot.waitUntil(lambda: dialog.has_answered, timeout=_MS)
    assert announcements.said[-1] == dialog.said.text()
    qtbot.keyClick(dialog.sought, Qt.Key.Key_Down)
    second = dialog.devices.topLevelItem(1)
    assert second is not None
    assert announcements.said[-1].startswith(f"{second.text(0)}, ")
    assert second.text(2) in announcements.said[-1].split(", ")
    dialog.close()


def test_what_a_purge_would_delete_is_announced_once_it_is_counted(
    qtbot: QtBot, open_console: OpenConsole, furnished_service: ServiceProcess, announcements: Announcements
) -> None:
    console = open_console(furnished_service).connected()
    console.window.commands.actions[Verb.PURGE_LOGS].trigger()
    dialog = console.window.findChild(PurgeDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_waiting, timeout=_MS)
    assert announcements.said[-1].startswith(dialog.totals.text())
    dialog.close()
