"""The counters behind charts; triggers and the writer keep them, so that nothing is counted here."""

from __future__ import annotations

import json
from dataclasses import dataclass

from device_update_service.storage.tables import DATABASE, ChecksInHour

_COUNTS = """
SELECT class_key, installed_version, status, sum(devices) FROM device_count WHERE devices > 0 GROUP BY 1, 2, 3
"""
_SPELLINGS = """
SELECT c.class_key, (
    SELECT json_array(d.device_type, d.vendor, d.model) FROM device d INDEXED BY device_class
    WHERE d.class_key = c.class_key ORDER BY d.id LIMIT 1
) FROM (SELECT DISTINCT class_key FROM device_count WHERE devices > 0) c
"""


@dataclass(frozen=True, slots=True)
class CountedDevices:
    """How many devices share class, installed version ('' when unknown) and status."""

    class_key: str
    installed_version: str
    status: str
    devices: int


@dataclass(frozen=True, slots=True)
class ClassName:
    """A class in the spelling of its first device."""

    device_type: str
    vendor: str
    model: str


def counted_devices() -> list[CountedDevices]:
    """Every combination that has devices."""
    return [CountedDevices(*row) for row in DATABASE.execute_sql(_COUNTS).fetchall()]


def class_names() -> dict[str, ClassName]:
    """The classes that have devices, by class key."""
    rows = DATABASE.execute_sql(_SPELLINGS).fetchall()
    return {key: ClassName(*json.loads(told)) for key, told in rows if told is not None}


def checks_in_hours(since: int) -> list[tuple[int, int]]:
    """(begin of the hour, checks) from a time on, ascending; times in milliseconds."""
    rows = list(ChecksInHour.select().where(ChecksInHour.hour >= since).order_by(ChecksInHour.hour))
    return [(row.hour, row.checks) for row in rows]
