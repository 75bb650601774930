"""The list in the middle: whole rows are selected, as in a list view of Windows, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAccessible, QDrag, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from device_update_console.qt.lists.column_header import ColumnHeader
from device_update_console.qt.lists.list_messages import paint_message
from device_update_console.qt.lists.row_model import BESIDE, RowModel
from device_update_console.qt.lists.row_painter import RowPainter

_Index = QModelIndex | QPersistentModelIndex

_TYPE_AHEAD_MS = 1000
_MOST_SEARCHED_ROWS = 5_000
"""Type-ahead looks at so many rows that are here, so that a long list does not hold up the keyboard."""


class RowView(QTableView):
    """``selection_settled`` comes once, after all selection changes of one turn of the event loop."""

    selection_settled = Signal()
    viewport_resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dragged: Callable[[], QMimeData | None] | None = None
        """What is dragged when somebody drags what is selected; nothing where it is None, or gives None."""
        self._message = ""
        self._titles: QItemSelectionModel | None = None
        self._group_section = -1
        self._typed = ""
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPE_AHEAD_MS)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self.selection_settled)
        self.setItemDelegate(BesideDelegate(self))  # for the room that texts need; `RowPainter` paints them
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setMinimumSectionSize(16)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.setHorizontalHeader(ColumnHeader(self))
        columns = self.horizontalHeader()
        columns.setResizeContentsPrecision(0)  # fitted to the rows in view; a thousand would take a fifth of a second
        columns.setHighlightSections(False)
        columns.setSectionsMovable(True)
        columns.setSortIndicatorShown(True)
        columns.setMinimumSectionSize(32)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    @property
    def is_settling(self) -> bool:
        """Whether the selection changed and nobody was told yet."""
        return self._settling.isActive()

    def settle(self) -> None:
        """Tell of the last changes now, not at the end of the turn: somebody is about to act on what is selected."""
        if self._settling.isActive():
            self._settling.stop()
            self.selection_settled.emit()

    def forget_settling(self) -> None:
        """Tell nobody of the last changes: whoever asks for this knows of them."""
        self._settling.stop()

    def say(self, message: str) -> None:
        """A sentence in the place of the rows while there are none."""
        if message != self._message:
            self._message = message
            self.setAccessibleDescription(message)
            self.viewport().update()

    def group_by(self, section: int) -> None:
        """Set rows apart where their value in a column is another than above; -1: in none."""
        if section != self._group_section:
            self._group_section = section
            self.viewport().update()

    @property
    def group_section(self) -> int:
        """The column that rows are grouped by; -1 for none."""
        return self._group_section

    def begins_group(self, row: int) -> bool:
        """Whether the row is the first of its group, as far as the one above is known."""
        model = self.model()
        if model is None or row == 0:
            return True
        values = [model.index(each, self._group_section).data() for each in (row - 1, row)]
        return None not in values and values[0] != values[1]

    def selected_row_ranges(self) -> list[tuple[int, int]]:
        """First and last row of each selected range, in the list's order; cheap also when a million is selected."""
        selection = self.selectionModel()
        if selection is None:
            return []
        chosen = selection.selection()
        return sorted({(each.top(), each.bottom()) for each in map(chosen.at, range(chosen.count()))})

    def selected_rows(self, most: int) -> Iterator[int]:
        """The selected rows, but at most so many."""
        left = most
        for first, last in self.selected_row_ranges():
            yield from range(first, min(last, first + left - 1) + 1)
            left -= last - first + 1
            if left <= 0:
                return

    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(last - first + 1 for first, last in self.selected_row_ranges())

    # Qt's interface

    def event(self, event: QEvent) -> bool:
        """Override QObject::event: before Qt looks whether a key is a shortcut, its verb is about what is selected."""
        if event.type() == QEvent.Type.ShortcutOverride:
            self.settle()
        return super().event(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Override QAbstractItemView::startDrag: rows are not asked one by one for what is dragged."""
        self.settle()
        data = None if self.dragged is None else self.dragged()
        if data is not None:
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.CopyAction)

    def setSelectionModel(self, selection: QItemSelectionModel) -> None:
        """Override QTableView::setSelectionModel: the titles get a selection of their own, in which nothing is.

        Each time that they are painted they would ask every row whether it is selected: seconds for a million rows.
        """
        super().setSelectionModel(selection)
        before, self._titles = self._titles, QItemSelectionModel(selection.model(), self)
        self.horizontalHeader().setSelectionModel(self._titles)
        if before is not None:
            before.deleteLater()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Override QTableView::selectionChanged: for a screen reader Qt names all cells, and tells it of the first.

        With a long list that takes minutes, so that it gets nothing but the first; what changed is painted here.
        """
        if QAccessible.isActive():
            super().selectionChanged(_first_cell(selected), _first_cell(deselected))
            self.viewport().update()
        else:
            super().selectionChanged(selected, deselected)
        if not self._settling.isActive():
            self._settling.start()

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Override QAbstractItemView::currentChanged: verbs on a column are about another one."""
        super().currentChanged(current, previous)
        if current.column() != previous.column():
            self._settling.start()

    def dataChanged(self, first: _Index, last: _Index, roles: Sequence[int] = ()) -> None:
        """Override QAbstractItemView::dataChanged: the row below may begin a group now."""
        super().dataChanged(first, last, roles)
        if self._group_section >= 0:
            self.viewport().update()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Override QTableView::moveCursor: Home and End go to the first and the last row, as in Windows."""
        model, actions = self.model(), QAbstractItemView.CursorAction
        if model is None or action not in {actions.MoveHome, actions.MoveEnd}:
            return super().moveCursor(action, modifiers)
        row = 0 if action is actions.MoveHome else model.rowCount() - 1
        return model.index(row, max(self.currentIndex().column(), self._first_column()))

    def keyboardSearch(self, search: str) -> None:
        """Override QAbstractItemView::keyboardSearch: the next row that is here and begins with what is typed."""
        model, current = self.model(), self.currentIndex()
        if model is None or model.rowCount() == 0:
            return
        self._typed = self._typed + search if self._typing.isActive() else search
        self._typing.start()
        repeated = len(set(self._typed.casefold())) == 1
        sought = (self._typed[0] if repeated else self._typed).casefold()
        count, column = model.rowCount(), max(current.column(), self._first_column())
        start = (current.row() + (1 if repeated else 0)) if current.isValid() else 0
        for step in range(min(count, _MOST_SEARCHED_ROWS)):
            index = model.index((start + step) % count, column)
            if str(index.data() or "").casefold().startswith(sought):
                self.setCurrentIndex(index)
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTableView::resizeEvent."""
        super().resizeEvent(event)
        self.viewport_resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QTableView::paintEvent: the rows, or where there are none, a sentence."""
        model = self.model()
        if isinstance(model, RowModel) and model.rowCount():
            RowPainter(self, model, event.region()).paint()
        elif self._message:
            paint_message(self, self._message)

    def _first_column(self) -> int:
        return max(self.horizontalHeader().logicalIndex(0), 0)


def _first_cell(selection: QItemSelection) -> QItemSelection:
    if selection.isEmpty():
        return selection
    first = selection.at(0).topLeft()
    return QItemSelection(first, first)


class BesideDelegate(QStyledItemDelegate):
    """What stands on the right does not touch what stands on the left beside it."""

    # Qt's interface

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        """Override QStyledItemDelegate::initStyleOption."""
        super().initStyleOption(option, index)
        if option.displayAlignment & Qt.AlignmentFlag.AlignRight:
            option.text += BESIDE
