"""Refused requests are written behind their answers, folded by cause (contract section 3.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.storage.checks.waiting_records import WaitingRecords

_DELAY: Final = 0.5
_LIMIT: Final = 10_000
_WITH_BODIES: Final = 500
"""Past this the database is stuck, and bodies of 64 KiB would fill the memory."""


class RefusalWriter(WaitingRecords[Refused]):
    """The queue of refusals and what writes it; of a flood only the newest are kept."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(delay=_DELAY, limit=_LIMIT, monotonic=monotonic)

    def add(self, record: Refused) -> None:
        """Queue a refusal; without its body when too many wait."""
        super().add(record if self.backlog < _WITH_BODIES else record._replace(body=None))

    def store(self, records: Sequence[Refused]) -> None:
        """Write a group of refusals."""
        record_refusals(records)
