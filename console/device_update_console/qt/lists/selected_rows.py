"""What is selected in a list of which only a part is known: items stay selected, wherever a refresh puts their rows.

Qt selects rows by their numbers. What stands at a number may be forgotten while nobody looks at it, and another item
may stand there after a refresh; nothing is ever meant that nobody saw.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, QSignalBlocker

from device_update_console.core.lists.row_changes import Row
from device_update_console.qt.lists.row_model import RowModel
from device_update_console.qt.lists.row_view import RowView

MOST_NAMED = 10_000
"""So many items one request may name."""


class SelectedRows(QObject):
    """The selection of one view, whatever model is in it."""

    def __init__(self, view: RowView) -> None:
        super().__init__(view)
        self._view = view
        self._model: RowModel[Any] | None = None
        self._chosen: dict[int, Row[Any]] = {}
        """The selected rows as they were last seen, by their numbers."""
        self._sought: dict[str, bool] = {}
        """Ids of items that were selected before a refresh, and whether one is where the keyboard was."""
        self._keyboard_row = -1
        """Where the keyboard was then."""

    def watch(self, model: RowModel[Any] | None) -> None:
        """Another list is in the view."""
        self._model = model
        self._chosen, self._sought = {}, {}
        if model is not None:
            model.about_to_refresh.connect(self._about_to_refresh)
            model.modelReset.connect(self._forget)
            model.rows_known.connect(self._known)

    @property
    def count(self) -> int:
        """How many rows are selected."""
        return self._view.selected_count()

    @property
    def is_all(self) -> bool:
        """Whether the whole list is selected."""
        return self._model is not None and 0 < self._model.rowCount() == self.count

    def items(self) -> list[Any]:
        """The selected items that are known."""
        return [row.item for row in self._chosen.values()]

    def settle(self) -> None:
        """A person selected something else: note what it is; what was selected before a refresh is meant no longer."""
        if self._model is None:
            return
        self._sought = {}
        numbers = list(self._view.selected_rows(MOST_NAMED))
        known = ((number, self._model.row(number) or self._chosen.get(number)) for number in numbers)
        self._chosen = {number: row for number, row in known if row is not None}

    def _forget(self) -> None:
        self._chosen, self._sought = {}, {}

    def _about_to_refresh(self) -> None:
        if self._view.is_settling:
            self._view.forget_settling()
            self.settle()
        current = self._keyboard_row = self._view.currentIndex().row()
        one_by_one = not self.is_all or self.count == 1  # a list's only row is meant itself, not "all that match"
        chosen = self._chosen if one_by_one else {}
        self._sought = {row.item_id: number == current for number, row in chosen.items()}
        self._chosen = {}
        selection = self._view.selectionModel()
        if selection is not None:
            blocked = QSignalBlocker(selection)
            selection.clearSelection()
            blocked.unblock()

    def _known(self, first: int, last: int) -> None:
        """Rows came: take back what was selected before a refresh; a number at which another item stands is let go."""
        if self._view.is_settling:
            self.settle()
        if self._model is None or not (self._sought or self._chosen):
            return
        for number in range(first, last + 1):
            row = self._model.row(number)
            if row is None:
                continue
            if row.item_id in self._sought:
                self._select(number, is_current=self._sought.pop(row.item_id))
                self._chosen[number] = row
            elif number in self._chosen:
                self._see_again(number, row)

    def _see_again(self, number: int, row: Row[Any]) -> None:
        if self._chosen[number].item_id == row.item_id:
            self._chosen[number] = row
        else:
            del self._chosen[number]
            self._change(number, QItemSelectionModel.SelectionFlag.Deselect)

    def _select(self, number: int, *, is_current: bool) -> None:
        self._change(number, QItemSelectionModel.SelectionFlag.Select)
        selection = self._view.selectionModel()
        stays = self._view.currentIndex().row() == self._keyboard_row
        if is_current and stays and self._model is not None and selection is not None:
            column = max(self._view.currentIndex().column(), 0)
            blocked = QSignalBlocker(selection)
            selection.setCurrentIndex(self._model.index(number, column), QItemSelectionModel.SelectionFlag.NoUpdate)
            blocked.unblock()

    def _change(self, number: int, flag: QItemSelectionModel.SelectionFlag) -> None:
        """Unheard by the view, which would scroll and take it for a person's doing; it paints what is selected."""
        selection = self._view.selectionModel()
        if selection is not None and self._model is not None:
            index = self._model.index(number, 0)
            blocked = QSignalBlocker(selection)
            selection.select(QItemSelection(index, index), flag | QItemSelectionModel.SelectionFlag.Rows)
            blocked.unblock()
            self._view.viewport().update()
