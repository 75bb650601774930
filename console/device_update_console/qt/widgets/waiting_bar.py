"""A thin bar that moves while something is waited for whose end is not known."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from device_update_console.core.texts.language import text


class WaitingBar(QProgressBar):
    """It keeps its place while it is hidden, so that nothing moves when it comes and goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(text("Please wait"))
        self.setRange(0, 0)
        self.setTextVisible(False)
        self.setFixedHeight(6)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()
