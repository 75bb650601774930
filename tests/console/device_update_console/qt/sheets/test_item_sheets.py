"""Property sheets in the real window over the real service: opened as in MMC, live, saved, and refused."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package
from tests.support.sample_rules import check as device_check
from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess, add_administrator

from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.sheets.device_sheet import DeviceSheet
from device_update_console.qt.sheets.property_sheet import PropertySheet
from device_update_console.qt.sheets.rule_sheet import RuleSheet
from device_update_console.qt.verbs.test_device_dialogs import TestDeviceSheet
from device_update_console.qt.widgets.copyable_text import CopyableText
from device_update_contract.administration.events import RESYNC, Event

FIRST, SECOND = "4.0.7577.4366", "4.0.7577.4387"
WIDE = "\N{CJK UNIFIED IDEOGRAPH-6F22}" * 64
ARABIC = "\N{ARABIC LETTER MEEM}\N{ARABIC LETTER BEH}\N{ARABIC LETTER NOON}\N{ARABIC LETTER ALEF MAKSURA}"
_MS = 60_000
_LEFT = Qt.MouseButton.LeftButton

OpenConsole = Callable[..., Console]


class _Fleet:
    """Devices of a model of one test."""

    def __init__(self, service: ServiceProcess, test: str, count: int) -> None:
        self.model = f"S{zlib.crc32(test.encode()):08X}"
        self._digits = zlib.crc32(test.encode()) >> 8
        self._service = service
        self.administrator = Administrator(service)
        for number in range(count):
            self.check(number)

    def mac(self, number: int) -> str:
        digits = f"0004{self._digits:06X}{number:02X}"
        return "-".join(digits[place : place + 2] for place in range(0, 12, 2))

    def check(self, number: int, installed: str = "1.0.522.101") -> None:
        check(self._service, device_check(installed, mac=self.mac(number), model=self.model))

    def devices(self) -> list[dict[str, object]]:
        return self.administrator.items(f"/devices?model={self.model}&sort=mac")

    def device_id(self, number: int = 0) -> object:
        return self.devices()[number]["id"]

    def change(self, number: int, **changes: object) -> None:
        answer = self.administrator.ask("PATCH", f"/devices/{self.device_id(number)}", changes)
        assert answer.status == 200, answer.body

    def upload(self, version: str) -> None:
        self.administrator.import_package(
            package(version, models=[self.model], image=f"{self.model}{version}".encode())
        )

    def rule(self) -> dict[str, object]:
        (rule,) = self.administrator.items(f"/rules?model={self.model}")
        return dict(rule)


@pytest.fixture
def fleet(qtbot: QtBot, shared_service: ServiceProcess, request: pytest.FixtureRequest) -> _Fleet:
    fleet = _Fleet(shared_service, request.node.name, 2)
    qtbot.waitUntil(lambda: len(fleet.devices()) == 2, timeout=_MS)  # a check is durable within a second
    return fleet


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service that a test may kill."""
    folder = tmp_path / "data"
    add_administrator(folder)
    service = ServiceProcess(folder)
    service.start()
    yield service
    service.end()


def _list(console: Console, kind: NodeKind, *, rows: int = 1, **filters: str) -> Console:
    console.connected().open(kind)
    console.filter(rows=rows, **filters)
    console.select_all()
    return console


def _sheet(console: Console) -> PropertySheet:
    return console.window.sheets.open_sheets()[-1]


def _device_sheet(qtbot: QtBot, console: Console, fleet: _Fleet, *, rows: int = 1) -> DeviceSheet:
    filters = {"model": fleet.model} if rows > 1 else {"search": fleet.mac(0)}
    _list(console, NodeKind.DEVICES, rows=rows, **filters)
    console.window.commands.actions[Verb.PROPERTIES].trigger()
    sheet = _sheet(console)
    assert isinstance(sheet, DeviceSheet)
    qtbot.waitExposed(sheet)
    return sheet


def _line(sheet: DeviceSheet | TestDeviceSheet, name: str) -> QLineEdit:
    editor = sheet.fields.entries[name].editor
    assert isinstance(editor, QLineEdit)
    return editor


