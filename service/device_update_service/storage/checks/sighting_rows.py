"""A group of sightings as a temporary table, so that SQL does for all of them what it can (storage.checks.sightings).

The rows come as one JSON text. A statement is one step outside the interpreter's lock, however many rows it has, while
the event loop answers further checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring
from typing import Final

from device_update_service.domain.sightings import Sighting
from device_update_service.storage import bulk
from device_update_service.storage.checks.update_log import COLUMNS, DAY
from device_update_service.storage.tables import DATABASE

_OWN: Final = ("sequence", "at", "next_at", "report_key", "mac", "serial", "address", "user")
_SHARED: Final = (
    "device_type", "vendor", "model", "revision", "locale", "request_modules", "response_modules", "reason", "version",
)  # fmt: skip

_CREATE: Final = f"""
CREATE TEMP TABLE IF NOT EXISTS sighting (
    place INTEGER PRIMARY KEY, {", ".join(_OWN)}, {", ".join(_SHARED)}, device_id INTEGER, loud INTEGER
)
"""
_CLEAR: Final = "DELETE FROM temp.sighting"
_FILL: Final = (
    f"INSERT INTO temp.sighting (place, {', '.join((*_OWN, *_SHARED))}) "
    f"SELECT j.key, {bulk.columns_of_rows((*_OWN, *_SHARED))} FROM json_each(?) j"
)
_FIND: Final = """
UPDATE temp.sighting AS s SET device_id = coalesce(
    (SELECT id FROM device WHERE mac = s.mac), (SELECT id FROM device WHERE serial_key = upper(s.serial))
)
"""
_LOUD: Final = """
UPDATE temp.sighting AS s SET loud = 1 WHERE (s.mac IS NOT NULL OR s.serial IS NOT NULL) AND (
    s.report_key = 0 OR s.device_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM device_activity a WHERE a.device_id = s.device_id AND a.report_key = s.report_key)
)
"""
# What one device told before it told something new is looked at with it, in order.
_LOUD_TOGETHER: Final = """
UPDATE temp.sighting SET loud = 1
WHERE device_id IN (SELECT device_id FROM temp.sighting WHERE loud AND device_id IS NOT NULL)
"""
_TOUCH: Final = """
UPDATE device_activity SET last_check_at = q.at, next_check_at = q.next_at FROM (
    SELECT device_id, max(at) AS at, next_at FROM temp.sighting WHERE loud IS NULL AND device_id IS NOT NULL
    GROUP BY device_id ORDER BY device_id
) q WHERE q.device_id = device_activity.device_id
"""
_LOUD_PLACES: Final = "SELECT json_group_array(place) FROM (SELECT place FROM temp.sighting WHERE loud ORDER BY place)"
_SET_DEVICES: Final = (
    "UPDATE temp.sighting SET device_id = j.value ->> 1 FROM json_each(?) j WHERE place = j.value ->> 0"
)
_DAYS: Final = f"SELECT json_group_array(day) FROM (SELECT DISTINCT at / {DAY} AS day FROM temp.sighting)"
_LINES: Final = f"SELECT json_group_array(json_array({', '.join(COLUMNS)})) FROM temp.sighting WHERE at / {DAY} = ?"
_HOURS: Final = """
INSERT INTO checks_in_hour (hour, checks)
SELECT at / 3600000 * 3600000, count(*) FROM temp.sighting WHERE true GROUP BY 1
ON CONFLICT (hour) DO UPDATE SET checks = checks + excluded.checks
"""


def fill(sightings: Iterable[Sighting]) -> None:
    """Put the sightings into the table, in the place of what was there, and find their devices."""
    DATABASE.execute_sql(_CREATE)
    DATABASE.execute_sql(_CLEAR)
    bulk.execute_json(_FILL, f"[{','.join(map(_row, sightings))}]")
    DATABASE.execute_sql(_FIND)
    DATABASE.execute_sql(_LOUD)
    DATABASE.execute_sql(_LOUD_TOGETHER)


def touch_quiet() -> None:
    """Write the times of the devices that told and were told what they were the last time."""
    DATABASE.execute_sql(_TOUCH)


def loud_places() -> list[int]:
    """The places of the sightings that must be looked at whole."""
    return bulk.fetch_json(_LOUD_PLACES)


def set_devices(devices: Sequence[tuple[int, int]]) -> None:
    """Say which device each loud sighting belongs to: (place, id)."""
    bulk.execute(_SET_DEVICES, devices)


def days() -> list[int]:
    """The days (since 1970) of the sightings."""
    return bulk.fetch_json(_DAYS)


def log_lines(day: int) -> str:
    """The update log's lines of one day, as JSON."""
    lines: str = DATABASE.execute_sql(_LINES, (day,)).fetchone()[0]
    return lines


def count_hours() -> None:
    """Count the checks of each hour."""
    DATABASE.execute_sql(_HOURS)


def _row(sighting: Sighting) -> str:
    """One sighting as JSON; MAC and serial number are of characters that need no escaping."""
    request, known = sighting.request, sighting.known
    mac, serial, user = request.mac, request.serial, request.user_id
    return (
        f"[{sighting.sequence},{sighting.at},{sighting.next_check_at},{sighting.report_key},"
        f"{f'{chr(34)}{mac}{chr(34)}' if mac else 'null'},{f'{chr(34)}{serial}{chr(34)}' if serial else 'null'},"
        f"{encode_basestring(sighting.address)},{encode_basestring(user) if user else 'null'},"
        f"{known.logged or _shared(sighting)}]"
    )


def _shared(sighting: Sighting) -> str:
    """What sightings of the same report and decision have in common, as the end of a JSON array; kept with them."""
    request, offer = sighting.request, sighting.decision.offer
    modules = "#".join(f"{_part(m.file_name)};{m.version or ''};{_part(m.timestamp)}" for m in request.modules)
    about = sighting.decision.parameters.get("version")
    version = None if about is None else str(about)
    response = None
    if offer is not None:
        response = "#".join(
            f"{_part(file.name)};{_part(file.signature)};{offer.update.version.text};{_part(file.timestamp)}"
            for file in offer.update.files
        )
    texts = (
        request.device_type, request.vendor, request.model, request.revision, request.locale,
        modules, response or "", sighting.decision.code.value, version,
    )  # fmt: skip
    shared = ",".join("null" if text is None else encode_basestring(text) for text in texts)
    sighting.known.logged = shared
    return shared


def _part(text: str | None) -> str:
    """A part of a module in a log line, without the marks between parts and modules (contract section 8)."""
    return (text or "").replace("#", "_").replace(";", "_")
