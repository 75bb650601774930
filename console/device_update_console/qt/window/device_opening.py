"""``--device``: the properties of a device are shown as soon as one of the servers knows it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.failures import NothingSelected
from device_update_console.core.filters.device_by_name import find_device
from device_update_console.core.texts.language import text
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.connections.servers import Servers
from device_update_console.qt.window.main_window import MainWindow
from device_update_contract.administration.devices import Device

_TOPIC = "device"
"""What the banner's sentence is about."""


class DeviceOpening(QObject):
    """Asks each server once, when somebody is signed in to it; the first that knows the device is enough."""

    def __init__(self, window: MainWindow, servers: Servers, device: str) -> None:
        super().__init__(window)
        self._window = window
        self._servers = servers
        self._device = device
        self._asked: set[str] = set()
        self._unanswered = 0
        self._found = False
        servers.changed.connect(self._look)
        for session in servers:
            self._look(session)

    def _look(self, session: ServerSession) -> None:
        origin = session.address.origin
        if self._found or origin in self._asked or not isinstance(session.state, Connected):
            return
        self._asked.add(origin)
        self._unanswered += 1
        session.run(
            lambda connection: connection.repeated(lambda: find_device(connection.client, self._device)),
            lambda device: self._show(session, device),
            self._failed,
        )

    def _show(self, session: ServerSession, device: Device) -> None:
        self._unanswered -= 1
        if not self._found:
            self._found = True
            self._window.banner.settle(_TOPIC)
            self._window.item_verbs.properties.open(session, [device])

    def _failed(self, failure: Exception) -> None:
        self._unanswered -= 1
        if self._found or self._unanswered:
            return
        if isinstance(failure, NothingSelected):
            sentence = text("No server that answers knows the device {device}.", device=self._device)
            self._window.banner.say(sentence, topic=_TOPIC)
        else:
            self._window.show_failure(failure)
