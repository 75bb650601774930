"""The event stream's memory: the last events, and who listens (contract section 5, ``GET /events``)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_update_contract.administration.events import MOST_IDS
from device_update_service.usecases.outcomes import Change

KEPT_EVENTS = 10_000
KEPT_SECONDS = 600.0
DEVICES_EVERY_SECONDS = 0.5
_WAITING = 1000


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event with its number; ``ids`` None means too many to name."""

    id: int
    at: float
    name: str
    ids: tuple[str, ...] | None


class EventHub:
    """Numbers events, remembers them for clients that come back, and wakes the streams; used on the loop only.

    Whatever changes devices (checks, people, the clock), ``devices-changed`` comes at most twice a second and names at
    most `MOST_IDS` of them; what changes in between is told with the next one.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._events: deque[StreamEvent] = deque(maxlen=KEPT_EVENTS)
        self._listeners: set[asyncio.Queue[StreamEvent | None]] = set()
        self._last_id = int(time.time() * 1000)  # ids grow over restarts, so that an old one is known to be old
        self._devices: set[str] | None = set()
        """Those that changed and were not told yet; None: too many to name."""
        self._devices_told_at = -DEVICES_EVERY_SECONDS
        self._devices_timer: asyncio.TimerHandle | None = None

    @property
    def last_id(self) -> int:
        """The number of the newest event."""
        return self._last_id

    def publish(self, change: Change) -> None:
        """Give an event to every stream; that devices changed, at once or with those that change in a moment."""
        if change.event == "devices-changed":
            self._gather_devices(change.ids)
        else:
            self._give(change.event, None if change.ids is None else tuple(change.ids))

    def _gather_devices(self, ids: Sequence[str] | None) -> None:
        if ids is None or self._devices is None:
            self._devices = None
        else:
            self._devices.update(ids)
            if len(self._devices) > MOST_IDS:
                self._devices = None
        if self._devices_timer is None:
            wait = self._devices_told_at + DEVICES_EVERY_SECONDS - self._monotonic()
            if wait <= 0:
                self._tell_devices()
            else:
                self._devices_timer = asyncio.get_running_loop().call_later(wait, self._tell_devices)

    def _tell_devices(self) -> None:
        self._devices_timer = None
        self._devices_told_at = self._monotonic()
        ids, self._devices = self._devices, set()
        self._give("devices-changed", None if ids is None else tuple(sorted(ids, key=_in_number_order)))

    def _give(self, name: str, ids: tuple[str, ...] | None) -> None:
        self._last_id += 1
        event = StreamEvent(self._last_id, self._monotonic(), name, ids)
        self._events.append(event)
        for listener in list(self._listeners):
            if listener.full():
                self.unsubscribe(listener)  # it does not read; it will come back with its last id
            else:
                listener.put_nowait(event)

    def subscribe(self) -> asyncio.Queue[StreamEvent | None]:
        """A queue of the events from now on; None in it ends the stream."""
        listener: asyncio.Queue[StreamEvent | None] = asyncio.Queue(_WAITING + 1)
        self._listeners.add(listener)
        return listener

    def unsubscribe(self, listener: asyncio.Queue[StreamEvent | None]) -> None:
        """End a stream."""
        if listener in self._listeners:
            self._listeners.discard(listener)
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(None)

    def since(self, last_id: int) -> list[StreamEvent] | None:
        """The events after ``last_id``; None when some of them are forgotten, so that the client must start anew."""
        if last_id == self._last_id:
            return []
        oldest = self._monotonic() - KEPT_SECONDS
        kept = [event for event in self._events if event.at >= oldest]
        if not kept or last_id < kept[0].id - 1 or last_id > self._last_id:
            return None
        return [event for event in kept if event.id > last_id]

    def close(self) -> None:
        """End every stream."""
        if self._devices_timer is not None:
            self._devices_timer.cancel()
            self._devices_timer = None
        for listener in list(self._listeners):
            self.unsubscribe(listener)


def _in_number_order(device_id: str) -> tuple[int, str]:
    return len(device_id), device_id
