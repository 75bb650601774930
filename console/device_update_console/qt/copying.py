"""What is copied to the clipboard: rows for a spreadsheet, a device for a ticket."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from device_update_console.core.details import device_summary
from device_update_console.core.table_text import tab_separated
from device_update_console.qt.list_pane import ListPane


def copy_rows(pane: ListPane) -> None:
    """The selected rows with their headings, in the columns that are shown and in their order."""
    header, definition = pane.view.horizontalHeader(), pane.definition
    if definition is not None:
        sections = [header.logicalIndex(place) for place in range(header.count())]
        columns = [definition.columns[section] for section in sections if not header.isSectionHidden(section)]
        QGuiApplication.clipboard().setText(tab_separated(columns, pane.selected_items()))


def copy_summary(pane: ListPane) -> None:
    """The selected device in six lines."""
    items = pane.selected_items()
    if len(items) == 1:
        QGuiApplication.clipboard().setText("\n".join(device_summary(items[0])))
