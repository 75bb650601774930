"""What every editor of a setting can be asked."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget


class SettingEditor(QWidget):
    """Shows a setting's value and tells what is entered."""

    edited = Signal()
    """Somebody entered something; it is not told of what `show_value` shows."""
    bears_label = False
    """Whether the label stands in the editor and not before it."""

    def value(self) -> JsonValue:
        """What is entered, right or wrong."""
        raise NotImplementedError

    def show_value(self, value: JsonValue) -> None:
        """Show a value in place of what is entered."""
        raise NotImplementedError

    def buddy(self) -> QWidget:
        """What the label's mnemonic goes to."""
        raise NotImplementedError

    def introduce(self, label: str, explanation: str) -> None:
        """Say what it is to who cannot see what stands beside it."""
        self.buddy().setAccessibleName(label)
        self.buddy().setAccessibleDescription(explanation)

    def show_title(self, title: str) -> None:
        """Show the label, with its mnemonic, where the editor bears it."""

    def buttons(self) -> Sequence[QPushButton]:
        """The buttons that want a mnemonic too."""
        return ()
