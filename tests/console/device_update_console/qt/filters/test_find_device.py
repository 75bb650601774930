"""Ctrl+F finds a device from anywhere, at all servers at once, and the newest text wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.fleets import fill_devices
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator
from tests.support.stores import open_stores

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.connections.credentials import ACCOUNT_VARIABLE, PASSWORD_VARIABLE
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.filters.find_device_dialog import FindDeviceDialog
from device_update_console.qt.window.navigation import CONSOLE

_MS = 60_000
_SIGNED_IN = {ACCOUNT_VARIABLE: ACCOUNT, PASSWORD_VARIABLE: PASSWORD}

OpenConsole = Callable[..., Console]


@pytest.fixture
def other_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A second server, with devices that the first one has not."""
    folder = tmp_path / "other"
    with open_stores(folder) as stores:
        database = stores.folder.database
    fill_devices(database, 50, 1_777_816_800_000, first_id=900_000)
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()


def begun(qtbot: QtBot, console: Console) -> FindDeviceDialog:
    qtbot.waitUntil(console.window.commands.actions[Verb.FIND_DEVICE].isEnabled, timeout=_MS)
    console.window.commands.actions[Verb.FIND_DEVICE].trigger()
    dialog = console.window.lists.finding.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible, timeout=_MS)
    return dialog


def type_in(qtbot: QtBot, dialog: FindDeviceDialog, typed: str) -> None:
    dialog.sought.setEditText("")
    qtbot.keyClicks(dialog.sought.lineEdit(), typed)


def found(dialog: FindDeviceDialog) -> list[str]:
    model = dialog.devices.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def mac_of(console: Console, row: int) -> str:
    return console.rows()[row][0]


def test_a_device_that_was_found_is_opened_in_its_list_and_the_text_remembered(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    mac = mac_of(console, 30)
    console.open(NodeKind.AUDIT_TRAIL)
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, mac.replace("-", ""))
    qtbot.waitUntil(lambda: found(dialog) == [mac], timeout=_MS)
    qtbot.keyClick(dialog.sought, Qt.Key.Key_Return)
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: console.listed() and [d.mac for d in pane.selected_items()] == [mac], timeout=_MS)
    assert console.window.node.kind is NodeKind.DEVICES
    assert console.window.focusWidget() is pane.view
    assert console.servers.remembered.finds() == [mac.replace("-", "")]
    again = begun(qtbot, console)
    assert again.sought.itemText(0) == mac.replace("-", "")
    again.reject()


def test_enter_waits_for_the_answer_to_what_was_typed(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    first, second = mac_of(console, 3), mac_of(console, 35)
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, first)
    qtbot.waitUntil(lambda: found(dialog) == [first], timeout=_MS)
    type_in(qtbot, dialog, second)
    qtbot.keyClick(dialog.sought, Qt.Key.Key_Return)
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: [d.mac for d in pane.selected_items()] == [second], timeout=_MS)


def test_the_arrows_go_through_what_was_found_without_leaving_the_field(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, "0004F2")
    qtbot.waitUntil(lambda: len(found(dialog)) == 20, timeout=_MS)
    assert "has more" in dialog.said.text()
    chosen = found(dialog)[2]
    for _ in range(2):
        qtbot.keyClick(dialog.sought, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.sought, Qt.Key.Key_Return)
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: [d.mac for d in pane.selected_items()] == [chosen], timeout=_MS)


def test_nothing_that_was_found_is_said(qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess) -> None:
    console = open_console(fleet_service).connected()
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, "zq no device has this")
    qtbot.waitUntil(lambda: dialog.said.text().startswith("No device was found.\n"), timeout=_MS)
    assert not dialog.open_button.isEnabled()
    qtbot.keyClick(dialog.sought, Qt.Key.Key_Return)
    assert dialog.isVisible()
    type_in(qtbot, dialog, " ")
    qtbot.waitUntil(lambda: dialog.said.text().startswith("Type"), timeout=_MS)
    dialog.reject()


def test_all_servers_are_asked_and_one_that_cannot_be_is_named(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, other_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    other = console.servers.show(parse_server_address(other_service.admin), environment=_SIGNED_IN)
    qtbot.waitUntil(lambda: isinstance(other.state, Connected), timeout=_MS)
    console.window.open_node(CONSOLE)
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, "user")
    origins = {console.origin, other.address.origin}
    qtbot.waitUntil(lambda: {s.address.origin for s, _ in dialog._found} == origins, timeout=_MS)
    tree = dialog.devices
    row = next(n for n, (session, _) in enumerate(dialog._found) if session is other)
    device = dialog._found[row][1]
    tree.setCurrentIndex(tree.model().index(row, 0))
    dialog.open_button.click()
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: [d.mac for d in pane.selected_items()] == [device.mac], timeout=_MS)
    assert console.window.node.origin == other.address.origin
    other_service.kill()
    qtbot.waitUntil(lambda: isinstance(other.state, Unreachable), timeout=_MS)
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, str(device.mac))
    qtbot.waitUntil(lambda: "No device was found." in dialog.said.text(), timeout=_MS)
    assert f"({other.address.origin.removeprefix('http://')}): It is not connected." in dialog.said.text()
    dialog.reject()
    assert console.failures == []


def test_what_was_found_at_a_server_that_is_taken_out_meanwhile_is_not_offered(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess, other_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    other = console.servers.show(parse_server_address(other_service.admin), environment=_SIGNED_IN)
    qtbot.waitUntil(lambda: isinstance(other.state, Connected), timeout=_MS)
    dialog = begun(qtbot, console)
    type_in(qtbot, dialog, "user")
    qtbot.waitUntil(lambda: dialog.has_answered and any(session is other for session, _ in dialog._found), timeout=_MS)
    console.servers.disconnect_from(other)
    qtbot.keyClick(dialog.sought.lineEdit(), Qt.Key.Key_Return)
    pane = console.window.list_pane
    qtbot.waitUntil(lambda: len(pane.selected_items()) == 1, timeout=_MS)
    assert console.window.node.origin == console.origin
    assert console.failures == []
