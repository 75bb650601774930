"""The property sheets that are open beside a window: one for each thing, found again when it is asked for again."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt

from device_update_console.qt.sheets.property_sheet import PropertySheet


class OpenSheets:
    """Keeps them while they are open; they close with their window."""

    def __init__(self) -> None:
        self._sheets: dict[Hashable, PropertySheet] = {}

    def show(self, key: Hashable, make: Callable[[], PropertySheet]) -> PropertySheet:
        """The sheet that is called so, brought to the front; made when there is none yet."""
        sheet = self._sheets.get(key)
        if sheet is None:
            sheet = self._sheets[key] = make()
            sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            sheet.finished.connect(lambda _: self._sheets.pop(key, None))
            sheet.show()
        sheet.raise_()
        sheet.activateWindow()
        return sheet

    def open_sheets(self) -> list[PropertySheet]:
        """Those that are open, the oldest first."""
        return list(self._sheets.values())

    def close_of(self, origin: str) -> None:
        """Close those of a server that is taken out of the window: its address is part of their keys."""
        for key, sheet in list(self._sheets.items()):
            if isinstance(key, tuple) and origin in key:
                sheet.stop()
                sheet.close()

    def close_all(self) -> None:
        """Close them without saving; what is being sent is stopped."""
        for sheet in self.open_sheets():
            sheet.stop()
            sheet.close()
