"""What the update log needs beside being written: text files, a search index, forgetting old days (contract 7, 8)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_files import FileLimits, UpdateLogFiles
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.setting_records import integer_of, read_settings
from device_update_service.web.service import Service


class UpdateLogUpkeep:
    """Keeps the text files as far behind the database as the settings allow, and the index some seconds behind it."""

    def __init__(
        self,
        service: Service,
        sightings: SightingWriter,
        log: UpdateLog,
        files: UpdateLogFiles,
        index: UpdateLogIndex,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._sightings = sightings
        self._log = log
        self._files = files
        self._index = index
        self._monotonic = monotonic
        self._written_at = float("-inf")
        self._lines = -1
        """How many checks were recorded when the files were written last; an earlier service may have left one."""
        self._writing = asyncio.Lock()

    async def write_files_when_due(self) -> None:
        """Write the text files when the settings say so.

        Raises:
            StorageUnavailable: the disk refuses; they are written later.
        """
        limits = await self._service.read(_file_limits)
        if self._files.is_due(limits, self._sightings.written - self._lines, self._monotonic() - self._written_at):
            await self.write_files(limits)

    async def write_files(self, limits: FileLimits | None = None) -> None:
        """Write the text files up to what is recorded now.

        Raises:
            StorageUnavailable.
        """
        wanted = await self._service.read(_file_limits) if limits is None else limits
        async with self._writing:
            lines = self._sightings.written
            await asyncio.to_thread(self._files.write, wanted)
            self._lines, self._written_at = lines, self._monotonic()

    async def extend_index(self) -> None:
        """Index what was recorded since the last time, in slices with pauses: checks go first.

        Raises:
            StorageUnavailable: the disk refuses; what is not indexed is found all the same, only slower.
        """
        for day in self._log.days():
            more = True
            while more:
                began = self._monotonic()
                async with self._writing:
                    more = await asyncio.to_thread(self._index.extend, day)
                await asyncio.sleep(self._monotonic() - began)

    async def forget(self, now: datetime, days: int) -> None:
        """Delete what is of days that ended more than ``days`` days ago: their databases and their text files."""
        await self._service.write(partial(self._log.delete_before, now, days))
        async with self._writing:
            await asyncio.to_thread(self._files.delete_before, now, days)
            await asyncio.to_thread(self._index.delete_all_but, self._log.days())


def _file_limits() -> FileLimits:
    values = read_settings()
    return FileLimits(
        largest=integer_of(values, "max_log_file_size"),
        waiting=integer_of(values, "max_log_cache_limit"),
        seconds=60.0 * integer_of(values, "log_flush_interval_minutes"),
    )
