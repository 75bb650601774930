"""The way from an answered check to the store: behind the answer, or before it where that is promised."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final

from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.database import Database
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.usecases.checks import AnsweredCheck

_REMEMBERED_REPORTS: Final = 50_000


class CheckRecorder:
    """Queues sightings; an install result is committed before its answer (contract section 3.2, durability)."""

    def __init__(self, database: Database, sightings: SightingWriter, limit: int) -> None:
        self._database = database
        self._sightings = sightings
        self._busy_at = limit // 2
        self._committed: OrderedDict[str, int] = OrderedDict()

    @property
    def looping(self) -> dict[str, frozenset[int]]:
        """Which rules are in an install loop on which device."""
        return self._sightings.looping

    def is_busy(self) -> bool:
        """Whether checks come faster than the database, being well, takes them."""
        return self._sightings.backlog > self._busy_at and self._database.failure is None

    def record(self, check: AnsweredCheck) -> asyncio.Future[None] | None:
        """Queue a check; a future is given when the answer must wait until it is durable.

        A device repeats its install report until it has another; what was the last to be committed of a device need not
        be waited for again. A report that comes back after another one is news.
        """
        self._sightings.add(check.sighting)
        request = check.sighting.request
        if request.last_install is None:
            return None
        device = f"{request.mac}/{request.serial}"
        if self._committed.pop(device, None) == check.fingerprint:
            self._committed[device] = check.fingerprint
            return None
        return asyncio.ensure_future(self._make_durable(device, check))

    async def _make_durable(self, device: str, check: AnsweredCheck) -> None:
        """Wait until everything queued is durable, this check with it.

        Raises:
            StorageUnavailable: it is not; the report must not be acknowledged.
        """
        await asyncio.wrap_future(self._database.write(lambda: None))
        if self._sightings.gave_up(check.sighting):
            raise StorageUnavailable("The install report could not be recorded.")
        self._committed[device] = check.fingerprint
        if len(self._committed) > _REMEMBERED_REPORTS:
            self._committed.popitem(last=False)
