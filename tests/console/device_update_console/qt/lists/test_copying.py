"""Ctrl+A and Ctrl+C copy a list whole, also what nobody scrolled to; nothing less is ever copied or exported as all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from tests.support.consoles import Console
from tests.support.service_process import ServiceProcess

from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.scope_tree import NodeKind

_MS = 60_000

OpenConsole = Callable[..., Console]


@pytest.fixture
def devices(open_console: OpenConsole, fleet_service: ServiceProcess) -> Console:
    console = open_console(fleet_service).connected()
    console.open(NodeKind.DEVICES)
    return console


def narrow(qtbot: QtBot, console: Console, search: str) -> int:
    """Filter, and say how many are left."""
    pane = console.window.list_pane
    everything = pane.view.model().rowCount()
    pane.filter_bar.put({"search": search})
    qtbot.waitUntil(lambda: console.listed() and pane.view.model().rowCount() < everything, timeout=_MS)
    return pane.view.model().rowCount()


def test_a_list_that_is_selected_whole_is_copied_whole(qtbot: QtBot, devices: Console) -> None:
    count = narrow(qtbot, devices, "model:CX600 status:up-to-date")
    assert count > 1_000
    devices.press_key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(devices.window.commands.actions[Verb.COPY_ROWS].isEnabled, timeout=_MS)
    assert devices.window.list_pane.selection().all_matching == count
    QGuiApplication.clipboard().clear()
    devices.press_key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(QGuiApplication.clipboard().text()), timeout=_MS)
    qtbot.keyRelease(devices.window, Qt.Key.Key_Control)
    heading, *lines = QGuiApplication.clipboard().text().splitlines()
    assert heading.split("\t")[:3] == ["MAC Address", "Serial Number", "Model"]
    assert len({line.split("\t")[0] for line in lines}) == len(lines) == count
    assert {line.split("\t")[2] for line in lines} == {"CX600"}


def test_more_rows_than_a_clipboard_is_for_are_refused_with_a_word_on_export(qtbot: QtBot, devices: Console) -> None:
    devices.select_all()
    QGuiApplication.clipboard().setText("kept")
    devices.window.commands.actions[Verb.COPY_ROWS].trigger()
    assert devices.window.banner.text.text() == (
        "At most 10,000 rows can be copied. Export List writes all of them to a file."
    )
    assert QGuiApplication.clipboard().text() == "kept"


def test_what_was_read_of_a_list_that_is_selected_whole_is_not_offered_as_what_is_selected(
    qtbot: QtBot, devices: Console
) -> None:
    narrow(qtbot, devices, "model:CX600 status:up-to-date")
    devices.select_all()
    devices.window.commands.actions[Verb.EXPORT_LIST].trigger()
    dialog = devices.window.lists.exporting.dialog
    assert dialog is not None
    assert not dialog.selected_rows.isEnabled()
    dialog.reject()


def test_where_nothing_is_selected_ctrl_c_does_not_copy_the_cell_that_the_keyboard_is_in(
    qtbot: QtBot, devices: Console
) -> None:
    devices.select_first()
    devices.window.list_pane.view.clearSelection()
    qtbot.waitUntil(lambda: not devices.window.commands.actions[Verb.COPY_ROWS].isEnabled(), timeout=_MS)
    QGuiApplication.clipboard().setText("kept")
    devices.press_key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyRelease(devices.window, Qt.Key.Key_Control)
    assert QGuiApplication.clipboard().text() == "kept"


def test_rows_that_are_not_read_are_not_copied_and_that_is_said(qtbot: QtBot, devices: Console) -> None:
    pane = devices.window.list_pane
    model, flags = pane.view.model(), QItemSelectionModel.SelectionFlag
    most = QItemSelection(model.index(0, 0), model.index(12_000, 0))
    pane.view.selectionModel().select(most, flags.Select | flags.Rows)
    qtbot.waitUntil(lambda: pane.selection().unread > 0 and not pane.view.is_settling, timeout=_MS)
    QGuiApplication.clipboard().setText("kept")
    devices.press_key(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyRelease(devices.window, Qt.Key.Key_Control)
    assert "Press Ctrl+A for all" in devices.window.banner.text.text()
    assert QGuiApplication.clipboard().text() == "kept"
