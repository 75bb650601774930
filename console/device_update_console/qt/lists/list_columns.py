"""The headings of a list: which columns stand where, how wide, and by which of them the list is sorted and grouped."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal

from device_update_console.core.lists.definition import Column, ListDefinition
from device_update_console.core.lists.layout import ColumnChoice, Layout, fitting_layout
from device_update_console.core.texts.language import SHIPPED, spoken, text
from device_update_console.core.window.remembered import RememberedColumn, RememberedList
from device_update_console.qt.lists.row_view import RowView

_ICON = 20
_ARROW = 24
"""Pixels beside a title, for the arrow of the sorted column and a little air."""
_AIR = 6
_LONGER_WORDS = 1.3
"""Widths are expected of English words, and other languages have longer ones."""


class ListColumns(QObject):
    """The columns of one view, whatever list is in it.

    Sections of the header are places in the definition's columns. A column that nobody made wider or narrower is as
    wide as the first rows need, but no wider than is expected of them.
    """

    arranged = Signal()
    """A person moved, sized, showed or hid a column."""
    sorted = Signal()
    """A person chose another sort; see `sort`."""

    def __init__(self, view: RowView) -> None:
        super().__init__(view)
        self._view = view
        self._header = view.horizontalHeader()
        self._columns: tuple[Column[Any], ...] = ()
        self._widths: dict[str, int] = {}
        """Of the columns that a person gave one."""
        self._fitted = False
        self._laying_out = False
        self.chosen: str | None = None
        """The sort that a person chose; None: the list's own, or where it is searched, how well items match."""
        self._default = ""
        self._best_first = False
        self._grouped = False
        self._header.sectionResized.connect(self._resized)
        self._header.sectionMoved.connect(lambda *_: self._tell_arranged())
        self._header.sortIndicatorChanged.connect(self._sort_chosen)

    def show(self, definition: ListDefinition[Any], left: RememberedList) -> None:
        """The columns of another list, as they were left; the view has its model already."""
        self._columns, self._default = definition.columns, definition.default_sort
        fields = {column.sort for column in self._columns if column.sort is not None}
        self.chosen = left.sort if left.sort and left.sort.removeprefix("-") in fields else None
        self._grouped = left.grouped
        self._best_first = self._fitted = False
        self.arrange(fitting_layout(self._columns, left.columns))
        self._show_sort()

    def arrange(self, layout: Layout) -> None:
        """Let the columns stand as a layout says."""
        self._laying_out = True
        sections = {column.key: section for section, column in enumerate(self._columns)}
        self._widths = {each.key: each.width for each in layout if each.width is not None}
        for place, each in enumerate(layout):
            section = sections[each.key]
            self._header.moveSection(self._header.visualIndex(section), place)
            self._header.setSectionHidden(section, not each.shown)
            self._header.resizeSection(section, self._widths.get(each.key) or max(self._expected(section)))
        self._laying_out = False
        if self._fitted:
            self._fitted = False
            self.fit()

    def layout(self) -> Layout:
        """How the columns stand now."""
        sections = [self._header.logicalIndex(place) for place in range(len(self._columns))]
        return tuple(
            RememberedColumn(
                key=self._columns[section].key,
                width=self._widths.get(self._columns[section].key),
                shown=not self._header.isSectionHidden(section),
            )
            for section in sections
        )

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """All columns, by their sections."""
        return self._columns

    def shown(self) -> list[Column[Any]]:
        """The columns that are shown, in their order."""
        sections = [self._header.logicalIndex(place) for place in range(len(self._columns))]
        return [self._columns[section] for section in sections if not self._header.isSectionHidden(section)]

    def choose(self, choice: ColumnChoice) -> None:
        """Take what was chosen in the dialog."""
        self.arrange(choice.layout(self.layout()))
        self.arranged.emit()

    def show_column(self, section: int, *, shown: bool) -> None:
        """Show or hide one; the last one stays."""
        if shown or len(self.shown()) > 1:
            self._header.setSectionHidden(section, not shown)
            self._tell_arranged()
            self._fitted = False
            self.fit()

    def fit(self) -> None:
        """Make columns that nobody gave a width as wide as the first rows need; once for a list."""
        if self._fitted or not self._columns:
            return
        self._fitted = self._laying_out = True
        for section, column in enumerate(self._columns):
            if column.key not in self._widths and not self._header.isSectionHidden(section):
                title, expected = self._expected(section)
                needed = self._view.sizeHintForColumn(section) + _AIR
                self._header.resizeSection(section, max(title, min(needed, expected)))
        self._laying_out = False

    def size_to_fit(self) -> None:
        """Make every column that is shown as wide as what is seen in it."""
        for section in range(len(self._columns)):
            if not self._header.isSectionHidden(section):
                title, _ = self._expected(section)
                self._header.resizeSection(section, max(title, self._view.sizeHintForColumn(section) + _AIR))

    # Sorting and grouping

    @property
    def sort(self) -> str:
        """The field that the list is sorted by, with ``-`` before it for descending; empty: by how well items match."""
        return "" if self._best_first else self.chosen or self._default

    def show_best_first(self, *, so: bool) -> None:
        """The list stands in the order of how well items match, or no longer."""
        if so != self._best_first:
            self._best_first = so
            self._show_sort()

    @property
    def grouped_section(self) -> int:
        """The section whose values rows are grouped by; -1 for none."""
        return self._sorted_section() if self._grouped else -1

    def sort_by(self, section: int) -> None:
        """Sort by a column; by the one that it is sorted by already, the other way."""
        if self._columns[section].sort is not None:
            down = section == self._sorted_section() and not self.sort.startswith("-")
            self._choose_sort(section, descending=down)

    def group_by(self, section: int, *, grouped: bool) -> None:
        """Let rows with one value in a column stand together under it, or no longer."""
        if self._columns[section].sort is not None:
            self._grouped = grouped
            if section != self._sorted_section():
                self._choose_sort(section, descending=False, grouped=grouped)
            else:
                self._show_sort()
                self.arranged.emit()

    def _choose_sort(self, section: int, *, descending: bool, grouped: bool | None = None) -> None:
        field = self._columns[section].sort
        same_column = section == self._sorted_section()
        self._grouped = (self._grouped and same_column) if grouped is None else grouped
        self._best_first = False
        self.chosen = f"-{field}" if descending else str(field)
        self._show_sort()
        self.sorted.emit()

    def _sort_chosen(self, section: int, order: Qt.SortOrder) -> None:
        """A title was clicked."""
        if not 0 <= section < len(self._columns):
            return
        field = self._columns[section].sort
        descending = order is Qt.SortOrder.DescendingOrder
        if field is None or self.sort == (f"-{field}" if descending else field):
            self._show_sort()
        else:
            self._choose_sort(section, descending=descending)

    def _sorted_section(self) -> int:
        field = self.sort.removeprefix("-")
        return next((n for n, column in enumerate(self._columns) if column.sort == field), -1)

    def _show_sort(self) -> None:
        """Put the arrow at the column that the list is sorted by."""
        order = Qt.SortOrder.DescendingOrder if self.sort.startswith("-") else Qt.SortOrder.AscendingOrder
        blocked = QSignalBlocker(self._header)
        self._header.setSortIndicator(self._sorted_section(), order)
        blocked.unblock()
        self._header.viewport().update()
        self._view.group_by(self.grouped_section)

    # Widths

    def _resized(self, section: int, before: int, now: int) -> None:
        if not self._laying_out and before and now and section < len(self._columns):
            self._widths[self._columns[section].key] = now
            self.arranged.emit()

    def _tell_arranged(self) -> None:
        if not self._laying_out:
            self.arranged.emit()

    def _expected(self, section: int) -> tuple[int, int]:
        """In pixels, what a column's title needs, and what is expected of its texts."""
        column, metrics = self._columns[section], self._view.fontMetrics()
        character = metrics.horizontalAdvance("0123456789-ABCDEF:") / 18  # most columns hold numbers and addresses
        icon = _ICON if section == 0 else 0
        room = 1.0 if spoken().code == SHIPPED[0] else _LONGER_WORDS
        expected = int((column.width_hint + 2) * character * room) + icon
        return metrics.horizontalAdvance(text(column.title)) + _ARROW, expected
