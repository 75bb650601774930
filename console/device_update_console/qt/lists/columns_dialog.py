"""View > Add/Remove Columns: which columns a list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.lists.definition import Column
from device_update_console.core.lists.layout import ColumnChoice, Layout
from device_update_console.core.texts.language import text

_KEY = int(Qt.ItemDataRole.UserRole)


class ColumnsDialog(QDialog):
    """Two lists side by side, as in MMC; `choice` is what was chosen."""

    def __init__(self, columns: Sequence[Column[Any]], layout: Layout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Add/Remove Columns"))
        self._titles = {column.key: text(column.title) for column in columns}
        self.choice = ColumnChoice.of(columns, layout)
        self.available = _list()
        self.displayed = _list()
        self.add = self._button(text("&Add ->"), lambda: self._do(ColumnChoice.add, self.available))
        self.remove = self._button(text("<- &Remove"), lambda: self._do(ColumnChoice.remove, self.displayed))
        self.restore = self._button(text("Restore &Defaults"), self._restore)
        self.up = self._button(text("Move &Up"), lambda: self._move(-1))
        self.down = self._button(text("Move D&own"), lambda: self._move(1))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        grid = QGridLayout(self)
        grid.addWidget(_label(text("A&vailable columns:"), self.available), 0, 0)
        grid.addWidget(self.available, 1, 0)
        grid.addLayout(_stacked(self.add, self.remove, self.restore), 1, 1)
        grid.addWidget(_label(text("Di&splayed columns:"), self.displayed), 0, 2)
        grid.addWidget(self.displayed, 1, 2)
        grid.addLayout(_stacked(self.up, self.down), 1, 3)
        grid.addWidget(self.buttons, 2, 0, 1, 4)
        for column in (0, 2):
            grid.setColumnStretch(column, 1)
        for each in (self.available, self.displayed):
            each.itemSelectionChanged.connect(self._offer)
        self.available.itemDoubleClicked.connect(lambda _: self.add.click())
        self.displayed.itemDoubleClicked.connect(lambda _: self.remove.click())
        self._show(frozenset())
        self.available.setFocus()

    def _button(self, title: str, pressed: Callable[[], None]) -> QPushButton:
        button = QPushButton(title)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button

    def _do(self, change: Callable[[ColumnChoice, Collection[str]], ColumnChoice], chosen_in: QListWidget) -> None:
        keys = _chosen(chosen_in)
        self.choice = change(self.choice, keys)
        self._show(keys)

    def _move(self, step: int) -> None:
        keys = _chosen(self.displayed)
        self.choice = self.choice.move(keys, step)
        self._show(keys)

    def _restore(self) -> None:
        self.choice = self.choice.restore()
        self._show(frozenset())

    def _show(self, chosen: Collection[str]) -> None:
        """Fill the lists; what was chosen is so wherever it stands now."""
        for widget, keys in ((self.available, self.choice.available), (self.displayed, self.choice.shown)):
            widget.clear()
            for key in keys:
                item = QListWidgetItem(self._titles[key])
                item.setData(_KEY, key)
                widget.addItem(item)
                if key in chosen:
                    widget.setCurrentItem(item, QItemSelectionModel.SelectionFlag.Select)
        self._offer()

    def _offer(self) -> None:
        shown = _chosen(self.displayed)
        self.add.setEnabled(bool(_chosen(self.available)))
        self.remove.setEnabled(self.choice.may_remove(shown))
        self.up.setEnabled(self.choice.may_move(shown, -1))
        self.down.setEnabled(self.choice.may_move(shown, 1))

    # Qt's interface

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        return QSize(640, 420)


def _list() -> QListWidget:
    widget = QListWidget()
    widget.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    widget.setUniformItemSizes(True)
    return widget


def _label(title: str, widget: QListWidget) -> QLabel:
    label = QLabel(title)
    label.setBuddy(widget)
    widget.setAccessibleName(title.replace("&", "").removesuffix(":"))
    return label


def _stacked(*buttons: QPushButton) -> QVBoxLayout:
    layout = QVBoxLayout()
    for button in buttons:
        layout.addWidget(button)
    layout.addStretch(1)
    return layout


def _chosen(widget: QListWidget) -> frozenset[str]:
    return frozenset(str(item.data(_KEY)) for item in widget.selectedItems())
