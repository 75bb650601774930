"""A device that is dropped on Test Devices becomes one: on the node in the tree, or on the list of another window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDropEvent

from device_update_console.core.verbs.dragged_devices import MIME_TYPE, read, written
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.verbs.targets import VerbTargets
from device_update_console.core.window.scope_tree import DEVICE_LISTS, NodeKind
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.lists.row_view import RowView
from device_update_console.qt.window.navigation import ScopeKey
from device_update_console.qt.window.scope_pane import ScopePane
from device_update_contract.administration.roles import Permission


class DeviceDrops(QObject):
    """Of one window: what can be dragged from its list, and where it can be dropped."""

    def __init__(
        self,
        scope: ScopePane,
        rows: RowView,
        node: Callable[[], ScopeKey],
        find_session: Callable[[str], ServerSession | None],
        chosen: Callable[[], VerbTargets],
        carry_out: Callable[[Verb, ServerSession, VerbTargets], None],
    ) -> None:
        """``node`` is the open one, ``find_session`` gives the server at an address, ``chosen`` what is selected."""
        super().__init__(scope)
        self._scope = scope
        self._rows = rows
        self._node = node
        self._find_session = find_session
        self._chosen = chosen
        self._carry_out = carry_out
        rows.dragged = self.dragged
        for viewport in (scope.viewport(), rows.viewport()):
            viewport.setAcceptDrops(True)
            viewport.installEventFilter(self)

    def dragged(self) -> QMimeData | None:
        """What is dragged from the list; None where nothing can be."""
        node = self._node()
        data = written(node.origin, self._chosen()) if node.kind in DEVICE_LISTS else None
        if data is None:
            return None
        mime = QMimeData()
        mime.setData(MIME_TYPE, data)
        return mime

    def _test_devices_at(self, watched: QObject, event: QDropEvent) -> ScopeKey | None:
        """The node of Test Devices that is below the pointer."""
        in_tree = watched is self._scope.viewport()
        place = event.position().toPoint()
        node = self._scope.node_at(self._scope.indexAt(place)) if in_tree else self._node()
        return node if node is not None and node.kind is NodeKind.TEST_DEVICES else None

    def _accepted(self, watched: QObject, event: QDropEvent) -> tuple[ServerSession, VerbTargets] | None:
        """The devices and their server, where they can be dropped here."""
        node = self._test_devices_at(watched, event)
        found = read(bytes(event.mimeData().data(MIME_TYPE).data()))
        session = None if node is None or found is None or found[0] != node.origin else self._find_session(node.origin)
        if session is None or found is None or Permission.CHANGE_TEST_DEVICES not in session.permissions:
            return None
        return session, found[1]

    # Qt's interface

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: what is dragged over tree and list."""
        if not isinstance(event, QDropEvent) or not event.mimeData().hasFormat(MIME_TYPE):
            return super().eventFilter(watched, event)
        accepted = self._accepted(watched, event)
        if accepted is None and event.type() != QEvent.Type.DragEnter:
            event.ignore()
        else:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        if accepted is not None and event.type() == QEvent.Type.Drop:
            self._carry_out(Verb.USE_AS_TEST_DEVICE, *accepted)
        return True
