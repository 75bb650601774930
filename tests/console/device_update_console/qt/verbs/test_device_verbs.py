"""The verbs on devices and test devices, clicked in the real window, done by the real service."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package
from tests.support.sample_rules import check as device_check
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.sheets.saving_dialog import SavingDialog
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.test_device_dialogs import AddTestDevicePage
from device_update_console.qt.window.navigation import ScopeKey
from device_update_contract.device_messages.answers import CheckAnswer, parse_check_answer

_MS = 60_000
_LEFT = Qt.MouseButton.LeftButton
VERSION = "4.0.7577.4387"

OpenConsole = Callable[..., Console]


class _Phones:
    """Two devices of a model of one test, and what the service says of them."""

    def __init__(self, service: ServiceProcess, test: str) -> None:
        number = zlib.crc32(test.encode())
        self.model = f"V{number:08X}"
        digits = f"0005{number >> 8:06X}"
        self._start = "-".join(digits[place : place + 2] for place in range(0, 10, 2))
        self._service = service
        self.administrator = Administrator(service)
        for each in range(2):
            self.offered(each)

    def mac(self, number: int) -> str:
        return f"{self._start}-{number:02X}"

    def offered(self, number: int) -> str | None:
        """The version that the next check of a device is offered."""
        answer = check(self._service, device_check("1.0.522.101", mac=self.mac(number), model=self.model))
        told = parse_check_answer(answer.body)
        assert isinstance(told, CheckAnswer), answer.body
        return None if told.update is None else str(told.update.modules[0].version)

    def devices(self) -> list[dict[str, object]]:
        return self.administrator.items(f"/devices?model={self.model}&sort=mac")

    def test_devices(self) -> list[str]:
        return [str(each["identifier"]) for each in self.administrator.items(f"/test-devices?search={self._start}")]


@pytest.fixture
def phones(qtbot: QtBot, shared_service: ServiceProcess, request: pytest.FixtureRequest) -> _Phones:
    phones = _Phones(shared_service, request.node.name)
    qtbot.waitUntil(lambda: len(phones.devices()) == 2, timeout=_MS)  # a check is durable within a second
    return phones


@pytest.fixture
def console(open_console: OpenConsole, shared_service: ServiceProcess) -> Console:
    return open_console(shared_service).connected()


def _select(console: Console, kind: NodeKind, *, rows: int = 1, **filters: str) -> None:
    console.open(kind)
    console.filter(rows=rows, **filters)
    console.select_all()


def _asked(qtbot: QtBot, console: Console) -> ConfirmationDialog:
    qtbot.waitUntil(lambda: console.window.item_verbs.devices.dialog is not None, timeout=_MS)
    dialog = console.window.item_verbs.devices.dialog
    assert dialog is not None
    assert dialog.no.isDefault()
    return dialog


def _form(console: Console) -> SavingDialog:
    form = console.window.item_verbs.devices.form
    assert form is not None
    return form


def test_using_a_device_as_test_device_makes_its_next_check_offer_the_pending_update(
    qtbot: QtBot, console: Console, phones: _Phones
) -> None:
    content = package(VERSION, models=[phones.model], image=phones.model.encode())
    phones.administrator.import_package(content)
    assert phones.offered(0) is None
    _select(console, NodeKind.DEVICES, search=phones.mac(0))
    console.click(Verb.USE_AS_TEST_DEVICE)
    qtbot.waitUntil(lambda: phones.test_devices() == [phones.mac(0)], timeout=_MS)
    assert phones.offered(0) == VERSION
    assert phones.offered(1) is None
    assert console.failures == []


def test_several_devices_become_test_devices_after_a_question(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    _select(console, NodeKind.DEVICES, rows=2, model=phones.model)
    console.click(Verb.USE_AS_TEST_DEVICE)
    dialog = _asked(qtbot, console)
    assert dialog.question.question == "Use 2 devices as test devices?"
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: set(phones.test_devices()) == {phones.mac(0), phones.mac(1)}, timeout=_MS)
    qtbot.waitUntil(lambda: console.window.statusBar().currentMessage() == "2 devices are test devices now.")


@pytest.mark.parametrize(
    ("target", "becomes"),
    [
        pytest.param(NodeKind.TEST_DEVICES, True, id="on Test Devices"),
        pytest.param(NodeKind.PACKAGES, False, id="elsewhere"),
    ],
)
def test_a_device_that_is_dropped_on_test_devices_becomes_one(
    qtbot: QtBot, console: Console, phones: _Phones, target: NodeKind, *, becomes: bool
) -> None:
    _select(console, NodeKind.DEVICES, search=phones.mac(0))
    assert console.window.list_pane.view.dragEnabled()
    data = console.window.device_drops.dragged()
    assert data is not None
    scope = console.window.scope
    index = scope.index_of(ScopeKey(target, console.origin))
    place = QPointF(scope.visualRect(index).center())
    copy, left, no = Qt.DropAction.CopyAction, _LEFT, Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent(place.toPoint(), copy, data, left, no), QDropEvent(place, copy, data, left, no)):
        QApplication.sendEvent(scope.viewport(), event)
    assert event.isAccepted() == becomes
    if becomes:
        qtbot.waitUntil(lambda: phones.test_devices() == [phones.mac(0)], timeout=_MS)


def test_what_is_no_device_is_not_dragged(console: Console) -> None:
    console.open(NodeKind.AUDIT_TRAIL)
    console.select_all()
    assert not console.window.list_pane.view.dragEnabled()
    assert console.window.device_drops.dragged() is None


def test_retired_devices_are_brought_back(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    _select(console, NodeKind.DEVICES, rows=2, model=phones.model)
    console.click(Verb.RETIRE_DEVICE)
    console.press(_asked(qtbot, console).yes)
    qtbot.waitUntil(lambda: all(each["retired_at"] for each in phones.devices()), timeout=_MS)
    status = console.window.statusBar()
    qtbot.waitUntil(lambda: status.currentMessage() == "2 devices were retired.", timeout=_MS)
    console.open(NodeKind.TEST_DEVICES)
    _select(console, NodeKind.DEVICES, rows=2, model=phones.model)
    console.click(Verb.BRING_DEVICE_BACK)
    console.press(_asked(qtbot, console).yes)
    qtbot.waitUntil(lambda: not any(each["retired_at"] for each in phones.devices()), timeout=_MS)


def test_del_forgets_devices_only_after_yes(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    _select(console, NodeKind.DEVICES, rows=2, model=phones.model)
    console.press_key(Qt.Key.Key_Delete)
    console.press(_asked(qtbot, console).no)
    qtbot.waitUntil(lambda: console.window.item_verbs.devices.dialog is None, timeout=_MS)
    assert len(phones.devices()) == 2
    console.press_key(Qt.Key.Key_Delete)
    console.press(_asked(qtbot, console).yes)
    qtbot.waitUntil(lambda: phones.devices() == [], timeout=_MS)
    qtbot.waitUntil(lambda: console.rows() == [], timeout=_MS)


def test_a_note_is_edited_in_a_small_dialog(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    _select(console, NodeKind.DEVICES, search=phones.mac(0))
    console.click(Verb.EDIT_NOTE)
    form = _form(console)
    form.pages[0].entries["note"].fill_in("rings\nat night")  # type: ignore[attr-defined]
    qtbot.mouseClick(form.ok_button, _LEFT)
    qtbot.waitUntil(lambda: phones.devices()[0]["note"] == "rings\nat night", timeout=_MS)
    qtbot.waitUntil(lambda: console.window.item_verbs.devices.form is None, timeout=_MS)


def test_a_test_device_is_found_while_typing_and_added(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    console.open(NodeKind.TEST_DEVICES)
    console.click(Verb.ADD_TEST_DEVICE)
    form = _form(console)
    page = form.pages[0]
    assert isinstance(page, AddTestDevicePage)
    qtbot.keyClicks(page.picker.search, phones.mac(1).replace("-", "").lower())
    view = page.picker.list.view
    qtbot.waitUntil(
        lambda: view.model().rowCount() == 1 and view.model().index(0, 0).data() == phones.mac(1), timeout=_MS
    )
    view.selectRow(0)
    qtbot.waitUntil(lambda: page.fields.entries["identifier"].filled_in() == phones.mac(1), timeout=_MS)
    qtbot.mouseClick(form.ok_button, _LEFT)
    qtbot.waitUntil(lambda: phones.test_devices() == [phones.mac(1)], timeout=_MS)


def test_what_is_typed_of_a_test_device_is_checked_at_once_and_never_sent_while_it_is_wrong(
    qtbot: QtBot, console: Console, phones: _Phones
) -> None:
    console.open(NodeKind.TEST_DEVICES)
    console.click(Verb.ADD_TEST_DEVICE)
    form = _form(console)
    page = form.pages[0]
    assert isinstance(page, AddTestDevicePage)
    entries = page.fields.entries
    qtbot.mouseClick(form.ok_button, _LEFT)
    assert form.banner.text.text() == "Give the test device a name."
    entries["name"].fill_in(phones.model)
    qtbot.keyClicks(entries["identifier"].editor, "A-17")
    assert entries["identifier"].wrong.text().startswith("A MAC address has")
    entries["identifier_type"].fill_in("serial")
    assert entries["identifier"].wrong.text() == ""
    qtbot.mouseClick(form.ok_button, _LEFT)
    found = f"/test-devices?search={phones.model}"
    qtbot.waitUntil(lambda: [each["identifier"] for each in phones.administrator.items(found)] == ["A-17"], timeout=_MS)


def test_f2_renames_a_test_device_and_del_removes_it_after_yes(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    body = {"name": phones.model, "identifier_type": "mac", "identifier": phones.mac(0)}
    assert phones.administrator.ask("POST", "/test-devices", body).status == 201
    _select(console, NodeKind.TEST_DEVICES, search=phones.model)
    console.press_key(Qt.Key.Key_F2)
    editor = console.renamed()
    editor.setText(f"{phones.model} lobby")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: console.rows() != [] and console.rows()[0][0] == f"{phones.model} lobby", timeout=_MS)
    console.select_all()
    console.press_key(Qt.Key.Key_Delete)
    dialog = _asked(qtbot, console)
    assert dialog.question.question == f"Remove {phones.model} lobby from the test devices?"
    console.press(dialog.yes)
    qtbot.waitUntil(lambda: phones.test_devices() == [], timeout=_MS)


def test_a_name_that_is_being_typed_stays_open_while_the_list_changes_and_escape_leaves_it(
    qtbot: QtBot, console: Console, phones: _Phones
) -> None:
    for number in range(2):
        body = {"name": f"{phones.model} {number}", "identifier_type": "mac", "identifier": phones.mac(number)}
        assert phones.administrator.ask("POST", "/test-devices", body).status == 201
    console.open(NodeKind.TEST_DEVICES)
    console.filter(rows=2, search=phones.model)
    pane = console.window.list_pane
    pane.view.selectRow(1)
    qtbot.waitUntil(lambda: not pane.view.is_settling, timeout=_MS)
    console.press_key(Qt.Key.Key_F2)
    editor = console.renamed()
    editor.setText("half typed")
    first = phones.administrator.items(f"/test-devices?search={phones.model}&sort=name")[0]["id"]
    changed = {"name": f"{phones.model} 9"}  # it stands below the other one after a refresh
    assert phones.administrator.ask("PATCH", f"/test-devices/{first}", changed).status == 200
    qtbot.waitUntil(lambda: console.rows()[0][0] == f"{phones.model} 9", timeout=_MS)
    pane.refresh()
    qtbot.waitUntil(lambda: console.rows()[1][0] == f"{phones.model} 9", timeout=_MS)
    assert not editor.ended
    assert editor.text() == "half typed"
    assert editor.geometry().top() == pane.view.visualRect(pane.view.model().index(0, 0)).top()
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert pane.view.hasFocus()
    assert [row[0] for row in console.rows()] == [f"{phones.model} 1", f"{phones.model} 9"]


def test_a_name_that_the_service_refuses_is_said_in_the_window(qtbot: QtBot, console: Console, phones: _Phones) -> None:
    for number, name in enumerate(("first", "second")):
        body = {"name": f"{phones.model} {name}", "identifier_type": "mac", "identifier": phones.mac(number)}
        assert phones.administrator.ask("POST", "/test-devices", body).status == 201
    _select(console, NodeKind.TEST_DEVICES, search=f"{phones.model} first")
    console.press_key(Qt.Key.Key_F2)
    editor = console.renamed()
    editor.clear()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.accessibleDescription() == "Give the test device a name."
    editor.setText(f"{phones.model} second")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert console.window.banner.text.text() == f"There is a test device '{phones.model} second' already."
    assert [each["name"] for each in phones.administrator.items(f"/test-devices?search={phones.model}&sort=name")] == [
        f"{phones.model} first",
        f"{phones.model} second",
    ]


def test_a_yes_for_a_server_that_is_taken_out_meanwhile_does_nothing_and_says_why(
    qtbot: QtBot, console: Console, phones: _Phones
) -> None:
    _select(console, NodeKind.DEVICES, rows=2, model=phones.model)
    console.window.commands.actions[Verb.REMOVE_DEVICE].trigger()
    dialog = _asked(qtbot, console)
    console.servers.disconnect_from(console.session)
    dialog.yes.click()
    qtbot.waitUntil(console.window.banner.isVisible, timeout=_MS)
    assert console.window.banner.text.text() == "This server is not in the console any more."
    assert len(phones.devices()) == 2
    assert console.failures == []
