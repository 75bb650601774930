"""Asking for the name of a filter that is saved or renamed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from device_update_console.core.filters.saved_filters import LONGEST_NAME, plain_name
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel


class FilterNameDialog(QDialog):
    """``advise`` tells of a name what is wrong with it, or what else to know, and whether it can be taken."""

    def __init__(
        self,
        title: str,
        name: str,
        line: str,
        advise: Callable[[str], tuple[str, bool]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._advise = advise
        self.setWindowTitle(title)
        self.setWindowIcon(icon("saved-filter"))
        self.name_field = QLineEdit(name)
        self.name_field.setMaxLength(2 * LONGEST_NAME)
        self.name_field.selectAll()
        self.line = QLineEdit(line)
        self.line.setReadOnly(True)
        self.line.setCursorPosition(0)
        self.line.setToolTip(text("What the filter is, as it is typed: also for device-update devices."))
        form = QFormLayout()
        form.addRow(text("&Name:"), self.name_field)
        form.addRow(text("&Filter:"), self.line)
        self.advice = PaintedLabel("", quiet_text)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.advice)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(460)
        self.name_field.textChanged.connect(lambda _: self._judge())
        self._judge()

    @property
    def name(self) -> str:
        """The name that was given."""
        return plain_name(self.name_field.text())

    def _judge(self) -> None:
        sentence, fits = self._advise(self.name_field.text())
        self.advice.setText(sentence)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fits)
