"""Rows that are painted in one go look as Qt paints them cell by cell, and show what only this program knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QItemSelectionModel, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from device_update_console.core.lists.definition import Align, Column
from device_update_console.core.lists.row_changes import Row, RowsBegun, RowsKnown
from device_update_console.qt.lists.row_model import RowModel
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.widgets.appearance import quiet_text

_COLUMNS: Sequence[Column[str]] = (
    Column("name", "Name", lambda item: item, 20, sort="name"),
    Column("hidden", "Hidden", lambda item: item, 20),
    Column("length", "Length", lambda item: str(len(item)), 8, sort="length", align=Align.RIGHT),
    Column("kind", "Kind", lambda item: "short" if len(item) < 4 else "long", 8, sort="kind"),
)
_NAMES = ("ant", "a name that is much too long for the column that it stands in", "مرحبا", "bee", "🐝 wide 名前")
_ROWS = 12
_KIND = 3


class CellByCell(RowView):
    """The same view, as Qt paints it."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 -- Qt calls it so
        QTableView.paintEvent(self, event)


@pytest.fixture
def model(qtbot: QtBot) -> RowModel[str]:
    """Rows of which one has left the list, one has no icon, and the last ones have not come."""
    square = QPixmap(16, 16)
    square.fill(QColor("green"))
    model = RowModel(_COLUMNS, lambda item: None if item == "bee" else QIcon(square))
    model.take(RowsBegun(_ROWS))
    model.take(RowsKnown(0, tuple(Row(name, name, stale=name == "ant") for name in _NAMES)))
    return model


def _shown(qtbot: QtBot, kind: type[RowView], model: RowModel[str]) -> RowView:
    view = kind()
    qtbot.addWidget(view)
    view.setModel(model)
    view.setColumnHidden(1, True)
    for section, width in ((0, 140), (2, 60), (3, 80)):
        view.setColumnWidth(section, width)
    view.resize(300, 220)
    view.show()
    qtbot.waitExposed(view)
    return view


def _selected(view: RowView) -> None:
    view.selectionModel().select(
        view.model().index(1, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )


def _scrolled(view: RowView) -> None:
    view.horizontalScrollBar().setValue(25)
    view.verticalScrollBar().setValue(1)


def _from_right_to_left(view: RowView) -> None:
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)


def _switched_off(view: RowView) -> None:
    view.setEnabled(False)


def _columns_moved(view: RowView) -> None:
    view.horizontalHeader().moveSection(3, 0)


def _untouched(view: RowView) -> None:
    assert view.model().rowCount() == _ROWS


def _image(view: RowView) -> QImage:
    return view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def _row_image(view: RowView, row: int) -> QImage:
    top, height = view.rowViewportPosition(row), view.rowHeight(row)
    return _image(view).copy(QRect(0, top, view.viewport().width(), height))


def _colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize(
    "change", [_untouched, _selected, _scrolled, _from_right_to_left, _switched_off, _columns_moved]
)
def test_rows_look_as_qt_paints_them_cell_by_cell(
    qtbot: QtBot, model: RowModel[str], change: Callable[[RowView], None]
) -> None:
    views = [_shown(qtbot, kind, model) for kind in (RowView, CellByCell)]
    for view in views:
        change(view)
    ours, qts = map(_image, views)
    assert len(_colours(ours)) > 20
    assert ours == qts


def test_a_part_that_is_painted_anew_looks_as_the_whole(qtbot: QtBot, model: RowModel[str]) -> None:
    view = _shown(qtbot, RowView, model)
    whole = _image(view)
    for region in (QRect(50, 30, 100, 3), QRect(0, 0, 1, 1), QRect(139, 19, 5, 200), view.viewport().rect()):
        view.viewport().repaint(region)
        assert _image(view) == whole


def test_a_row_that_left_the_list_is_quiet(qtbot: QtBot, model: RowModel[str]) -> None:
    view = _shown(qtbot, RowView, model)
    quiet = quiet_text(QGuiApplication.palette()).name()
    assert quiet in _colours(_row_image(view, 0))
    assert quiet not in _colours(_row_image(view, 3))


def test_the_row_of_the_keyboard_has_a_line_around_it_and_no_box_in_a_cell(qtbot: QtBot, model: RowModel[str]) -> None:
    view = _shown(qtbot, RowView, model)
    before = _row_image(view, 3)
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    view.selectionModel().setCurrentIndex(model.index(3, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    after = _row_image(view, 3)
    changed = {
        y for y in range(after.height()) for x in range(after.width()) if after.pixel(x, y) != before.pixel(x, y)
    }
    assert changed == {0, after.height() - 1}
    assert view.palette().color(QPalette.ColorRole.Text).name() in _colours(after)


def test_the_first_of_a_group_is_bold_below_a_line_and_the_others_are_quiet(qtbot: QtBot, model: RowModel[str]) -> None:
    view = _shown(qtbot, RowView, model)
    before = [_row_image(view, row) for row in range(5)]
    view.group_by(_KIND)
    left, width = view.columnViewportPosition(_KIND), view.columnWidth(_KIND)
    cell = QRect(left, 1, width, before[0].height() - 1)
    quiet = quiet_text(QGuiApplication.palette()).name()
    for row, begins in enumerate((True, False, True, True), start=1):
        after = _row_image(view, row)
        assert view.begins_group(row) is begins
        assert (quiet in _colours(after.copy(cell))) is (not begins)
        assert after.copy(cell) != before[row].copy(cell)
        line = {after.pixelColor(x, 0).name() for x in range(left + width)}
        assert (line == {quiet}) is begins