@pytest.mark.parametrize("way", ["Enter", "double click", "Alt+Enter"])
def test_an_item_opens_its_properties(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet, way: str
) -> None:
    console = _list(open_console(shared_service), NodeKind.DEVICES, search=fleet.mac(0))
    view = console.window.list_pane.view
    view.selectRow(0)
    if way == "double click":
        place = view.visualRect(view.model().index(0, 0)).center()
        qtbot.mouseClick(view.viewport(), _LEFT, pos=place)
        qtbot.mouseDClick(view.viewport(), _LEFT, pos=place)
    else:
        modifier = Qt.KeyboardModifier.AltModifier if way == "Alt+Enter" else Qt.KeyboardModifier.NoModifier
        console.press_key(Qt.Key.Key_Return, modifier)
    qtbot.waitUntil(lambda: len(console.window.sheets.open_sheets()) == 1, timeout=_MS)
    assert _sheet(console).windowTitle() == f"{fleet.mac(0)} Properties"
    assert console.failures == []


@pytest.mark.parametrize("kind", [NodeKind.AUDIT_TRAIL, NodeKind.ACCOUNTS])
def test_every_list_s_items_have_a_sheet(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, kind: NodeKind
) -> None:
    console = open_console(shared_service).connected()
    console.open(kind)
    console.window.list_pane.view.selectRow(0)
    qtbot.waitUntil(lambda: Verb.PROPERTIES in console.offered(), timeout=_MS)
    console.window.commands.actions[Verb.PROPERTIES].trigger()
    assert any(each.toPlainText() for each in _sheet(console).findChildren(CopyableText))
    assert console.failures == []


