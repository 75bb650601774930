"""Tells the event stream which devices changed: twice a second, at most 200 by name (contract section 5)."""

from __future__ import annotations

import asyncio
from typing import Final

from device_update_service.usecases.outcomes import Change
from device_update_service.web.events import EventHub

_INTERVAL: Final = 0.5
_NAMED: Final = 200


class DeviceChanges:
    """Gathers ids from the writer thread and publishes them on the loop."""

    def __init__(self, events: EventHub, loop: asyncio.AbstractEventLoop) -> None:
        self._events = events
        self._loop = loop
        self._ids: set[int] = set()
        self._scheduled = False

    def from_writer(self, ids: frozenset[int]) -> None:
        """Take ids in the writer thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._gather, ids)

    def _gather(self, ids: frozenset[int]) -> None:
        if len(self._ids) <= _NAMED:
            self._ids |= ids
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_later(_INTERVAL, self._publish)

    def _publish(self) -> None:
        self._scheduled = False
        ids, self._ids = self._ids, set()
        named = [str(device) for device in sorted(ids)] if len(ids) <= _NAMED else None
        self._events.publish(Change("devices-changed", named))
