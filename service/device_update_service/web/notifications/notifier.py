"""Notices on their way: each channel has a queue of its own, and tries again with growing waits.

Telling somebody is never worth holding up the service: a queue is bounded, its oldest notices are dropped and that is
logged, and a channel that fails holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

from device_update_service.configuration.notifications import Notifications
from device_update_service.domain.notices import Notice
from device_update_service.web.notifications.channels import Channel, Email, NotSent, Syslog, Webhook

_log = logging.getLogger(__name__)

WAITS: Final = (60.0, 300.0, 900.0, 3600.0)
"""Seconds between attempts; the last one again and again."""
MOST_WAITING: Final = 200
_MOST_ATTEMPTS: Final = 50
"""About two days; what is older than that is no news."""


def channels_of(settings: Notifications, pool: str) -> list[Channel]:
    """The channels that are configured."""
    channels: list[Channel] = []
    if settings.email is not None:
        channels.append(Email(settings.email, pool))
    if settings.webhook is not None:
        channels.append(Webhook(settings.webhook, pool))
    if settings.syslog is not None:
        channels.append(Syslog(settings.syslog, pool))
    return channels


class Notifier:
    """Hands notices to all channels; for the loop's thread."""

    def __init__(self, channels: Sequence[Channel], waits: Sequence[float] = WAITS) -> None:
        self._routes = [_Route(channel, waits) for channel in channels]

    @property
    def failures(self) -> dict[str, str]:
        """Why the channels that fail do, by name; for the health check."""
        return {route.name: route.failure for route in self._routes if route.failure is not None}

    def start(self) -> None:
        """Begin to send."""
        for route in self._routes:
            route.start()

    def tell(self, notice: Notice) -> None:
        """Send a notice behind everything else."""
        for route in self._routes:
            route.add(notice)

    async def stop(self) -> None:
        """End; what was not sent is not sent."""
        await asyncio.gather(*(route.stop() for route in self._routes))


class _Route:
    """One channel with what waits for it."""

    def __init__(self, channel: Channel, waits: Sequence[float]) -> None:
        self.name = channel.name
        self.failure: str | None = None
        self._channel = channel
        self._waits = waits
        self._waiting: deque[Notice] = deque()
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name=f"notifications by {self.name}")

    def add(self, notice: Notice) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._drop(self._waiting[0])
        self._waiting.append(notice)
        self._something.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        attempts = 0
        while True:
            await self._something.wait()
            if not self._waiting:
                self._something.clear()
                continue
            notice = self._waiting[0]
            try:
                await self._channel.send(notice)
            except NotSent as error:
                if self.failure is None:
                    _log.warning("A notice could not be sent", extra={"channel": self.name, "error": str(error)})
                self.failure = str(error)
                if attempts >= _MOST_ATTEMPTS:
                    self._drop(notice)
                    attempts = 0
                    continue
                await asyncio.sleep(self._waits[min(attempts, len(self._waits) - 1)])
                attempts += 1
                continue
            self.failure, attempts = None, 0
            self._forget(notice)

    def _drop(self, notice: Notice) -> None:
        _log.warning("A notice was dropped", extra={"channel": self.name, "code": notice.code})
        self._forget(notice)

    def _forget(self, notice: Notice) -> None:
        with contextlib.suppress(ValueError):  # room was made for others meanwhile
            self._waiting.remove(notice)
