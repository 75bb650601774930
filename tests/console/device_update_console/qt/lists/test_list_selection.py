"""What is selected stays selected, and what is meant is what was seen, however long the list is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator, check
from tests.support.service_process import ServiceProcess, eventually

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.list_pane import ListPane
from device_update_contract.administration.devices import DeviceFilter

_MS = 60_000

OpenConsole = Callable[..., Console]

_NEWCOMER = """<Request><DeviceType>UCPhone</DeviceType><MacAddress>00-40-5A-FF-FF-FF</MacAddress>
<Vendor>LG-Nortel</Vendor><Model>IP8540</Model><Revision>A</Revision><Locale>ENU</Locale></Request>"""


def devices(console: Console) -> ListPane:
    console.open(NodeKind.DEVICES)
    return console.window.list_pane


def ids(pane: ListPane) -> list[str]:
    return [device.id for device in pane.selected_items()]


def look_at(qtbot: QtBot, pane: ListPane, row: int) -> None:
    """Drag the thumb there."""
    pane.view.verticalScrollBar().setValue(row)
    qtbot.waitUntil(lambda: pane.live is not None and pane.live.model.row(row) is not None, timeout=_MS)


def select(qtbot: QtBot, pane: ListPane, *rows: int) -> None:
    """Ctrl+click each."""
    for row in rows:
        index = pane.view.model().index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        pane.view.selectionModel().setCurrentIndex(index, flags.Toggle | flags.Rows)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)


def click(
    qtbot: QtBot, pane: ListPane, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Click a row that is in view."""
    place = pane.view.visualRect(pane.view.model().index(row, 0)).center()
    qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)


def macs(pane: ListPane) -> list[str]:
    """What the list is sorted by, of the selected items."""
    return [device.mac for device in pane.selected_items()]


