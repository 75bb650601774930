"""The model mirrors what the core's virtual list tells, however long the list is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from device_update_console.core.lists.node_lists import Align, Column
from device_update_console.core.lists.row_changes import (
    ListState,
    ListStatus,
    Row,
    RowsBegun,
    RowsCounted,
    RowsForgotten,
    RowsKnown,
    StatusChanged,
)
from device_update_console.qt.lists.row_model import NOT_YET, STALE_TIP, RowModel
from device_update_console.qt.lists.row_view import RowView

_COLUMNS: Sequence[Column[str]] = (
    Column("name", "Name", lambda item: item, 20, sort="name"),
    Column("length", "Length", lambda item: str(len(item)), 8, align=Align.RIGHT),
)


def _rows(*names: str, stale: bool = False) -> tuple[Row[str], ...]:
    return tuple(Row(name, name, stale) for name in names)


@pytest.fixture
def model(qtbot: QtBot) -> RowModel[str]:
    return RowModel(_COLUMNS, lambda _: None)


def _texts(model: RowModel[str]) -> list[list[str | None]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def test_the_model_keeps_qt_s_rules(qtmodeltester: Any, model: RowModel[str]) -> None:
    model.take(RowsBegun(3))
    model.take(RowsKnown(0, _rows("one", "two")))
    qtmodeltester.check(model)
    model.take(RowsCounted(5))
    qtmodeltester.check(model)


def test_no_change_breaks_qt_s_rules(model: RowModel[str]) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for change in (
        RowsBegun(2),
        RowsKnown(0, _rows("one", "two")),
        RowsCounted(4),
        RowsForgotten(0, 1),
        RowsKnown(3, _rows("four")),
        RowsCounted(1),
        RowsBegun(3, same_list=True),
        RowsKnown(0, _rows("one", "two", "three")),
        RowsBegun(2, same_list=True),
        RowsBegun(0, same_list=True),
        RowsBegun(0),
        RowsCounted(1),
    ):
        model.take(change)
    del tester


def test_rows_that_have_not_come_show_that(model: RowModel[str]) -> None:
    model.take(RowsBegun(2))
    model.take(RowsKnown(1, _rows("two")))
    assert _texts(model) == [[NOT_YET, None], ["two", "3"]]
    model.take(RowsForgotten(0, 2))
    assert _texts(model) == [[NOT_YET, None], [NOT_YET, None]]


def test_rows_beyond_the_end_are_not_taken(model: RowModel[str]) -> None:
    model.take(RowsBegun(1))
    model.take(RowsKnown(0, _rows("one", "two")))
    model.take(RowsCounted(2))
    assert _texts(model) == [["one", "3"], [NOT_YET, None]]


def test_a_list_that_became_shorter_forgets_its_end(model: RowModel[str]) -> None:
    model.take(RowsBegun(2))
    model.take(RowsKnown(0, _rows("one", "two")))
    model.take(RowsCounted(1))
    model.take(RowsCounted(2))
    assert _texts(model) == [["one", "3"], [NOT_YET, None]]


def test_the_same_list_read_anew_stays_where_it_is(qtbot: QtBot, model: RowModel[str]) -> None:
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()
    model.take(RowsBegun(1_000))
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 500)
    view.setCurrentIndex(model.index(510, 1))
    place = view.verticalScrollBar().value()
    assert place > 0
    with qtbot.waitSignal(model.about_to_refresh):
        model.take(RowsBegun(1_001, same_list=True))
    assert view.verticalScrollBar().value() == place
    assert view.currentIndex().row() == 510


def test_a_change_stays_where_it_is_and_keeps_selection(qtbot: QtBot, model: RowModel[str]) -> None:
    model.take(RowsBegun(3))
    model.take(RowsKnown(0, _rows("one", "two", "three")))
    held = QPersistentModelIndex(model.index(1, 0))
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.selectRow(1)
    model.take(RowsKnown(1, _rows("second", stale=True)))
    assert held.data() == "second"
    assert list(view.selected_rows(10)) == [1]
    assert held.data(Qt.ItemDataRole.ToolTipRole) == STALE_TIP
    assert held.data(Qt.ItemDataRole.ForegroundRole) is not None
    assert model.index(0, 0).data(Qt.ItemDataRole.ForegroundRole) is None


def test_numbers_stand_on_the_right(model: RowModel[str]) -> None:
    model.take(RowsBegun(1))
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.headerData(1, Qt.Orientation.Horizontal).rstrip() == "Length"
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.rowCount(model.index(0, 0)) == 0
    assert model.data(QModelIndex()) is None


def test_the_status_is_told(qtbot: QtBot, model: RowModel[str]) -> None:
    status = ListStatus(ListState.READY, 7, counted=True)
    with qtbot.waitSignal(model.status_changed):
        model.take(StatusChanged(status))
    assert model.status == status


def test_a_million_rows_are_selected_without_looking_at_them(qtbot: QtBot, model: RowModel[str]) -> None:
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.take(RowsBegun(1_000_000))
    view.selectAll()
    assert view.selected_row_ranges() == [(0, 999_999)]
    assert view.selected_count() == 1_000_000
    assert list(view.selected_rows(3)) == [0, 1, 2]


@pytest.fixture(params=["nobody listens", "a screen reader listens"])
def listening(request: pytest.FixtureRequest) -> Iterator[None]:
    QAccessible.setActive(request.param == "a screen reader listens")
    yield
    QAccessible.setActive(False)


@pytest.mark.usefixtures("listening")
def test_no_row_is_asked_for_its_flags_when_a_long_list_is_all_selected_and_painted(qtbot: QtBot) -> None:
    class Counting(RowModel[str]):
        asked = 0

        def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
            self.asked += 1
            return super().flags(index)

    model = Counting(_COLUMNS, lambda _: None)
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()
    model.take(RowsBegun(100_000))
    view.selectAll()
    qtbot.waitUntil(lambda: not view.is_settling)
    view.grab()
    assert model.asked < 1_000


def test_typing_goes_to_the_next_row_that_begins_so(qtbot: QtBot, model: RowModel[str]) -> None:
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.keyboardSearch("b")  # an empty list has nowhere to go
    model.take(RowsBegun(1_000_000))
    model.take(RowsKnown(0, _rows("alpha", "beta", "bravo", "Bruno")))
    view.keyboardSearch("b")
    view.keyboardSearch("r")
    assert view.currentIndex().data() == "bravo"
    view.keyboardSearch("x")
    assert view.currentIndex().data() == "bravo"


def test_a_letter_again_and_again_goes_from_row_to_row(qtbot: QtBot, model: RowModel[str]) -> None:
    view = RowView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.take(RowsBegun(3))
    model.take(RowsKnown(0, _rows("beta", "bravo", "alpha")))
    visited = []
    for _ in range(3):
        view.keyboardSearch("b")
        visited.append(view.currentIndex().data())
    assert visited == ["beta", "bravo", "beta"]
