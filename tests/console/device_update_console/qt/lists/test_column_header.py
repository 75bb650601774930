"""The arrow of the sort points up where a list ascends; Fusion alone draws it the other way round."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QStyleFactory, QStyleOptionHeader, QTableView
from pytestqt.qtbot import QtBot

from device_update_console.qt.lists.column_header import ColumnHeader

_ARROWS = QStyleOptionHeader.SortIndicator
_UP, _DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.mark.parametrize(
    ("style", "order", "arrow"),
    [
        pytest.param("Fusion", _UP, _ARROWS.SortUp, id="Fusion, ascending"),
        pytest.param("Fusion", _DOWN, _ARROWS.SortDown, id="Fusion, descending"),
        pytest.param("Windows", _UP, _ARROWS.SortDown, id="Windows, ascending, which it draws upwards itself"),
        pytest.param("Windows", _DOWN, _ARROWS.SortUp, id="Windows, descending"),
    ],
)
def test_the_arrow_is_turned_for_fusion_alone_and_only_at_the_sorted_column(
    qtbot: QtBot, style: str, order: Qt.SortOrder, arrow: QStyleOptionHeader.SortIndicator
) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    header = ColumnHeader(view)
    view.setHorizontalHeader(header)
    view.setModel(QStandardItemModel(0, 2, view))
    look = QStyleFactory.create(style)
    look.setParent(view)
    header.setStyle(look)
    header.setSortIndicatorShown(True)
    header.setSortIndicator(1, order)
    options = [QStyleOptionHeader(), QStyleOptionHeader()]
    for section, option in enumerate(options):
        header.initStyleOptionForIndex(option, section)
    assert [option.sortIndicator for option in options] == [_ARROWS.None_, arrow]
