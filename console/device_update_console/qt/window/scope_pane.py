"""On the left: the tree of servers and their nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QTreeView, QWidget

from device_update_console.core.connections.connection_states import Connected, Connecting, ConnectionState, Unreachable
from device_update_console.core.connections.connection_texts import state_text
from device_update_console.core.filters.saved_filters import filter_line
from device_update_console.core.texts.language import text
from device_update_console.core.window.scope_tree import NODES, NodeKind, ScopeNode, nodes_of_server
from device_update_console.core.window.server_titles import distinct_titles
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.filters.saved_filters import SavedFilters
from device_update_console.qt.widgets.name_editor import NameEdit, NameEditor
from device_update_console.qt.window.navigation import CONSOLE, ScopeKey
from device_update_console.qt.window.scope_model import ScopeEntry, ScopeModel

_Index = QModelIndex | QPersistentModelIndex

_USUAL_WIDTH = 200
_DEEPEST_TITLES = 3
"""Steps by which the nodes below a server stand in."""
_AROUND_TITLES = 16
"""Pixels between picture, title and the pane's edge."""


class ScopePane(QTreeView):
    """``node_opened`` carries the `ScopeKey` that a person chose."""

    node_opened = Signal(object)
    removal_wanted = Signal()
    """Del was pressed here: it is about the open node, whatever is selected in the list beside the tree."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = ScopeModel(self)
        self.editor: NameEditor | None = None
        """Where a name is edited, or was at last."""
        self.setModel(self._scope)
        self.setHeaderHidden(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(text("Scope tree"))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def show_sessions(self, sessions: Iterable[ServerSession], saved_filters: SavedFilters) -> None:
        """Show these servers with the saved filters below their devices, as they are now."""
        shown = tuple(sessions)
        titles = distinct_titles(session.naming for session in shown)
        servers = tuple(_server_entry(session, titles[session.address.origin], saved_filters) for session in shown)
        console = NODES[NodeKind.CONSOLE]
        first = self._scope.rowCount() == 0
        before = {entry.key for entry in servers if self._scope.rowCount(self._scope.index_of(entry.key))}
        self._scope.show([ScopeEntry(CONSOLE, text(console.title), console.icon, text(console.tip), servers)])
        if first:
            self.expand(self._scope.index_of(CONSOLE))
        for entry in servers:
            if entry.children and entry.key not in before:
                self.expand(self._scope.index_of(entry.key))

    def select(self, node: ScopeKey) -> bool:
        """Show a node as the open one; whether it is there."""
        index = self._scope.index_of(node)
        if index.isValid() and index != self.currentIndex():
            self.setCurrentIndex(index)
        return index.isValid()

    def above(self, node: ScopeKey) -> ScopeKey | None:
        """The node above a node."""
        key = self._scope.key_at(self._scope.index_of(node).parent())
        return key if isinstance(key, ScopeKey) else None

    def title_of(self, node: ScopeKey) -> str:
        """What the tree calls a node."""
        return str(self._scope.index_of(node).data() or "")

    def index_of(self, node: ScopeKey) -> QModelIndex:
        """Where a node stands."""
        return self._scope.index_of(node)

    def node_at(self, index: _Index) -> ScopeKey | None:
        """The node at an index."""
        key = self._scope.key_at(index)
        return key if isinstance(key, ScopeKey) else None

    def children_of(self, node: ScopeKey) -> list[tuple[ScopeKey, str, str, str]]:
        """The nodes below a node: key, title, picture and tip."""
        parent = self._scope.index_of(node)
        entries = (self._scope.entry_at(self._scope.index(n, 0, parent)) for n in range(self._scope.rowCount(parent)))
        return [
            (entry.key, entry.title, entry.icon_name, entry.tool_tip)
            for entry in entries
            if entry is not None and isinstance(entry.key, ScopeKey)
        ]

    def rename(self, node: ScopeKey, edit: NameEdit) -> None:
        """Edit a node's name where it stands; a tree that is hidden is shown."""
        if self.editor is not None:
            self.editor.leave()
        self.setVisible(True)
        self.editor = NameEditor(self, edit, lambda: self._scope.index_of(node))

    # Qt's interface

    def event(self, event: QEvent) -> bool:
        """Override QObject::event: Del is taken from the verb on the list that has it as its shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_del(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QTreeView::keyPressEvent."""
        if _is_del(event):
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Override QAbstractItemView::currentChanged: what is current is open, as in MMC."""
        super().currentChanged(current, previous)
        node = self.node_at(current)
        if node is not None:
            self.node_opened.emit(node)

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint: wide enough for the nodes below a server, which are longer in other languages."""
        titles = (self.fontMetrics().horizontalAdvance(text(node.title)) for node in NODES.values())
        before = _DEEPEST_TITLES * self.indentation() + self.iconSize().width()
        return QSize(max(_USUAL_WIDTH, before + max(titles) + _AROUND_TITLES), 400)


def _is_del(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Delete and event.modifiers() == Qt.KeyboardModifier.NoModifier


def state_icon(state: ConnectionState) -> str:
    """The picture of a server whose connection is in this state."""
    match state:
        case Connected():
            return "server"
        case Connecting():
            return "server-connecting"
        case Unreachable():
            return "server-unreachable"
        case _:
            return "server-sign-in"


def _server_entry(session: ServerSession, title: str, saved_filters: SavedFilters) -> ScopeEntry:
    origin = session.address.origin
    known = session.last_connected
    nodes = () if known is None else nodes_of_server(known.features, known.permissions, saved_filters.all())
    counts = saved_filters.counts(origin)
    return ScopeEntry(
        ScopeKey(NodeKind.SERVER, origin),
        title,
        state_icon(session.state),
        f"{origin}: {state_text(session.state)}",
        tuple(_node_entry(origin, node, counts) for node in nodes),
    )


def _node_entry(origin: str, node: ScopeNode, counts: Mapping[str, str]) -> ScopeEntry:
    definition = NODES[node.kind]
    saved = node.saved_filter
    if saved is not None:
        count = counts.get(saved.name)
        title = saved.name if count is None else text("{name} ({count})", name=saved.name, count=count)
        return ScopeEntry(ScopeKey(node.kind, origin, saved.name), title, definition.icon, filter_line(saved))
    children = tuple(_node_entry(origin, child, counts) for child in node.children)
    return ScopeEntry(ScopeKey(node.kind, origin), node.title, definition.icon, text(definition.tip), children)
