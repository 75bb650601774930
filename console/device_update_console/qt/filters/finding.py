"""Tools > Find Device, from anywhere: the device that was found is shown in the list of its server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.filters.device_finding import fields_of
from device_update_console.core.verbs.offered_verbs import OfferedVerb, Verb
from device_update_console.core.window.scope_tree import NodeKind
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.filters.find_device_dialog import FindDeviceDialog
from device_update_console.qt.window.navigation import ScopeKey
from device_update_contract.administration.devices import Device


class Finding:
    """Of one window; ``show`` opens a node with a filter and selects what is found."""

    def __init__(self, window: QWidget, servers: Servers, show: Callable[[ScopeKey, Mapping[str, str]], None]) -> None:
        self._window = window
        self._servers = servers
        self._show = show
        self.dialog: FindDeviceDialog | None = None
        servers.went.connect(lambda _: self._server_went())

    def handlers(self) -> Mapping[Verb, Callable[[], object]]:
        """What the verb does."""
        return {Verb.FIND_DEVICE: self.begin}

    def offer_everywhere(self, offered: list[OfferedVerb]) -> list[OfferedVerb]:
        """Offer the verb above all servers too, when one of them can find devices."""
        if any(each.verb is Verb.FIND_DEVICE for each in offered):
            return offered
        finds = any(isinstance(session.state, Connected) for session in self._sessions())
        return [*offered, OfferedVerb(Verb.FIND_DEVICE)] if finds else offered

    def begin(self, typed: str = "") -> None:
        """Open the dialog, or go back to it."""
        if self.dialog is None:
            self.dialog = FindDeviceDialog(self._sessions, self._servers.remembered.finds(), self._window)
            self.dialog.found.connect(self._found)
            self.dialog.finished.connect(self._forget)
            self.dialog.show()
        if typed:
            self.dialog.sought.setEditText(typed)
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _sessions(self) -> list[ServerSession]:
        """The servers that may know devices; one that nobody signed in to yet is told apart."""
        return [
            session
            for session in self._servers
            if not isinstance(session.state, Connected) or "devices" in session.features
        ]

    def _found(self, session: ServerSession, device: Device, typed: str) -> None:
        self._servers.remembered.add_find(typed)
        self._show(ScopeKey(NodeKind.DEVICES, session.address.origin), fields_of(device))

    def _server_went(self) -> None:
        """What was found there cannot be opened any more."""
        if self.dialog is not None:
            self.dialog.find_anew()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