def test_everything_that_matches_is_meant_by_the_filter_and_the_count_that_was_seen(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": "status:up-to-date model:CX600"})
    pane.view.selectAll()
    pane.selected.settle()
    assert pane.targets() == VerbTargets(matching=DeviceFilter(), expected_count=everything)  # what is seen, not coming
    qtbot.waitUntil(lambda: console.listed() and pane.view.model().rowCount() < everything, timeout=_MS)
    seen = Administrator(fleet_service).ask("GET", "/devices?status=up-to-date&model=CX600&limit=1").json["total"]
    console.select_all()
    assert 1_000 < seen == pane.selection().all_matching
    wanted = DeviceFilter.model_validate({"status": "up-to-date", "model": "CX600"})
    assert pane.targets() == VerbTargets(matching=wanted, expected_count=seen)
    assert console.window.list_pane.count_text() == f"{seen:,} devices, {seen:,} selected"
    body = pane.targets().devices_request().model_dump(mode="json", exclude_unset=True)
    assert body == {"filter": {"status": "up-to-date", "model": "CX600"}, "expected_count": seen}


def test_a_verb_on_all_that_match_is_one_request_of_which_the_whole_outcome_is_told(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane, administrator = devices(console), Administrator(fleet_service)
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": "model:IP status:up-to-date"})
    qtbot.waitUntil(lambda: console.listed() and pane.view.model().rowCount() < everything, timeout=_MS)
    count, done_before = pane.view.model().rowCount(), len(administrator.items("/audit-trail?verb=device.retire"))
    console.select_all()
    assert pane.selection().all_matching == count > 400
    console.window.commands.actions[Verb.RETIRE_DEVICE].trigger()
    dialog = console.window.item_verbs.devices.dialog
    assert dialog is not None
    dialog.yes.click()
    qtbot.waitUntil(lambda: f"{count:,}" in console.window.statusBar().currentMessage(), timeout=_MS)
    assert administrator.get("/devices?model=IP&status=up-to-date&limit=1")["total"] == 0
    assert administrator.get("/devices?model=IP&status=retired&limit=1")["total"] >= count
    assert len(administrator.items("/audit-trail?verb=device.retire")) == done_before + 1
    qtbot.waitUntil(lambda: pane.view.model().rowCount() == 0, timeout=_MS)
    assert console.failures == []


def test_a_verb_on_all_is_refused_where_more_match_than_were_seen(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane, administrator = devices(console), Administrator(fleet_service)
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": "model:IP8540"})
    qtbot.waitUntil(lambda: console.listed() and pane.view.model().rowCount() < everything, timeout=_MS)
    count = pane.view.model().rowCount()
    console.select_all()
    console.window.commands.actions[Verb.REMOVE_DEVICE].trigger()
    dialog = console.window.item_verbs.devices.dialog
    assert dialog is not None
    assert check(fleet_service, _NEWCOMER.encode()).status == 200
    eventually(lambda: administrator.get("/devices?model=IP8540&limit=1")["total"] > count, "one more matches")
    dialog.yes.click()
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert f"{count + 1}" in console.window.banner.text.text()
    assert administrator.get("/devices?model=IP8540&limit=1")["total"] == count + 1


def test_a_short_list_that_is_all_selected_is_meant_item_by_item(
    open_console: OpenConsole, shared_service: ServiceProcess
) -> None:
    console = open_console(shared_service).connected()
    console.open(NodeKind.ACCOUNTS)
    console.select_all()
    selection = console.window.list_pane.selection()
    assert selection.all_matching is None
    assert len(selection.items) == console.window.list_pane.view.model().rowCount() > 0


def test_shift_and_end_selects_all_rows_to_the_last_also_those_that_nobody_looked_at(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    everything = pane.view.model().rowCount()
    look_at(qtbot, pane, everything - 4_000)
    select(qtbot, pane, everything - 3_990)
    told: list[str] = []
    pane.selected.advanced.connect(lambda: told.append(pane.count_text()))
    console.press_key(Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(ids(pane)) == 3_990, timeout=_MS)
    assert any("of them read..." in each for each in told)
    assert pane.count_text() == f"{everything:,} devices, 3,990 selected"
    assert pane.view.selected_row_ranges() == [(everything - 3_990, everything - 1)]
    assert macs(pane) == sorted(set(macs(pane)))
    assert console.window.commands.actions[Verb.COPY_ROWS].isEnabled()
    assert console.failures == []


def test_shift_and_click_selects_up_to_a_row_far_above(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    look_at(qtbot, pane, 9_000)
    click(qtbot, pane, 9_003)
    look_at(qtbot, pane, 1_500)
    click(qtbot, pane, 1_502, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(ids(pane)) == 7_502, timeout=_MS)
    assert macs(pane) == sorted(set(macs(pane)))
    click(qtbot, pane, 1_505, Qt.KeyboardModifier.ControlModifier)
    assert len(ids(pane)) == 7_501
    assert not pane.selected.is_reading


def test_rows_between_that_are_not_what_they_were_are_not_guessed(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane, administrator = devices(console), Administrator(fleet_service)
    look_at(qtbot, pane, 3_000)
    click(qtbot, pane, 3_001)
    look_at(qtbot, pane, 5_000)
    gone = administrator.get("/devices?sort=mac&limit=1&at=0.2")["items"][0]["id"]
    assert administrator.ask("POST", "/devices/remove", {"ids": [gone]}).status == 200
    click(qtbot, pane, 5_003, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: "Refresh (F5) and select again" in pane.banner.text.text(), timeout=_MS)
    assert not console.window.commands.actions[Verb.RETIRE_DEVICE].isEnabled()
    assert not pane.selected.is_reading
    click(qtbot, pane, 5_004)
    assert not pane.banner.isVisible()
    assert len(ids(pane)) == 1


def test_more_rows_than_one_request_may_name_are_not_read(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    model = pane.view.model()
    stretch = QItemSelection(model.index(0, 0), model.index(15_000, 0))
    flags = QItemSelectionModel.SelectionFlag
    pane.view.selectionModel().select(stretch, flags.ClearAndSelect | flags.Rows)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)
    assert pane.selection().count == 15_001
    action = console.window.commands.actions[Verb.COPY_ROWS]
    assert not action.isEnabled()
    assert "At most 10,000 rows" in action.statusTip()
    assert not pane.selected.is_reading
    assert "At most 10,000 rows" in pane.details.toPlainText()


def test_rows_far_down_are_asked_for_as_soon_as_they_are_scrolled_to(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    pane.view.verticalScrollBar().setValue(19_000)
    qtbot.waitUntil(lambda: pane.live is not None and pane.live.model.row(19_000) is not None, timeout=_MS // 2)


def test_items_stay_selected_while_others_are_looked_at(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    select(qtbot, pane, 3, 7)
    look_at(qtbot, pane, 12_000)
    select(qtbot, pane, 12_001)
    chosen = ids(pane)
    assert len(chosen) == 3
    assert pane.live is not None
    assert pane.live.model.row(3) is None
    look_at(qtbot, pane, 0)
    assert ids(pane) == chosen
    assert pane.view.selected_row_ranges() == [(3, 3), (7, 7), (12_001, 12_001)]


def test_a_refresh_keeps_what_is_selected_and_where_the_list_is(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    look_at(qtbot, pane, 9_000)
    select(qtbot, pane, 9_002, 9_005)
    chosen = ids(pane)
    # What stood before them goes, so that they stand in other rows after the refresh.
    assert pane.live is not None
    gone = [row.item.id for row in (pane.live.model.row(9_000), pane.live.model.row(9_003)) if row]
    assert Administrator(fleet_service).ask("POST", "/devices/remove", {"ids": gone}).status == 200
    qtbot.waitUntil(lambda: _is_stale(pane, 9_003), timeout=_MS)
    assert ids(pane) == chosen
    with qtbot.waitSignal(pane.live.model.about_to_refresh, timeout=_MS):
        console.window.commands.actions[Verb.REFRESH].trigger()
    qtbot.waitUntil(lambda: ids(pane) == chosen, timeout=_MS)
    assert [last for _, last in pane.view.selected_row_ranges()] != [9_002, 9_005]
    assert pane.view.verticalScrollBar().value() == 9_000
    assert pane.view.currentIndex().row() in {last for _, last in pane.view.selected_row_ranges()}


def test_the_only_row_of_a_list_stays_selected_over_a_refresh(
    qtbot: QtBot, open_console: OpenConsole, fleet_service: ServiceProcess
) -> None:
    console = open_console(fleet_service).connected()
    pane = devices(console)
    look_at(qtbot, pane, 0)
    assert pane.live is not None
    first = pane.live.model.row(0)
    assert first is not None
    pane.filter_bar.put({"search": first.item.mac})
    qtbot.waitUntil(lambda: pane.live is not None and pane.live.model.rowCount() == 1, timeout=_MS)
    look_at(qtbot, pane, 0)
    select(qtbot, pane, 0)
    with qtbot.waitSignal(pane.live.model.about_to_refresh, timeout=_MS):
        console.window.commands.actions[Verb.REFRESH].trigger()
    qtbot.waitUntil(lambda: ids(pane) == [first.item.id], timeout=_MS)
    assert pane.view.selected_row_ranges() == [(0, 0)]


def _is_stale(pane: ListPane, number: int) -> bool:
    row = None if pane.live is None else pane.live.model.row(number)
    return row is not None and row.stale
