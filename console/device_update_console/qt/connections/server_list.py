"""The servers of the console, one line each: name, address, state, version and account."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.connection_texts import state_text
from device_update_console.core.texts.language import text
from device_update_console.core.window.server_titles import distinct_titles
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.widgets.icons import icon
from device_update_console.qt.window.scope_pane import state_icon

_WIDTHS = (160, 200, 230, 70)


class ServerList(QTreeWidget):
    """It follows the servers; ``server_opened`` carries the origin of one that a person chose."""

    server_opened = Signal(str)
    rename_wanted = Signal(str)
    """F2 on a server."""
    removal_wanted = Signal(str)
    """Del on a server."""

    def __init__(self, servers: Servers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._servers = servers
        self._origins: list[str] = []
        self.setHeaderLabels([text("Name"), text("Address"), text("State"), text("Version"), text("Account")])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(text("Servers"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self._nothing = QLabel(
            text("There is no server yet. Connect to Server is in the Action menu."), self.viewport()
        )
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        over = QVBoxLayout(self.viewport())
        over.addWidget(self._nothing)
        self.itemActivated.connect(self._activated)
        for signal in (servers.came, servers.went, servers.changed):
            signal.connect(self._show)
        self._show()

    def _show(self) -> None:
        """Show the servers as they are now; the chosen one stays chosen."""
        chosen = self.currentItem()
        before = self._origins[self.indexOfTopLevelItem(chosen)] if chosen is not None else ""
        shown = list(self._servers)
        titles = distinct_titles(session.naming for session in shown)
        self._origins = [session.address.origin for session in shown]
        while self.topLevelItemCount() > len(shown):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(shown):
            self.addTopLevelItem(QTreeWidgetItem())
        for place, session in enumerate(shown):
            item = self.topLevelItem(place)
            if item is not None:
                _fill(item, session, titles[session.address.origin])
            if item is not None and self._origins[place] == before:
                self.setCurrentItem(item)
        self._nothing.setVisible(not shown)

    def origin_of(self, item: QTreeWidgetItem | None) -> str | None:
        """The server of a line."""
        return None if item is None else self._origins[self.indexOfTopLevelItem(item)]

    def _activated(self, item: QTreeWidgetItem) -> None:
        self.server_opened.emit(self.origin_of(item))

    # Qt's interface

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QAbstractItemView::keyPressEvent: the keys of the verbs that the tree has for a server."""
        wanted = {Qt.Key.Key_F2: self.rename_wanted, Qt.Key.Key_Delete: self.removal_wanted}.get(Qt.Key(event.key()))
        origin = self.origin_of(self.currentItem())
        if wanted is None or origin is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        else:
            wanted.emit(origin)


def _fill(item: QTreeWidgetItem, session: ServerSession, title: str) -> None:
    known = session.last_connected
    connected = isinstance(session.state, Connected)
    texts = (
        title,
        session.address.origin,
        text("Connected") if connected else state_text(session.state),
        "" if known is None else known.server.version,
        "" if known is None else known.account,
    )
    for column, cell in enumerate(texts):
        if item.text(column) != cell:
            item.setText(column, cell)
            item.setToolTip(column, cell)
    item.setIcon(0, icon(state_icon(session.state)))
