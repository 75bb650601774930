"""A person may be faster than the service, and than the window: what they do is about what they see, or typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QProgressDialog
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess
from tests.support.threaded_relay import ThreadedRelay, threaded_relay

from device_update_console.core.connections.connection_states import Connected, Unreachable
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.lists.list_pane import ListPane
from device_update_console.qt.window.navigation import ScopeKey

_MS = 60_000
KEY, MODIFIER = Qt.Key, Qt.KeyboardModifier
OpenConsole = Callable[..., Console]


@dataclass(frozen=True, slots=True)
class Slow:
    """A console whose service answers when the test says so."""

    console: Console
    relay: ThreadedRelay

    @property
    def pane(self) -> ListPane:
        return self.console.window.list_pane

    def rows_are_there(self) -> bool:
        """Whether the list is the one that was asked for last, with the rows in view."""
        live = self.pane.live
        return live is not None and not live.is_awaited and self.console.listed()


@pytest.fixture
def slow(open_console: OpenConsole, fleet_service: ServiceProcess) -> Iterator[Slow]:
    """With the list of devices, in an active window."""
    with threaded_relay(fleet_service.admin) as relay:
        console = open_console(relay).connected()
        console.open(NodeKind.DEVICES)
        yield Slow(console, relay)
        console.close()


def field_of(pane: ListPane) -> QLineEdit:
    """The search field, with the keyboard in it."""
    pane.filter_bar.take_focus()
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    return field


def test_a_verb_is_about_what_a_key_selected_just_before(qtbot: QtBot, slow: Slow) -> None:
    slow.console.select_first()
    window, second = slow.console.window, slow.console.rows()[1][0]
    slow.console.press_key(KEY.Key_Down)
    qtbot.keyClick(slow.pane.view, KEY.Key_Delete)  # in the same turn: nobody was told of the new selection yet
    dialog = window.item_verbs.devices.dialog
    assert dialog is not None
    assert second in "\n".join((dialog.question.question, *dialog.question.effects, *dialog.question.lines))
    dialog.reject()


def test_a_key_that_was_of_no_use_before_something_was_selected_is_not_lost(qtbot: QtBot, slow: Slow) -> None:
    slow.console.select_first()
    slow.pane.view.clearSelection()
    qtbot.waitUntil(lambda: not slow.console.window.commands.actions[Verb.COPY_ROWS].isEnabled(), timeout=_MS)
    QGuiApplication.clipboard().clear()
    slow.console.press_key(KEY.Key_Down)
    qtbot.keyClick(slow.pane.view, KEY.Key_C, MODIFIER.ControlModifier)
    assert slow.console.rows()[1][0] in QGuiApplication.clipboard().text()


def test_what_is_dragged_is_what_was_selected_just_before(slow: Slow) -> None:
    dragged: list[list[str]] = []
    slow.console.select_first()
    slow.pane.view.dragged = lambda: dragged.append([device.mac for device in slow.pane.selected_items()])
    slow.pane.view.selectRow(2)
    slow.pane.view.startDrag(Qt.DropAction.CopyAction)
    assert dragged == [[slow.console.rows()[2][0]]]


def test_down_leads_to_the_first_row_of_what_was_typed_not_of_what_stands_there_yet(qtbot: QtBot, slow: Slow) -> None:
    slow.console.select_first()
    release = slow.relay.hold("model=CX3000")
    field = field_of(slow.pane)
    qtbot.keyClicks(field, "model:CX3000")
    qtbot.keyClick(field, KEY.Key_Down)
    assert slow.pane.view.hasFocus()
    qtbot.keyClick(slow.pane.view, KEY.Key_Return)
    assert slow.console.window.sheets.open_sheets() == []
    release()
    qtbot.waitUntil(lambda: slow.rows_are_there() and len(slow.pane.selected_items()) == 1, timeout=_MS)
    assert slow.pane.selected_items()[0].model == "CX3000"
    assert slow.pane.view.selected_row_ranges() == [(0, 0)]


def test_a_device_that_was_found_takes_the_keyboard_from_nobody_who_went_elsewhere_meanwhile(
    qtbot: QtBot, slow: Slow
) -> None:
    mac = slow.console.rows()[3][0]
    release = slow.relay.hold("mac=")
    slow.console.window.lists.finding._show(ScopeKey(NodeKind.DEVICES, slow.console.origin), {"mac": mac})
    assert slow.pane.view.hasFocus()
    field = field_of(slow.pane)
    release()
    qtbot.waitUntil(lambda: slow.rows_are_there() and len(slow.pane.selected_items()) == 1, timeout=_MS)
    assert field.hasFocus()


def test_a_list_with_a_filter_that_nobody_understands_does_not_say_that_it_is_loading(qtbot: QtBot, slow: Slow) -> None:
    without_filter = slow.pane.count_text()
    slow.pane.filter_bar.put({"search": "colour:red"})
    slow.console.go_to(NodeKind.PACKAGES)
    slow.console.window.open_node(ScopeKey(NodeKind.DEVICES, slow.console.origin))
    said = slow.pane.banner.text.text()
    assert "colour" in said
    assert slow.pane.view.accessibleDescription() == said
    assert slow.pane.count_text() == ""
    slow.pane.filter_bar.clear()
    qtbot.waitUntil(slow.rows_are_there, timeout=_MS)
    assert slow.pane.count_text() == without_filter


def test_what_is_wrong_with_the_filter_is_said_again_once_a_lost_server_is_back(qtbot: QtBot, slow: Slow) -> None:
    session, banner = slow.console.session, slow.pane.banner
    slow.pane.filter_bar.put({"search": "colour:red"})
    said = banner.text.text()
    slow.relay.stop()
    qtbot.waitUntil(lambda: isinstance(session.state, Unreachable) and banner.text.text() != said, timeout=_MS)
    slow.relay.start()
    session.try_now()
    qtbot.waitUntil(lambda: isinstance(session.state, Connected), timeout=_MS)
    assert "colour" in said == banner.text.text()
    assert banner.isVisible()


def test_what_was_copied_last_is_in_the_clipboard_whatever_takes_longer(qtbot: QtBot, slow: Slow) -> None:
    slow.pane.filter_bar.put({"search": "model:CX3000"})
    qtbot.waitUntil(slow.rows_are_there, timeout=_MS)
    slow.console.select_all()
    release = slow.relay.hold("limit=1000")
    slow.console.window.commands.actions[Verb.COPY_ROWS].trigger()
    slow.pane.view.selectRow(0)
    slow.console.window.commands.actions[Verb.COPY_ROWS].trigger()
    copied = QGuiApplication.clipboard().text()
    assert slow.console.rows()[0][0] in copied
    release()
    qtbot.waitUntil(lambda: slow.console.window.findChild(QProgressDialog) is None, timeout=_MS)
    assert QGuiApplication.clipboard().text() == copied
    assert slow.console.failures == []
