"""A spin box for whole numbers of any size that never changes what somebody typed, right or wrong.

Qt's own ends at 2^31 and puts another number in place of one that is out of range when the cursor leaves it.
"""

from __future__ import annotations

from pydantic import JsonValue
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from device_update_console.core.settings.setting_texts import number_from_text

_DIGITS = 14
_MAX_LENGTH = 24


class WholeNumberBox(QAbstractSpinBox):
    """``value`` is the number, or the text where it is none; the arrows stay within the range."""

    edited = Signal()

    def __init__(self, minimum: int | None, maximum: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._minimum = minimum
        self._maximum = maximum
        self.lineEdit().setMaxLength(_MAX_LENGTH)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0") * _DIGITS + 30)
        # A wheel over a page that scrolls must not change what it passes over.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().textChanged.connect(self.edited)

    def value(self) -> JsonValue:
        """What is entered."""
        return number_from_text(self.lineEdit().text())

    def show_value(self, value: JsonValue) -> None:
        """Show a number, or what somebody typed instead; nothing is told."""
        shown = str(value)
        if shown != self.lineEdit().text():
            self.lineEdit().blockSignals(True)  # noqa: FBT003 -- Qt's parameter
            self.lineEdit().setText(shown)
            self.lineEdit().blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self.update()

    # Qt's interface

    def stepBy(self, steps: int) -> None:
        """Override QAbstractSpinBox::stepBy."""
        value = self.value()
        number = value if isinstance(value, int) else (self._minimum or 0)
        number += steps
        if self._minimum is not None:
            number = max(number, self._minimum)
        if self._maximum is not None:
            number = min(number, self._maximum)
        self.lineEdit().setText(str(number))
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Override QAbstractSpinBox::stepEnabled."""
        value = self.value()
        flags = QAbstractSpinBox.StepEnabledFlag
        able = flags.StepNone
        if not isinstance(value, int) or self._maximum is None or value < self._maximum:
            able |= flags.StepUpEnabled
        if not isinstance(value, int) or self._minimum is None or value > self._minimum:
            able |= flags.StepDownEnabled
        return able

    def validate(self, typed: str, position: int) -> tuple[QValidator.State, str, int]:
        """Override QAbstractSpinBox::validate: whatever is typed stays; the page says what is wrong with it."""
        return QValidator.State.Acceptable, typed, position

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Override QWidget::wheelEvent: only with the cursor in it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
