"""Tells the event stream which devices changed by checks: from the writer's thread to the loop (contract section 5)."""

from __future__ import annotations

import asyncio

from device_update_service.usecases.outcomes import Change
from device_update_service.web.events import EventHub


class DeviceChanges:
    """Hands ids over to the event hub, which tells them all in good time."""

    def __init__(self, events: EventHub, loop: asyncio.AbstractEventLoop) -> None:
        self._events = events
        self._loop = loop

    def from_writer(self, ids: frozenset[int]) -> None:
        """Take ids in the writer thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._events.publish, Change.of("devices-changed", ids))
