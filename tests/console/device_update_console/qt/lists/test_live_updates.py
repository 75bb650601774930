"""Changes are shown where they stand, as they happen; rows never move, and what is selected stays until a refresh."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator
from tests.support.service_process import ServiceProcess

from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.lists.row_model import STALE_TIP

_MS = 60_000

OpenConsole = Callable[..., Console]

CHANGED = "The list has changed; Refresh (F5) shows how."


def opened(qtbot: QtBot, console: Console, line: str) -> ListPane:
    console.open(NodeKind.DEVICES)
    pane = console.window.list_pane
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": line})
    qtbot.waitUntil(lambda: console.listed() and 0 < pane.view.model().rowCount() < everything, timeout=_MS)
    return pane


def label_of(pane: ListPane, row: int) -> str:
    section = next(n for n, column in enumerate(LISTS[NodeKind.DEVICES].columns) if column.key == "label")
    return str(pane.view.model().index(row, section).data())


def device_at(pane: ListPane, row: int) -> str:
    known = None if pane.live is None else pane.live.model.row(row)
    assert known is not None
    return str(known.item.id)


def test_a_change_is_shown_where_it_stands_while_live_updates_are_on(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = opened(qtbot, console, "model:CX500 status:offered")
    administrator, device = Administrator(fleet_service), device_at(pane, 1)
    switch = console.window.commands.actions[Verb.LIVE_UPDATES]
    assert switch.isChecked()
    administrator.ask("PATCH", f"/devices/{device}", {"label": "first"})
    qtbot.waitUntil(lambda: label_of(pane, 1) == "first", timeout=_MS)
    switch.trigger()
    assert not switch.isChecked()
    administrator.ask("PATCH", f"/devices/{device}", {"label": "second"})
    qtbot.waitUntil(lambda: CHANGED in pane.count_text(), timeout=_MS)
    assert label_of(pane, 1) == "first"
    switch.trigger()
    qtbot.waitUntil(lambda: label_of(pane, 1) == "second", timeout=_MS)
    assert CHANGED not in pane.count_text()


def test_a_selected_row_that_stops_matching_stays_greyed_until_the_refresh(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = opened(qtbot, console, "model:CX3000 status:silent")
    count, device, below = pane.view.model().rowCount(), device_at(pane, 0), device_at(pane, 1)
    pane.view.selectRow(0)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)
    Administrator(fleet_service).ask("PATCH", f"/devices/{device}", {"retired": True})
    qtbot.waitUntil(lambda: pane.view.model().index(0, 0).data(3) == STALE_TIP, timeout=_MS)
    assert [device_at(pane, 0), device_at(pane, 1)] == [device, below]
    assert pane.selected_items()[0].id == device
    assert pane.selected_items()[0].retired_at is not None, "what it is now tells why it is no longer in the list"
    qtbot.waitUntil(lambda: CHANGED in pane.count_text(), timeout=_MS)
    console.window.commands.actions[Verb.REFRESH].trigger()
    qtbot.waitUntil(lambda: pane.view.model().rowCount() == count - 1 and device_at(pane, 0) == below, timeout=_MS)
    assert pane.selected_items() == []
    assert CHANGED not in pane.count_text()
