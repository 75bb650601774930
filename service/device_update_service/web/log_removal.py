"""Removing device logs that came before some moment: in slices, rows before files, so that nothing waits for long."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from device_update_service.storage.logs.device_log_records import delete_logs_files, forget_logs_before
from device_update_service.web.service import Service

_SLICE: Final = 200
_BETWEEN_SLICES: Final = 0.05


async def remove_device_logs(service: Service, before: datetime) -> int:
    """Remove them all, and return how many there were.

    A crash in between leaves files that no row names, which are swept.
    """
    removed = 0
    while forgotten := await service.write(partial(forget_logs_before, before, _SLICE)):
        removed += len(forgotten)
        service.log_space.used -= sum(log.size for log in forgotten)
        await service.write(partial(delete_logs_files, service.logs, forgotten))
        await asyncio.sleep(_BETWEEN_SLICES)  # checks go first
    return removed