def test_a_device_s_sheet_says_why_first_and_follows_what_the_device_does(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    sheet = _device_sheet(qtbot, open_console(shared_service), fleet)
    assert sheet.general.facts()[0][0] == "Why"
    assert dict(sheet.general.facts())["Installed"] == "1.0.522.101"
    fleet.check(0, FIRST)
    qtbot.waitUntil(lambda: dict(sheet.general.facts())["Installed"] == FIRST, timeout=_MS)
    assert sheet.modules is not None
    assert sheet.modules.table.row_texts(0)[:2] == ["CPE.nbt", FIRST]


def test_a_device_s_history_is_listed_newest_first_one_line_each(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    fleet.change(0, note="rings at night")
    sheet = _device_sheet(qtbot, open_console(shared_service), fleet)
    history = sheet.history
    assert history is not None
    sheet.show_page(history)
    qtbot.waitUntil(lambda: history.list.view.model().rowCount() == 3, timeout=_MS)
    model = history.list.view.model()
    qtbot.waitUntil(lambda: model.index(0, 2).data() == "The note was changed.", timeout=_MS)
    assert model.index(0, 3).data() == ACCOUNT
    history.list.view.selectRow(2)
    qtbot.waitUntil(lambda: "answered" in history.whole.toPlainText(), timeout=_MS)


def test_a_history_is_read_anew_when_events_were_missed(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    console = open_console(shared_service)
    sheet = _device_sheet(qtbot, console, fleet)
    history = sheet.history
    assert history is not None
    sheet.show_page(history)
    qtbot.waitUntil(lambda: history.list.view.model().rowCount() == 2, timeout=_MS)
    history.list.view.selectRow(0)  # what is looked at stays where it is
    came = console.session.event_came
    with qtbot.waitSignal(came, timeout=_MS, check_params_cb=lambda event: event.event == "devices-changed"):
        fleet.change(0, note="rings at night")
    history.list.view.clearSelection()
    came.emit(Event(id=1, event=RESYNC, data={"ids": None}))
    qtbot.waitUntil(lambda: history.list.view.model().rowCount() == 3, timeout=_MS)


def test_what_is_filled_in_is_changed_on_all_selected_devices_and_blank_where_they_differ(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    for number, label in enumerate((WIDE, ARABIC)):
        fleet.change(number, label=label, location="Berlin", note="\N{GRINNING FACE}")
    sheet = _device_sheet(qtbot, open_console(shared_service), fleet, rows=2)
    assert sheet.windowTitle() == "2 Devices: Properties"
    assert dict(sheet.general.facts())["MAC address"] == ""
    assert dict(sheet.general.facts())["Model"].split()[2] == fleet.model
    sheet.show_page(sheet.fields)
    assert (_line(sheet, "label").text(), _line(sheet, "label").placeholderText()) == ("", "(several values)")
    assert sheet.fields.entries["note"].filled_in() == "\N{GRINNING FACE}"
    sheet.fields.entries["location"].fill_in(ARABIC)
    qtbot.mouseClick(sheet.ok_button, _LEFT)
    qtbot.waitUntil(lambda: [each["location"] for each in fleet.devices()] == [ARABIC] * 2, timeout=_MS)
    assert [each["label"] for each in fleet.devices()] == [WIDE, ARABIC]


def test_names_of_any_script_are_shown_whole_and_saved_as_they_are(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    fleet.change(0, label=WIDE)
    sheet = _device_sheet(qtbot, open_console(shared_service), fleet)
    assert sheet.windowTitle() == f"{WIDE} Properties"
    sheet.show_page(sheet.fields)
    assert _line(sheet, "label").text() == WIDE
    for name, value in (("label", f"{ARABIC} \N{GRINNING FACE}"), ("note", f"{WIDE}\n{ARABIC}")):
        sheet.fields.entries[name].fill_in(value)
    with qtbot.waitSignal(sheet.saved, timeout=_MS):
        qtbot.mouseClick(sheet.apply_button, _LEFT)
    device = fleet.devices()[0]
    assert (device["label"], device["note"]) == (f"{ARABIC} \N{GRINNING FACE}", f"{WIDE}\n{ARABIC}")
    assert sheet.minimumSizeHint().width() < 700


def test_help_desk_may_change_the_note_alone(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    account = {"name": fleet.model.lower(), "role": "help_desk", "password": PASSWORD}
    assert fleet.administrator.ask("POST", "/accounts", account).status == 201
    sheet = _device_sheet(qtbot, open_console(shared_service, fleet.model.lower()), fleet)
    assert set(sheet.fields.entries) == {"note"}
    assert not sheet.actions_button.isVisible()
    sheet.fields.entries["note"].fill_in("asked twice")
    qtbot.mouseClick(sheet.ok_button, _LEFT)
    qtbot.waitUntil(lambda: fleet.devices()[0]["note"] == "asked twice", timeout=_MS)


def test_a_device_that_is_removed_while_its_sheet_is_open_is_said_to_be_gone(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    console = open_console(shared_service)
    sheet = _device_sheet(qtbot, console, fleet)
    assert fleet.administrator.ask("DELETE", f"/devices/{fleet.device_id()}").status == 204
    qtbot.waitUntil(sheet.banner.isVisible, timeout=_MS)
    assert "removed" in sheet.banner.text.text()
    assert dict(sheet.general.facts())["MAC address"] == fleet.mac(0)


def test_a_server_that_goes_while_a_sheet_is_open_takes_nothing_along(
    qtbot: QtBot, open_console: OpenConsole, own_service: ServiceProcess, request: pytest.FixtureRequest
) -> None:
    fleet = _Fleet(own_service, request.node.name, 1)
    qtbot.waitUntil(lambda: len(fleet.devices()) == 1, timeout=_MS)
    console = open_console(own_service)
    sheet = _device_sheet(qtbot, console, fleet)
    own_service.kill()
    qtbot.waitUntil(lambda: isinstance(console.session.state, Unreachable), timeout=_MS)
    sheet.show_page(sheet.fields)
    sheet.fields.entries["note"].fill_in("typed meanwhile")
    qtbot.mouseClick(sheet.ok_button, _LEFT)
    qtbot.waitUntil(sheet.banner.isVisible, timeout=_MS)
    assert sheet.isVisible()
    assert sheet.fields.entries["note"].filled_in() == "typed meanwhile"
    assert sheet.history is not None
    sheet.show_page(sheet.history)
    read = sheet.history.list.banner
    qtbot.waitUntil(read.isVisible, timeout=_MS)
    assert sheet.banner.text.text() == f"Saving failed: {read.text.text()}"
    own_service.start()
    console.window.session().try_now()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: isinstance(console.session.state, Connected), timeout=_MS)
    qtbot.waitUntil(lambda: sheet.history.list.view.model().rowCount() > 0, timeout=_MS)  # type: ignore[union-attr]
    assert not read.isVisible()
    qtbot.mouseClick(sheet.banner.try_again, _LEFT)
    qtbot.waitUntil(lambda: fleet.devices()[0]["note"] == "typed meanwhile", timeout=_MS)
    qtbot.waitUntil(lambda: not console.window.sheets.open_sheets(), timeout=_MS)
    assert console.failures == []


def test_a_rule_s_sheet_shows_files_test_devices_and_history_and_rolls_back_from_there(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    for version in (FIRST, SECOND):
        fleet.upload(version)
        assert fleet.administrator.verb("approve", {"id": fleet.rule()["id"]}).status == 200
    name = {"name": fleet.model, "identifier_type": "mac", "identifier": fleet.mac(0)}
    assert fleet.administrator.ask("POST", "/test-devices", name).status == 201
    console = _list(open_console(shared_service), NodeKind.DEPLOYED_UPDATES, search=fleet.model)
    console.window.commands.actions[Verb.PROPERTIES].trigger()
    sheet = _sheet(console)
    assert isinstance(sheet, RuleSheet)
    assert sheet.files is not None
    assert sheet.tests is not None
    assert sheet.history is not None
    assert dict(sheet.general.facts())["Approved"].startswith(f"{SECOND}, since ")
    assert [sheet.files.table.row_texts(row)[:3] for row in range(2)] == [
        ["Approved", SECOND, "CPE.nbt"],
        ["Restore", FIRST, "CPE.nbt"],
    ]
    sheet.show_page(sheet.tests)
    qtbot.waitUntil(lambda: sheet.tests is not None and sheet.tests.table.rowCount() == 1, timeout=_MS)
    assert sheet.tests.table.row_texts(0)[0] == fleet.mac(0)
    history = sheet.history
    sheet.show_page(history)
    qtbot.waitUntil(lambda: history.list.view.model().rowCount() == 4, timeout=_MS)
    qtbot.waitUntil(lambda: history.list.view.model().index(2, 2).data() == FIRST, timeout=_MS)
    history.list.view.selectRow(2)
    qtbot.waitUntil(history.button.isEnabled, timeout=_MS)
    qtbot.mouseClick(history.button, _LEFT)
    console.press(console.asked().yes)
    approved = f"{FIRST}, since "
    qtbot.waitUntil(lambda: dict(sheet.general.facts())["Approved"].startswith(approved), timeout=_MS)


def test_a_test_device_is_renamed_in_its_sheet_and_a_name_that_is_taken_is_refused_there(
    qtbot: QtBot, open_console: OpenConsole, shared_service: ServiceProcess, fleet: _Fleet
) -> None:
    for number, name in enumerate(("lobby", "hall")):
        body = {"name": f"{fleet.model} {name}", "identifier_type": "mac", "identifier": fleet.mac(number)}
        assert fleet.administrator.ask("POST", "/test-devices", body).status == 201
    console = _list(open_console(shared_service), NodeKind.TEST_DEVICES, search=f"{fleet.model} lobby")
    console.click(Verb.EDIT_TEST_DEVICE)
    sheet = _sheet(console)
    assert isinstance(sheet, TestDeviceSheet)
    sheet.fields.entries["name"].fill_in(f"{fleet.model} hall")
    qtbot.mouseClick(sheet.ok_button, _LEFT)
    qtbot.waitUntil(sheet.banner.isVisible, timeout=_MS)
    assert "already" in sheet.banner.text.text()
    sheet.fields.entries["name"].fill_in(f"{fleet.model} {ARABIC}")
    qtbot.mouseClick(sheet.ok_button, _LEFT)
    qtbot.waitUntil(lambda: console.window.sheets.open_sheets() == [], timeout=_MS)
    names = {each["name"] for each in fleet.administrator.items(f"/test-devices?search={fleet.model}")}
    assert names == {f"{fleet.model} {ARABIC}", f"{fleet.model} hall"}
