"""Asking what of a list is exported, in which form, and to which file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.lists.export import ExportFormat
from device_update_console.core.lists.export_form import in_form, path_advice
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import quiet_text
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.widgets.painted_label import PaintedLabel


class ExportDialog(QDialog):
    """``everything`` and ``selected`` say how much there is; without ``selected`` it is everything."""

    def __init__(self, everything: str, selected: str, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Export List"))
        self.setWindowIcon(icon("export"))
        self.all_rows = QRadioButton(text("&All: {items}", items=everything))
        self.selected_rows = QRadioButton(text("&Selected: {items}", items=selected))
        self.selected_rows.setEnabled(bool(selected))
        self.csv = QRadioButton(text("&CSV, for a spreadsheet"))
        self.json = QRadioButton(text("&JSON, for a program: every field as the service gives it"))
        self.shown_columns = QRadioButton(text("The columns that are s&hown"))
        self.all_columns = QRadioButton(text("All c&olumns"))
        self._groups: list[QButtonGroup] = []
        layout = QVBoxLayout(self)
        for title, buttons in (
            (text("Which Rows"), (self.all_rows, self.selected_rows)),
            (text("Form"), (self.csv, self.json)),
            (text("Columns"), (self.shown_columns, self.all_columns)),
        ):
            layout.addWidget(self._choice(title, buttons))
        self.path_field = QLineEdit(str(path))
        self.path_field.setMinimumWidth(380)
        self.browse = QPushButton(text("&Browse..."))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        label = QLabel(text("&File:"))
        label.setBuddy(self.path_field)
        line = QHBoxLayout()
        for widget in (label, self.path_field, self.browse):
            line.addWidget(widget)
        layout.addLayout(line)
        self.advice = PaintedLabel("", quiet_text)
        layout.addWidget(self.advice)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = self.buttons.addButton(text("&Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        self.export.setDefault(True)
        self.csv.toggled.connect(self._form_chosen)
        self.path_field.textChanged.connect(lambda _: self._judge())
        self._judge()

    @property
    def form(self) -> ExportFormat:
        """The chosen format."""
        return ExportFormat.CSV if self.csv.isChecked() else ExportFormat.JSON

    @property
    def path(self) -> Path:
        """Where it goes."""
        return Path(self.path_field.text().strip())

    def _choice(self, title: str, buttons: tuple[QRadioButton, ...]) -> QGroupBox:
        box = QGroupBox(title)
        column = QVBoxLayout(box)
        group = QButtonGroup(self)
        for button in buttons:
            column.addWidget(button)
            group.addButton(button)
        buttons[0].setChecked(True)
        self._groups.append(group)
        return box

    def _form_chosen(self) -> None:
        for button in (self.shown_columns, self.all_columns):
            button.setEnabled(self.form is ExportFormat.CSV)
        self.path_field.setText(str(in_form(self.path, self.form)))

    def _judge(self) -> None:
        advice = path_advice(self.path_field.text())
        self.advice.setText(advice.sentence)
        self.export.setEnabled(advice.fits)

    def _browse(self) -> None:
        dialog = QFileDialog(self, text("Export List"), str(self.path))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(self.form.value)
        dialog.fileSelected.connect(self.path_field.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
