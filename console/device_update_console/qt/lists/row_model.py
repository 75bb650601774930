"""A list of up to millions of rows as Qt sees it: a mirror of the core's `PagedRows`, kept in the window's thread.

Rows never move: a change replaces a row where it is. Which rows there are, and how they are fetched, is the core's;
which of them are looked at, is the list pane's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon

from device_update_console.core.lists.definition import Align, Column
from device_update_console.core.lists.row_changes import (
    ListStatus,
    Row,
    RowsBegun,
    RowsChange,
    RowsCounted,
    RowsForgotten,
    RowsKnown,
)
from device_update_console.core.texts.language import marked, text
from device_update_console.qt.lists.forgotten_rows import ForgottenRows
from device_update_console.qt.widgets.appearance import ALIGN_LEFT, ALIGN_RIGHT, quiet_text

Item = TypeVar("Item")

BESIDE = "\N{EN SPACE}"
"""After what stands on the right, so that it does not touch what stands on the left beside it."""
NOT_YET = "\N{HORIZONTAL ELLIPSIS}"
STALE_TIP = marked("No longer in this list; it goes at the next Refresh.")

_INVALID = QModelIndex()
_OF_A_CELL = (
    Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)
"""Made once: Qt asks for the flags of each selected cell when a screen reader wants to know how many there are."""
_Index = QModelIndex | QPersistentModelIndex
_DISPLAY, _DECORATION = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.DecorationRole)
_ALIGNMENT, _FOREGROUND = int(Qt.ItemDataRole.TextAlignmentRole), int(Qt.ItemDataRole.ForegroundRole)
_TOLD = frozenset({int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleDescriptionRole)})
"""What is said of a row beside its texts."""


class RowModel(QAbstractTableModel, Generic[Item]):
    """The rows of one list; `take` is given what `PagedRows` told, change after change."""

    status_changed = Signal()
    about_to_refresh = Signal()
    """The same list is about to be read anew: rows stay where they are, but what stands in them may be another item."""
    rows_known = Signal(int, int)
    """First and last row that came, or changed."""

    def __init__(
        self, columns: Sequence[Column[Item]], item_icon: Callable[[Item], QIcon | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.status = ListStatus()
        self._item_icon = item_icon
        self._count = 0
        self._rows: dict[int, Row[Item]] = {}
        self._forgotten = ForgottenRows(self)

    def row(self, number: int) -> Row[Item] | None:
        """A row, while it is known."""
        return self._rows.get(number)

    def known(self) -> Mapping[int, Row[Item]]:
        """All rows that are known, by their number."""
        return self._rows

    def cell_text(self, row: Row[Item] | None, column: int) -> str:
        """What stands in a cell of a row of this list."""
        if row is None:
            return NOT_YET if column == 0 else ""
        return self.columns[column].text(row.item)

    def cell_icon(self, row: Row[Item] | None, column: int) -> QIcon | None:
        """The icon in a cell: the first one of a row that is known has one."""
        return self._item_icon(row.item) if row is not None and column == 0 else None

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """The side on which the texts of a column stand."""
        return ALIGN_RIGHT if self.columns[column].align is Align.RIGHT else ALIGN_LEFT

    def take(self, change: RowsChange[Item]) -> None:
        """Become what a change says."""
        match change:
            case RowsBegun(count, same_list=True):
                self.about_to_refresh.emit()
                self._forget(list(self._rows))
                self._become(count)
                if count:
                    self.dataChanged.emit(self.index(0, 0), self.index(count - 1, len(self.columns) - 1))
            case RowsBegun(count):
                self.beginResetModel()
                self._count = count
                self._forget(list(self._rows))
                self.endResetModel()
            case RowsCounted(count):
                self._become(count)
            case RowsKnown(first, rows):
                self._know(first, rows)
            case RowsForgotten(first, end):
                self._forget(range(first, end))
            case _:
                self.status = change.status
                self.status_changed.emit()

    def _become(self, count: int) -> None:
        if count > self._count:
            self.beginInsertRows(_INVALID, self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(_INVALID, count, self._count - 1)
            self._forget([number for number in self._rows if number >= count])
            self._count = count
            self.endRemoveRows()

    def _forget(self, numbers: Iterable[int]) -> None:
        self._forgotten.take(self._rows.pop(number) for number in numbers if number in self._rows)

    def _know(self, first: int, rows: Sequence[Row[Item]]) -> None:
        last = min(first + len(rows), self._count) - 1
        if last < first:
            return
        self._rows.update(zip(range(first, last + 1), rows, strict=False))
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
        self.rows_known.emit(first, last)

    # Qt's interface

    def rowCount(self, parent: _Index = _INVALID) -> int:
        """Override QAbstractItemModel::rowCount."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: _Index = _INVALID) -> int:
        """Override QAbstractItemModel::columnCount."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Override QAbstractItemModel::flags: the view says whether rows are dragged."""
        return _OF_A_CELL if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: _Index, role: int = _DISPLAY) -> Any:
        """Override QAbstractItemModel::data: cheap, and never an exception."""
        column = index.column()
        if not index.isValid() or column >= len(self.columns):
            return None
        if role == _ALIGNMENT:
            return self.alignment(column)
        row = self._rows.get(index.row())
        if role == _DISPLAY:
            return self.cell_text(row, column) if row is not None or column == 0 else None
        if role == _DECORATION:
            return self.cell_icon(row, column)
        return _told_of_stale(role) if row is not None and row.stale else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Override QAbstractItemModel::headerData: titles above, nothing at the side."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == _DISPLAY:
            return text(self.columns[section].title) + (BESIDE if self.columns[section].align is Align.RIGHT else "")
        return self.alignment(section) if role == _ALIGNMENT else None


def _told_of_stale(role: int) -> Any:
    if role == _FOREGROUND:
        return quiet_text(QGuiApplication.palette())
    return text(STALE_TIP) if role in _TOLD else None
