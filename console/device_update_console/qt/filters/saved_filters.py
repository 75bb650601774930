"""The saved filters below Devices, shared by all windows, with how many devices each finds at each server now."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from device_update_console.core.connections.connection_states import Connected
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.filters import saved_filters
from device_update_console.core.window.remembered import Remembered
from device_update_console.core.window.scope_tree import NodeKind, SavedFilter
from device_update_console.qt.connections.server_session import ServerSession
from device_update_console.qt.window.navigation import ScopeKey
from device_update_contract.administration.events import Event

COUNT_MS = 2_000
"""Changes of devices are counted together, so that a busy fleet costs a request for each filter now and then."""


class SavedFilters(QObject):
    """Made and used in the window's thread."""

    changed = Signal()
    """A filter came, went or was renamed, or a count is another."""

    def __init__(self, remembered: Remembered, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._remembered = remembered
        self._counts: dict[tuple[str, str], str] = {}
        self._counting: dict[ServerSession, QTimer] = {}
        self._asked = 0
        self._answered: dict[tuple[str, str], int] = {}
        """The latest question about each filter that was answered."""

    def all(self) -> list[SavedFilter]:
        """The filters, in the order in which they were added."""
        return self._remembered.filters()

    def find(self, name: str) -> SavedFilter | None:
        """The filter of this name."""
        return next((each for each in self.all() if each.name == name), None)

    def is_gone(self, node: ScopeKey) -> bool:
        """Whether a node is that of a filter that there is no longer."""
        return node.kind is NodeKind.SAVED_FILTER and self.find(node.name) is None

    def counts(self, origin: str) -> Mapping[str, str]:
        """How many devices each filter finds at a server, by its name, as far as that is known."""
        return {name: count for (at, name), count in self._counts.items() if at == origin}

    def save(self, name: str, fields: Mapping[str, str]) -> SavedFilter:
        """Keep a filter, in the place of one of the same name."""
        saved = saved_filters.save_filter(self._remembered, name, dict(fields))
        self._tell_changed()
        return saved

    def rename(self, saved: SavedFilter, name: str) -> SavedFilter:
        """Keep a filter by another name."""
        renamed = saved_filters.rename_filter(self._remembered, saved, name)
        for (origin, _), count in [item for item in self._counts.items() if item[0][1] == saved.name]:
            self._counts[origin, renamed.name] = count
        self._tell_changed()
        return renamed

    def remove(self, saved: SavedFilter) -> None:
        """Keep a filter no longer."""
        self._remembered.drop_filter(saved.name)
        self._tell_changed()

    # How many devices they find

    def watch(self, session: ServerSession) -> None:
        """Count at this server from now on."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(COUNT_MS)
        timer.timeout.connect(lambda: self._count(session))
        self._counting[session] = timer

    def forget(self, session: ServerSession) -> None:
        """Count at this server no longer."""
        self._counting.pop(session).deleteLater()
        self._counts = {key: count for key, count in self._counts.items() if key[0] != session.address.origin}

    def state_changed(self, session: ServerSession) -> None:
        """A connection came or went."""
        if isinstance(session.state, Connected) and session in self._counting:
            self._count(session)

    def event_came(self, session: ServerSession, event: Event) -> None:
        """Something changed at a server."""
        timer = self._counting.get(session)
        if event.tells_of("devices-changed", "test-devices-changed") and timer is not None and not timer.isActive():
            timer.start()

    def _tell_changed(self) -> None:
        self.changed.emit()
        for session in self._counting:
            self._count(session)

    def _count(self, session: ServerSession) -> None:
        if isinstance(session.state, Connected) and "devices" in session.features:
            for saved in self.all():
                self._asked += 1
                session.run(self._counter(saved), self._taker(session, saved, self._asked), failed=lambda _: None)

    def _counter(self, saved: SavedFilter) -> Callable[[ServerConnection], Coroutine[Any, Any, str]]:
        return lambda connection: saved_filters.count_devices(connection, saved)

    def _taker(self, session: ServerSession, saved: SavedFilter, question: int) -> Callable[[str], None]:
        """Shows an answer, unless a later question about this filter was answered before it."""

        def take(count: str) -> None:
            key = (session.address.origin, saved.name)
            if session not in self._counting or question < self._answered.get(key, 0):
                return
            self._answered[key] = question
            if self._counts.get(key) != count:
                self._counts[key] = count
                self.changed.emit()

        return take
