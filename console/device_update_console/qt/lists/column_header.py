"""The titles of a list, with the arrow of the sort as Windows shows it: up where it ascends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget

_ARROWS = QStyleOptionHeader.SortIndicator
_TURNED = {_ARROWS.SortUp: _ARROWS.SortDown, _ARROWS.SortDown: _ARROWS.SortUp}
_FUSION = "fusion"
"""The style whose arrow points the other way round; those of Windows and macOS are right."""


class ColumnHeader(QHeaderView):
    """Of one view; its sections can be clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)

    # Qt's interface

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        """Override QHeaderView::initStyleOptionForIndex: called for each title that is painted."""
        super().initStyleOptionForIndex(option, section)
        if option.sortIndicator in _TURNED and self.style().name() == _FUSION:
            option.sortIndicator = _TURNED[option.sortIndicator]
