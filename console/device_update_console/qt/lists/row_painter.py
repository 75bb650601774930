"""How the rows of a list are painted: all cells in one go, each through the style.

Qt's own way asks model and delegate some ten times for each cell. Where both are Python, a window full of rows takes so
long that paging through a list stutters. Here one option is filled in anew for each cell and given to the style, which
draws it as it does for Qt: selection, hover, icons and shortened texts look as everywhere in the system.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QCursor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPen, QRegion
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from device_update_console.core.lists.row_changes import Row
from device_update_console.qt.lists.row_model import BESIDE, RowModel
from device_update_console.qt.widgets.appearance import ALIGN_RIGHT, quiet_text

if TYPE_CHECKING:
    from device_update_console.qt.lists.row_view import RowView

_TEXT: Final = QStyleOptionViewItem.ViewItemFeature.HasDisplay
_TEXT_AND_ICON: Final = _TEXT | QStyleOptionViewItem.ViewItemFeature.HasDecoration
_GROUND: Final = QStyle.PrimitiveElement.PE_PanelItemViewRow
_CELL: Final = QStyle.ControlElement.CE_ItemViewItem
_NO_ICON: Final = QIcon()


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a column stands, and how."""

    section: int
    left: int
    width: int
    alignment: Qt.AlignmentFlag
    beside: str


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a row stands, and how."""

    number: int
    row: Row[Any] | None
    top: int
    height: int
    state: QStyle.StateFlag
    begins_group: bool


class RowPainter:
    """Paints what a view shows of its model; made for one `paintEvent`, since everything may be another at the next."""

    def __init__(self, view: RowView, model: RowModel[Any], region: QRegion) -> None:
        self._view, self._model, self._region = view, model, region
        self._bounds = region.boundingRect()
        self._style = view.style()
        self._option = QStyleOptionViewItem()
        view.initViewItemOption(self._option)
        self._plain = self._option.state
        self._palette = QPalette(self._option.palette)
        self._quiet = QPalette(self._palette)
        self._quiet.setColor(QPalette.ColorRole.Text, quiet_text(QGuiApplication.palette()))

    def paint(self) -> None:
        """Paint the rows of the region column by column, and a line around the keyboard's row."""
        lines, columns = list(self._lines()), list(self._columns())
        painter = QPainter(self._view.viewport())
        for column in columns:
            if column.section == self._view.group_section:
                self._paint_groups(painter, column, lines)
            else:
                self._paint_column(painter, column, lines)
        left = min((column.left for column in columns), default=0)
        width = max((column.left + column.width for column in columns), default=0) - left
        current = self._view.currentIndex().row() if self._view.hasFocus() else -1
        for line in lines:
            if line.begins_group and line.number > 0:
                painter.fillRect(left, line.top, width, 1, self._quiet.color(QPalette.ColorRole.Text))
            if line.number == current:
                self._frame(painter, QRect(left, line.top, width, line.height))
        painter.end()

    def _lines(self) -> Iterator[_Line]:
        first, last = self._view.rowAt(self._bounds.top()), self._view.rowAt(self._bounds.bottom())
        if last < 0:
            last = self._model.rowCount() - 1
        selection, hovered = self._view.selectionModel(), self._hovered_row()
        width, group = self._view.viewport().width(), self._view.group_section
        for number in range(max(first, 0), last + 1):
            top, height = self._view.rowViewportPosition(number), self._view.rowHeight(number)
            if self._region.intersects(QRect(0, top, width, height)):
                state = self._plain
                if selection.isSelected(self._model.index(number, 0)):
                    state |= QStyle.StateFlag.State_Selected
                if number == hovered:
                    state |= QStyle.StateFlag.State_MouseOver
                begins = group >= 0 and self._view.begins_group(number)
                yield _Line(number, self._model.row(number), top, height, state, begins)

    def _columns(self) -> Iterator[_Column]:
        header = self._view.horizontalHeader()
        for section in range(len(self._model.columns)):
            left, width = self._view.columnViewportPosition(section), self._view.columnWidth(section)
            is_seen = left <= self._bounds.right() and left + width > self._bounds.left()
            if is_seen and not header.isSectionHidden(section):
                alignment = self._model.alignment(section)
                yield _Column(section, left, width, alignment, BESIDE if alignment == ALIGN_RIGHT else "")

    def _hovered_row(self) -> int:
        viewport = self._view.viewport()
        return self._view.rowAt(viewport.mapFromGlobal(QCursor.pos()).y()) if viewport.underMouse() else -1

    def _paint_groups(self, painter: QPainter, column: _Column, lines: list[_Line]) -> None:
        """The first of a group bold, the others quiet."""
        font = QFont(self._option.font)
        bold = QFont(font)
        bold.setBold(True)
        self._option.font = bold
        self._paint_column(painter, column, [line for line in lines if line.begins_group])
        self._option.font = font
        palette, self._palette = self._palette, self._quiet
        self._paint_column(painter, column, [line for line in lines if not line.begins_group])
        self._palette = palette

    def _paint_column(self, painter: QPainter, column: _Column, lines: list[_Line]) -> None:
        option, state, palette = self._option, None, None
        option.displayAlignment = column.alignment
        option.icon, option.features = _NO_ICON, _TEXT
        for line in lines:
            option.rect = QRect(column.left, line.top, column.width, line.height)
            option.text = self._model.cell_text(line.row, column.section) + column.beside
            if column.section == 0:
                self._give_icon(line.row)
            if state is not line.state:
                option.state = state = line.state
            wanted = self._quiet if line.row is not None and line.row.stale else self._palette
            if palette is not wanted:
                option.palette = palette = wanted
            if state is not self._plain:
                self._style.drawPrimitive(_GROUND, option, painter, self._view)
            self._style.drawControl(_CELL, option, painter, self._view)

    def _give_icon(self, row: Row[Any] | None) -> None:
        """An icon that is there costs the style time, whatever the features say."""
        icon = self._model.cell_icon(row, 0)
        self._option.icon, self._option.features = (_NO_ICON, _TEXT) if icon is None else (icon, _TEXT_AND_ICON)

    def _frame(self, painter: QPainter, row: QRect) -> None:
        pen = QPen(self._palette.color(QPalette.ColorRole.Text))
        pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawLine(row.topLeft(), row.topRight())
        painter.drawLine(row.bottomLeft(), row.bottomRight())
