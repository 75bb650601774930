"""What a log tells of its device, in two columns above its content."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from device_update_console.core.sheets.details_form import Fact, details
from device_update_console.qt.widgets.copyable_text import CopyableText

_COLUMNS = 2


class LogFactsGrid(QWidget):
    """Facts with their labels; it takes no room while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._shown: tuple[tuple[str, str], ...] = ()
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(2 * column + 1, 1)
        self.hide()

    @property
    def told(self) -> dict[str, str]:
        """The facts that are shown, by label."""
        return dict(self._shown)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show facts instead of those before, down one column and then the other."""
        rows = details("", *facts).rows
        if rows == self._shown:
            return
        self._clear()
        self._shown = rows
        height = -(-len(rows) // _COLUMNS)
        for place, (label, value) in enumerate(rows):
            column, row = divmod(place, height)
            title = QLabel(f"{label}:")
            title.setTextFormat(Qt.TextFormat.PlainText)
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(title, row, 2 * column)
            self._grid.addWidget(CopyableText(value, label), row, 2 * column + 1, Qt.AlignmentFlag.AlignTop)
        self.setVisible(bool(rows))

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
