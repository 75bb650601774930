"""A short table of texts within a dialog: rows are selected whole and copied with their headings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem, QWidget

from device_update_console.core.texts.language import text
from device_update_console.qt.lists.list_messages import paint_message
from device_update_console.qt.lists.row_model import BESIDE
from device_update_console.qt.lists.row_view import BesideDelegate
from device_update_console.qt.widgets.appearance import ALIGN_LEFT, ALIGN_RIGHT
from device_update_console.qt.widgets.icons import icon

_NARROWEST = 60
"""Pixels that the stretched column keeps where there is no room left."""


class PlainTable(QTableWidget):
    """``right`` are the columns of numbers; ``stretched`` is the column that takes what is left."""

    def __init__(
        self,
        titles: Sequence[str],
        name: str,
        *,
        right: Collection[int] = (),
        stretched: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(0, len(titles), parent)
        self._message = ""
        self._right = frozenset(right)
        self._titles = tuple(titles)
        self._stretched = stretched
        self.setAccessibleName(name)
        self.setItemDelegate(BesideDelegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.row_height())
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, title in enumerate(titles):
            heading = QTableWidgetItem(title + BESIDE if column in self._right else title)
            heading.setTextAlignment(self._alignment(column))
            self.setHorizontalHeaderItem(column, heading)
            mode = QHeaderView.ResizeMode.Fixed if column == stretched else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.setInterval(0)
        self._fitting.timeout.connect(self._give_rest)
        header.sectionResized.connect(self._section_resized)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these and no others."""
        self.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, cell in enumerate(texts):
                item = QTableWidgetItem(cell)
                item.setTextAlignment(self._alignment(column))
                item.setToolTip(cell)
                self.setItem(number, column, item)

    def say(self, message: str) -> None:
        """A sentence in the place of the rows while there are none."""
        self._message = message
        self.setAccessibleDescription(message)
        self.viewport().update()

    def disable_row(self, number: int) -> None:
        """A row that cannot be chosen."""
        for column in range(self.columnCount()):
            item = self.item(number, column)
            if item is not None:
                item.setFlags(Qt.ItemFlag.NoItemFlags)

    def row_height(self) -> int:
        """In pixels."""
        return self.fontMetrics().height() + 6

    def fit_height(self, most: int) -> None:
        """As high as its rows, but no higher than so many."""
        shown = min(max(self.rowCount(), 1), most)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * self.row_height() + 4)

    def selected_rows(self) -> list[int]:
        """The selected rows, from the top."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def row_texts(self, number: int) -> list[str]:
        """The cells of a row."""
        items = [self.item(number, column) for column in range(self.columnCount())]
        return ["" if item is None else item.text() for item in items]

    def whole_width(self) -> int:
        """In pixels, so that nothing of any row is cut."""
        header = self.horizontalHeader()
        columns = range(self.columnCount())
        wide = sum(max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) for column in columns)
        return wide + 2 * self.frameWidth() + 2

    def _section_resized(self, column: int) -> None:
        """Soon, as Qt may be in the middle of several columns."""
        if column != self._stretched:
            self._fitting.start()

    def _give_rest(self) -> None:
        """Give the stretched column what the others leave; Qt would keep it as wide as it was where nothing is left."""
        header = self.horizontalHeader()
        others = header.length() - header.sectionSize(self._stretched)
        least = max(header.sectionSizeHint(self._stretched), _NARROWEST)
        header.resizeSection(self._stretched, max(self.viewport().width() - others, least))

    def _copy(self) -> None:
        """Where nothing is selected the clipboard stays as it is."""
        rows = self.selected_rows()
        if rows:
            lines = [self._titles, *(self.row_texts(number) for number in rows)]
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def _open_menu(self, place: QPoint) -> None:
        """What can be done with the rows, for whoever looks for it with the right button."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(icon("copy"), text("&Copy"), QKeySequence(QKeySequence.StandardKey.Copy), self._copy)
        copy.setEnabled(bool(self.selected_rows()))
        everything = menu.addAction(
            text("Select A&ll"), QKeySequence(QKeySequence.StandardKey.SelectAll), self.selectAll
        )
        everything.setEnabled(self.rowCount() > 0)
        menu.popup(place)

    def _keyboard_place(self) -> QPoint:
        """On the screen, in the row that the keyboard is in."""
        cell = self.visualRect(self.currentIndex()) if self.currentIndex().isValid() else QRect()
        return self.viewport().mapToGlobal(QPoint(max(cell.left(), 0) + 4, cell.center().y()))

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return ALIGN_RIGHT if column in self._right else ALIGN_LEFT

    # Qt's interface

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QTableView::resizeEvent."""
        super().resizeEvent(event)
        self._give_rest()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QTableView::paintEvent: the sentence, where there are no rows."""
        super().paintEvent(event)
        if self._message and self.rowCount() == 0:
            paint_message(self, self._message)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent: what is copied has all columns."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
            event.accept()
        elif event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._open_menu(self._keyboard_place())
            event.accept()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Override QWidget::contextMenuEvent: a right click, or the Menu key."""
        by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        self._open_menu(self._keyboard_place() if by_keyboard else event.globalPos())

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Override QTableView::moveCursor: Home and End go to the first and the last row, as in Windows."""
        actions = QAbstractItemView.CursorAction
        if action not in {actions.MoveHome, actions.MoveEnd}:
            return super().moveCursor(action, modifiers)
        row = 0 if action is actions.MoveHome else self.rowCount() - 1
        return self.model().index(row, max(self.currentColumn(), 0))
