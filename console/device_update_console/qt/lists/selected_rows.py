"""What is selected in a list of which only a part is known: items stay selected, wherever a refresh puts their rows.

Qt selects rows by their numbers. What stands at a number may be forgotten while nobody looks at it, and another item
may stand there after a refresh; nothing is ever meant but what was seen, or read as what lies between.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, QSignalBlocker, Signal

from device_update_console.core.lists.row_changes import Row
from device_update_console.core.lists.rows_between import MOST_SELECTED, Stretch
from device_update_console.qt.background import Job
from device_update_console.qt.lists.live_list import LiveList
from device_update_console.qt.lists.row_model import RowModel
from device_update_console.qt.lists.row_view import RowView


class SelectedRows(QObject):
    """The selection of one view, whatever list is in it.

    Rows that are selected without having been looked at, as by Shift+click far below, are read: ``advanced`` says that
    more of them were, and ``failed`` carries why they cannot be.
    """

    advanced = Signal()
    failed = Signal(object)

    def __init__(self, view: RowView) -> None:
        super().__init__(view)
        self._view = view
        self._live: LiveList[Any] | None = None
        self._model: RowModel[Any] | None = None
        self._job: Job | None = None
        self._read = 0
        """How many rows the job has read."""
        self._gave_up = False
        self._chosen: dict[int, Row[Any]] = {}
        """The selected rows as they were last seen, by their numbers."""
        self._sought: dict[str, bool] = {}
        """Ids of items that were selected before a refresh, and whether one is where the keyboard was."""
        self._keyboard_row = -1
        """Where the keyboard was then."""

    def watch(self, live: LiveList[Any] | None) -> None:
        """Another list is in the view."""
        self._forget()
        self._live, model = live, None if live is None else live.model
        self._model = model
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

    @property
    def is_reading(self) -> bool:
        """Whether rows that nobody looked at are being read."""
        return self._job is not None

    @property
    def read_count(self) -> int:
        """How many of the selected rows are known so far."""
        return min(len(self._chosen) + self._read, self.count)

    def items(self) -> list[Any]:
        """The selected items that are known, in the list's order."""
        return [self._chosen[number].item for number in sorted(self._chosen)]

    def settle(self) -> None:
        """A person selected something else: note what it is; what was selected before a refresh is meant no longer."""
        if self._model is None:
            return
        self._sought = {}
        self._stop_reading()
        numbers = list(self._view.selected_rows(MOST_SELECTED))
        known = ((number, self._model.row(number) or self._chosen.get(number)) for number in numbers)
        self._chosen = {number: row for number, row in known if row is not None}
        self.read_between()

    def read_between(self) -> None:
        """Read what is selected and was not looked at, once the row that the keyboard is on is there.

        A list that is selected whole is meant by its filter; of more rows than one request may name nothing is read.
        """
        if self._live is None or self._model is None or self._job is not None or self._gave_up:
            return
        if not len(self._chosen) < self.count <= MOST_SELECTED or self.is_all:
            return
        if self._model.row(self._view.currentIndex().row()) is None:
            return
        stretch = self._unread_stretch()
        self._job = self._live.read_between(
            stretch, self._advance, lambda rows: self._take(stretch, rows), self._give_up
        )
        self.advanced.emit()

    def retry(self) -> None:
        """Read again what could not be read."""
        self._gave_up = False
        self.read_between()

    def _unread_stretch(self) -> Stretch:
        """The first rows that are selected and not known."""
        unread = (number for number in self._view.selected_rows(MOST_SELECTED) if number not in self._chosen)
        first = last = next(unread)
        for number in unread:
            if number != last + 1:
                break
            last = number
        return Stretch(first, last, {number: row.item_id for number, row in self._chosen.items()})

    def _advance(self, count: int) -> None:
        if self._job is not None:
            self._read = count
            self.advanced.emit()

    def _take(self, stretch: Stretch, rows: list[Row[Any]]) -> None:
        self._stop_reading()
        for number, row in enumerate(rows, stretch.first):
            self._chosen.setdefault(number, row)
        self.read_between()
        self.advanced.emit()

    def _give_up(self, failure: Exception) -> None:
        self._stop_reading()
        self._gave_up = True
        self.failed.emit(failure)

    def _stop_reading(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job, self._read, self._gave_up = None, 0, False

    def _forget(self) -> None:
        self._stop_reading()
        self._chosen, self._sought = {}, {}

    def _about_to_refresh(self) -> None:
        self._stop_reading()
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
        self._choose_between(first, last)
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

    def _choose_between(self, first: int, last: int) -> None:
        """What was selected before it came is meant as it comes; a list that is selected whole is meant by its filter.

        After a refresh it is not: what stands there may be anything.
        """
        if self._model is None or self._sought or self.is_all or self.count > MOST_SELECTED:
            return
        for begin, end in self._view.selected_row_ranges():
            for number in range(max(first, begin), min(last, end) + 1):
                row = self._model.row(number)
                if row is not None:
                    self._chosen.setdefault(number, row)
        self.read_between()

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
