"""A short table of a dialog has the keys and the menu of the lists, and cuts nothing for which there is room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from device_update_console.qt.lists.plain_table import PlainTable

_MS = 60_000
_ROWS = [["Approved", "CPE.nbt", "0f4f"], ["Pending", "CPE.nbt", "26d8"], ["Restore", "CPE.nbt", "99ab"]]
KEY, MODIFIER = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def table(qtbot: QtBot) -> PlainTable:
    table = PlainTable(["Slot", "File", "SHA-256"], "Files", stretched=2)
    qtbot.addWidget(table)
    table.resize(400, 200)
    table.show_rows(_ROWS)
    with qtbot.waitExposed(table):
        table.show()
    table.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus, timeout=_MS)
    return table


def test_home_and_end_go_to_the_first_and_the_last_row(qtbot: QtBot, table: PlainTable) -> None:
    table.selectRow(1)
    qtbot.keyClick(table, KEY.Key_End)
    assert table.selected_rows() == [2]
    qtbot.keyClick(table, KEY.Key_Home)
    assert table.selected_rows() == [0]


def test_copying_takes_the_selected_rows_and_leaves_the_clipboard_alone_where_none_is(
    qtbot: QtBot, table: PlainTable
) -> None:
    table.clearSelection()
    QGuiApplication.clipboard().setText("kept")
    qtbot.keyClick(table, KEY.Key_C, MODIFIER.ControlModifier)
    assert QGuiApplication.clipboard().text() == "kept"
    qtbot.keyRelease(table, KEY.Key_Control)
    table.selectRow(1)
    qtbot.keyClick(table, KEY.Key_C, MODIFIER.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Slot\tFile\tSHA-256\nPending\tCPE.nbt\t26d8"
    qtbot.keyRelease(table, KEY.Key_Control)


@pytest.mark.parametrize("how", ["Shift+F10", "Menu"])
def test_its_menu_opens_where_the_keyboard_is_and_copies(qtbot: QtBot, table: PlainTable, how: str) -> None:
    table.selectRow(2)
    if how == "Menu":
        centre = table.rect().center()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, centre, table.mapToGlobal(centre))
        QApplication.sendEvent(table, asked)
    else:
        qtbot.keyClick(table, KEY.Key_F10, MODIFIER.ShiftModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert table.rowAt(table.viewport().mapFromGlobal(menu.pos()).y()) == 2
    qtbot.keyClick(menu, KEY.Key_C)
    assert QGuiApplication.clipboard().text() == "Slot\tFile\tSHA-256\nRestore\tCPE.nbt\t99ab"


def test_the_column_that_takes_the_rest_gives_way_where_rows_come_that_need_more(
    qtbot: QtBot, table: PlainTable
) -> None:
    header = table.horizontalHeader()
    assert header.length() == table.viewport().width()
    table.show_rows([["Approved for everybody", "a file with a very long name.nbt", "0f4f"]])
    qtbot.waitUntil(lambda: header.sectionSize(1) > 150 and header.sectionSize(2) < 100, timeout=_MS)
    table.resize(table.whole_width() + 100, 200)
    qtbot.waitUntil(lambda: header.length() == table.viewport().width(), timeout=_MS)
