"""A short table of texts within a dialog: rows are selected whole and copied with their headings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from device_update_console.qt.lists.list_messages import paint_message
from device_update_console.qt.lists.row_model import BESIDE
from device_update_console.qt.lists.row_view import BesideDelegate
from device_update_console.qt.widgets.appearance import ALIGN_LEFT, ALIGN_RIGHT


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
            mode = QHeaderView.ResizeMode.Stretch if column == stretched else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these and no others."""
        self.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(self._alignment(column))
                item.setToolTip(text)
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

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return ALIGN_RIGHT if column in self._right else ALIGN_LEFT

    # Qt's interface

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QTableView::paintEvent: the sentence, where there are no rows."""
        super().paintEvent(event)
        if self._message and self.rowCount() == 0:
            paint_message(self, self._message)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent: what is copied has all columns."""
        if event.matches(QKeySequence.StandardKey.Copy):
            lines = [self._titles, *(self.row_texts(number) for number in self.selected_rows())]
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))
            event.accept()
        else:
            super().keyPressEvent(event)
