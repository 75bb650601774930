"""The queue of refused requests while the database is stuck (contract section 3.2, design section 6)."""

from __future__ import annotations

from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.refused_request_records import Refused


def test_refusals_that_wait_for_long_are_kept_without_filling_the_memory_with_bodies() -> None:
    writer = RefusalWriter()
    for at in range(2000):
        writer.add(Refused("check", "malformed-request", "The request is empty.", "", "", "10.0.0.1", at, b"<x"))
    assert writer.backlog == 2000
    assert sum(waiting.body is not None for waiting in writer._waiting) == 500
