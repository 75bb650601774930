"""Editing the name of an item in its row."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex

from device_update_console.qt.lists.list_columns import ListColumns
from device_update_console.qt.lists.row_model import RowModel
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.widgets.name_editor import NameEdit, NameEditor

_NAME = "name"


class RowNames:
    """Of one view, one at a time."""

    def __init__(self, view: RowView, columns: ListColumns) -> None:
        self._view = view
        self._columns = columns
        self.editor: NameEditor | None = None
        """Where a name is edited, or was at last."""

    def rename(self, model: RowModel[Any], item_id: str, edit: NameEdit) -> None:
        """Edit it in the column of names, or in the first one where that is not shown."""
        self.leave()
        shown = self._columns.shown()
        column = next((column for column in shown if column.key == _NAME), shown[0])
        section = self._columns.columns.index(column)
        seen = self._view.currentIndex().row()

        def place() -> QModelIndex:
            nonlocal seen
            row = model.row(seen)
            if row is None or row.item_id != item_id:
                found = (number for number, known in model.known().items() if known.item_id == item_id)
                seen = next(found, seen)  # while a refresh is on its way, where it stood
            return model.index(seen, section)

        self.editor = NameEditor(self._view, edit, place)

    def leave(self) -> None:
        """Close what is open; the name stays as it is."""
        editor, self.editor = self.editor, None
        if editor is not None:
            editor.leave()
