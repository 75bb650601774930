"""A dialog of sentences: as high as they need at its width, and no higher. Qt alone guesses for a narrower one."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog


class FittedDialog(QDialog):
    """It fits when it is shown; `fit` is called when what it says changed."""

    def fit(self) -> None:
        """Be as high as the layout needs; before it is shown it has no width that could be kept."""
        if self.isVisible():
            self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            height = layout.totalHeightForWidth(self.width())
            self.resize(self.width(), height if height > 0 else layout.totalSizeHint().height())

    # Qt's interface

    def showEvent(self, event: QShowEvent) -> None:
        """Override QDialog::showEvent."""
        self._fit()
        super().showEvent(event)
