"""The middle for a node that holds nodes: what is below it, one line each; a double click opens it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from device_update_console.core.language import text
from device_update_console.qt.failure_banner import FailureBanner
from device_update_console.qt.icons import icon
from device_update_console.qt.navigation import ScopeKey

_KEY = int(Qt.ItemDataRole.UserRole)


class NodePane(QWidget):
    """``node_opened`` carries the `ScopeKey`."""

    node_opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: list[tuple[ScopeKey, str, str, str]] = []
        self.banner = FailureBanner()
        self.view = QTreeWidget()
        self.view.setHeaderLabels([text("Name"), text("Description")])
        self.view.setRootIsDecorated(False)
        self.view.setUniformRowHeights(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setIconSize(QSize(16, 16))
        self.view.setAccessibleName(text("Nodes"))
        self.view.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.view.setColumnWidth(0, 240)
        self.view.itemActivated.connect(self._activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self.view, 1)

    def show_nodes(self, nodes: list[tuple[ScopeKey, str, str, str]]) -> None:
        """Show these: key, title, picture and description."""
        if nodes == self._shown:
            return
        self._shown = nodes
        self.view.clear()
        for place, (_, title, picture, description) in enumerate(nodes):
            item = QTreeWidgetItem([title, description])
            item.setIcon(0, icon(picture))
            item.setToolTip(1, description)
            item.setData(0, _KEY, place)
            self.view.addTopLevelItem(item)

    def _activated(self, item: QTreeWidgetItem) -> None:
        self.node_opened.emit(self._shown[int(item.data(0, _KEY))][0])
