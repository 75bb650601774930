"""What device logs need beside being stored: an index of their texts, and to go when their time is over."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from device_update_service.storage.logs.device_log_records import (
    day_of_oldest_log,
    delete_logs_files,
    forget_logs_before,
    logs_after,
)
from device_update_service.storage.logs.log_texts import text_of_file
from device_update_service.web.service import Service

_SLICE: Final = 200
_INDEXED_AT_ONCE: Final = 20
_BETWEEN_SLICES: Final = 0.05


async def remove_device_logs(service: Service, before: datetime) -> int:
    """Remove all logs that came before some moment, in slices, and return how many there were.

    Rows go before files: a crash in between leaves files that no row names, which are swept.
    """
    removed = 0
    while forgotten := await service.write(partial(forget_logs_before, before, _SLICE)):
        removed += len(forgotten)
        service.log_space.used -= sum(log.freed for log in forgotten)
        await service.write(partial(delete_logs_files, service.logs, forgotten))
        await asyncio.sleep(_BETWEEN_SLICES)  # checks go first
    if removed:
        oldest = await service.read(day_of_oldest_log)
        await asyncio.to_thread(service.log_texts.delete_before, oldest or "9")
    return removed


async def index_device_logs(service: Service) -> None:
    """Index the texts of the logs that came since the last time.

    Raises:
        StorageUnavailable: the disk refuses; they are indexed later.
    """
    last = await asyncio.to_thread(service.log_texts.last_indexed)
    while logs := await service.read(partial(logs_after, last, _INDEXED_AT_ONCE)):
        await asyncio.to_thread(service.log_texts.extend, logs, lambda sha256: text_of_file(service.logs.path(sha256)))
        last = logs[-1].id
        await asyncio.sleep(_BETWEEN_SLICES)
