"""Lists that are edited entry by entry: names and extensions, which are typed, and certificates, which are files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from device_update_console.core.settings.setting_fields import field_of
from device_update_console.core.settings.settings_form import item_fault
from device_update_console.core.settings.signer_certificates import SignerCertificate
from device_update_console.core.texts.language import text
from device_update_console.qt.settings.setting_editor import SettingEditor
from device_update_contract.administration.server import SettingModel

_LINES = 4
_PEM = Qt.ItemDataRole.UserRole


class _EntryLine(QLineEdit):
    """Enter adds what is typed, and does not close the dialog around it."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.text().strip():
            event.accept()
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class _List(QListWidget):
    """Some lines high; Del removes what is selected."""

    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight((self.fontMetrics().height() + 2) * _LINES + 2 * self.frameWidth() + 4)

    def remove_selected(self) -> None:
        """Take the selected entries out; the cursor stays where it was."""
        rows = sorted((self.row(item) for item in self.selectedItems()), reverse=True)
        for row in rows:
            self.takeItem(row)
        if rows:
            self.setCurrentRow(min(rows[-1], self.count() - 1))
            self.removed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent."""
        if event.key() == Qt.Key.Key_Delete and self.selectedItems():
            event.accept()
            self.remove_selected()
        else:
            super().keyPressEvent(event)


class NameList(SettingEditor):
    """A line to type into with its button, the list below it with its own.

    What is typed and not added yet counts as entered, so that OK loses nothing.
    """

    def __init__(self, setting: SettingModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = setting
        self.line = _EntryLine()
        self.line.setClearButtonEnabled(True)
        self.list = _List()
        self.add_button, self.remove_button = _button(text("Add")), _button(text("Remove"))
        grid = _grid(self)
        grid.addWidget(self.line, 0, 0)
        grid.addWidget(self.add_button, 0, 1)
        grid.addWidget(self.list, 1, 0, 2, 1)
        grid.addWidget(self.remove_button, 1, 1)
        self.line.setCompleter(self._completer())
        self.line.textChanged.connect(self._typed)
        self.line.entered.connect(self._add)
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self.list.remove_selected)
        self.list.removed.connect(self.edited)
        self.list.itemSelectionChanged.connect(self._offer)
        self._offer()

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        typed = self.line.text().strip()
        return [*self._entries(), *([typed] if typed else [])]

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        self.line.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
        self.line.clear()
        self.line.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self.list.clear()
        self.list.addItems([str(each) for each in value] if isinstance(value, list) else [])
        self._offer()

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.line

    def introduce(self, label: str, explanation: str) -> None:
        """Override SettingEditor.introduce."""
        super().introduce(text("New entry of: {label}", label=label), explanation)
        self.list.setAccessibleName(label)
        self.add_button.setAccessibleName(text("Add to: {label}", label=label))
        self.remove_button.setAccessibleName(text("Remove from: {label}", label=label))

    def buttons(self) -> Sequence[QPushButton]:
        """Override SettingEditor.buttons."""
        return (self.add_button, self.remove_button)

    def _entries(self) -> list[JsonValue]:
        return [self.list.item(row).text() for row in range(self.list.count())]

    def _typed(self) -> None:
        self._offer()
        self.edited.emit()

    def _add(self) -> None:
        typed = self.line.text().strip()
        if not typed or item_fault(self._setting, typed):
            return
        known = [str(each).lower() for each in self._entries()]
        if typed.lower() not in known:
            self.list.addItem(typed)
            self.list.scrollToBottom()
        self.line.clear()
        self.line.setFocus()

    def _offer(self) -> None:
        typed = self.line.text().strip()
        self.add_button.setEnabled(bool(typed) and not item_fault(self._setting, typed))
        self.remove_button.setEnabled(bool(self.list.selectedItems()))

    def _completer(self) -> QCompleter:
        default = self._setting.default if isinstance(self._setting.default, list) else []
        completer = QCompleter(sorted({*map(str, default), *field_of(self._setting).suggestions}), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        return completer


class CertificateList(SettingEditor):
    """Certificates by whose they are; they come from files, and are read by whoever takes the two signals."""

    file_chosen = Signal(Path)
    titles_wanted = Signal(object)
    """Certificates that are shown and whose titles are not known yet, as a list of texts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: dict[str, str] = {}
        self.list = _List()
        self.add_button, self.remove_button = _button(text("Add...")), _button(text("Remove"))
        grid = _grid(self)
        grid.addWidget(self.list, 0, 0, 3, 1)
        grid.addWidget(self.add_button, 0, 1)
        grid.addWidget(self.remove_button, 1, 1)
        self.add_button.clicked.connect(self._choose)
        self.remove_button.clicked.connect(self.list.remove_selected)
        self.list.removed.connect(self.edited)
        self.list.itemSelectionChanged.connect(self._offer)
        self._offer()

    def value(self) -> JsonValue:
        """Override SettingEditor.value."""
        return [str(self.list.item(row).data(_PEM)) for row in range(self.list.count())]

    def show_value(self, value: JsonValue) -> None:
        """Override SettingEditor.show_value."""
        self.list.clear()
        for pem in value if isinstance(value, list) else []:
            self._show(str(pem))
        self.want_titles()
        self._offer()

    def want_titles(self) -> None:
        """Ask for the titles that are not known yet."""
        shown = [str(self.list.item(row).data(_PEM)) for row in range(self.list.count())]
        unknown = [pem for pem in shown if pem not in self._titles]
        if unknown:
            self.titles_wanted.emit(unknown)

    def know_titles(self, certificates: Sequence[SignerCertificate]) -> None:
        """Say whose certificates those are that are shown."""
        self._titles.update({each.pem: each.title for each in certificates})
        for row in range(self.list.count()):
            item = self.list.item(row)
            _entitle(item, self._titles.get(str(item.data(_PEM)), item.text()))

    def add(self, certificates: Sequence[SignerCertificate]) -> None:
        """Add what a file held; what is there already stays as it is."""
        self.know_titles(certificates)
        there = self.value()
        for each in certificates:
            if isinstance(there, list) and each.pem not in there:
                self._show(each.pem)
        self.edited.emit()

    def buddy(self) -> QWidget:
        """Override SettingEditor.buddy."""
        return self.list

    def introduce(self, label: str, explanation: str) -> None:
        """Override SettingEditor.introduce."""
        super().introduce(label, explanation)
        self.add_button.setAccessibleName(text("Add to: {label}", label=label))
        self.remove_button.setAccessibleName(text("Remove from: {label}", label=label))

    def buttons(self) -> Sequence[QPushButton]:
        """Override SettingEditor.buttons."""
        return (self.add_button, self.remove_button)

    def _show(self, pem: str) -> None:
        item = QListWidgetItem()
        item.setData(_PEM, pem)
        _entitle(item, self._titles.get(pem, text("Certificate")))
        self.list.addItem(item)

    def _choose(self) -> None:
        dialog = QFileDialog(self, text("Choose Certificates"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([text("Certificates (*.pem *.crt *.cer)"), text("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, name: str) -> None:
        self.file_chosen.emit(Path(name))

    def _offer(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedItems()))


def _entitle(item: QListWidgetItem, title: str) -> None:
    item.setText(title)
    item.setToolTip(title)


def _button(title: str) -> QPushButton:
    button = QPushButton(title)
    button.setAutoDefault(False)
    return button


def _grid(editor: QWidget) -> QGridLayout:
    grid = QGridLayout(editor)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(6)
    grid.setColumnStretch(0, 1)
    grid.setRowStretch(2, 1)
    return grid
