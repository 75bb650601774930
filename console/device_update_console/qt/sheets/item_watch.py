"""An open sheet follows what it shows: items that change on the server are read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.source import Caller, ListSource
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession
from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.administration.events import Event

_MOST = 50
"""So many items are followed; a sheet of more shows them as they were."""


class ItemWatch(QObject):
    """Lives as long as its sheet is open; when an item changed, ``changed`` is told those that there are still."""

    def __init__(
        self,
        session: ServerSession,
        definition: ListDefinition[Any],
        show: Endpoint,
        items: Sequence[Any],
        changed: Callable[[list[Any]], None],
        sheet: QDialog,
    ) -> None:
        super().__init__(sheet)
        self._session = session
        self._definition = definition
        self._show = show
        self._items: dict[str, Any] = {definition.item_id(item): item for item in items}
        self._changed = changed
        self._outdated: set[str] = set()
        self._job: Job | None = None
        self._stopped = False
        if len(self._items) <= _MOST:
            session.event_came.connect(self._event_came)
        sheet.finished.connect(self.stop)

    @property
    def items(self) -> list[Any]:
        """The items as they are known now; those that are gone are not among them."""
        return list(self._items.values())

    def read_again(self, item_ids: Iterable[str] | None = None) -> None:
        """Read these, or all; what is on its way already is read once more after that."""
        self._outdated |= set(self._items) if item_ids is None else set(item_ids) & set(self._items)
        if self._outdated and self._job is None and not self._stopped:
            ids, self._outdated = sorted(self._outdated), set()
            self._job = self._session.run(
                lambda connection: _read(connection, self._definition, self._show, ids), self._came, self._failed
            )

    def stop(self) -> None:
        """Read no more; the sheet has gone."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def _event_came(self, event: Event) -> None:
        if event.event in self._definition.id_events and event.ids is not None:
            self.read_again(event.ids)
        elif event.tells_of(*self._definition.events):
            self.read_again()

    def _came(self, items: dict[str, Any]) -> None:
        self._job = None
        for item_id, item in items.items():
            if item is None:
                del self._items[item_id]
            else:
                self._items[item_id] = item
        self._changed(self.items)
        self.read_again(())

    def _failed(self, _failure: Exception) -> None:
        """The sheet goes on showing what was known; the window says that the server is away."""
        self._job = None


async def _read(caller: Caller, definition: ListDefinition[Any], show: Endpoint, ids: Sequence[str]) -> dict[str, Any]:
    source = ListSource(
        caller, definition.endpoint, definition.item, definition.query(), item_id=definition.item_id, show=show
    )
    return {item_id: await source.item(item_id) for item_id in ids}
