"""What can be done with a server in the list of all servers: the verbs that its node in the tree has, by their keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb, is_visible
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.server_list import ServerList
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.server_verbs import ServerVerbs
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.widgets.icons import blank, icon


class ServerMenus(QObject):
    """Of one window; `ServerList` itself opens a server at Enter and a double click."""

    def __init__(self, view: ServerList, servers: Servers, verbs: ServerVerbs) -> None:
        super().__init__(view)
        self._view = view
        self._servers = servers
        self._verbs = verbs
        view.customContextMenuRequested.connect(self._open_menu)
        view.rename_wanted.connect(partial(self._carry_out, Verb.RENAME_SERVER))
        view.removal_wanted.connect(partial(self._carry_out, Verb.DISCONNECT_SERVER))

    def _carry_out(self, verb: Verb, origin: str) -> None:
        session = self._servers.find(origin)
        if session is not None:
            self._verbs.on_one[verb](session)

    def _open_menu(self, place: QPoint) -> None:
        origin = self._view.origin_of(self._view.itemAt(place))
        session = None if origin is None else self._servers.find(origin)
        if session is None:
            return
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opening = menu.addAction(text("Op&en"), partial(self._view.server_opened.emit, origin))
        menu.setDefaultAction(opening)
        menu.addSeparator()
        for verb, carry_out in self._verbs.on_one.items():
            definition = DEFINITIONS[verb]
            visible = is_visible(definition, NodeKind.SERVER, session.permissions, session.features)
            if visible and self._verbs.has_a_point(verb, session):
                picture = blank() if definition.icon is None else icon(definition.icon)
                menu.addAction(picture, text(definition.title), _caller(carry_out, session))
        menu.popup(self._view.viewport().mapToGlobal(place))


def _caller(carry_out: Callable[[ServerSession], object], session: ServerSession) -> Callable[[], None]:
    def call() -> None:
        carry_out(session)

    return call
