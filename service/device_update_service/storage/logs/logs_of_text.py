"""Device logs whose sender is named by a text: by the indexes of identifiers, and among the newest logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_update_service.domain.sought_texts import SoughtText
from device_update_service.storage.tables import DATABASE
from device_update_service.storage.text_patterns import anywhere, like

_NEWEST: Final = 2_000
_BY_INDEX: Final = 500
_BEYOND_ALL: Final = "\x7f"
"""Sorts behind everything that identifiers hold."""


@dataclass(frozen=True, slots=True)
class LogsOfText:
    """How many logs there are, and whence and when the last one came; time in milliseconds."""

    count: int
    address: str
    last_at: int


def logs_of_text(sought: SoughtText, *, without_device: bool) -> LogsOfText | None:
    """The logs of senders with a text in what is known of them; ``without_device``: only of those without a record."""
    chosen, parameters = _by_identifiers(sought)
    held = [("mac", form) for form in sought.in_macs]
    held += [(column, sought.text) for column in ("mac", "serial", "user", "address")]
    chosen.append(
        f"SELECT id FROM (SELECT id, mac, serial, user, address FROM device_log"
        f" ORDER BY stored_at DESC, id DESC LIMIT {_NEWEST}) WHERE {' OR '.join(like(column) for column, _ in held)}"
    )
    parameters += [anywhere(text) for _, text in held]
    unknown = " AND device_id IS NULL" if without_device else ""
    rows = DATABASE.execute_sql(
        f"SELECT address, stored_at FROM device_log WHERE id IN ({' UNION '.join(chosen)}){unknown}"
        " ORDER BY stored_at DESC, id DESC",
        parameters,
    ).fetchall()
    return LogsOfText(len(rows), *rows[0]) if rows else None


def logs_of_device(device_id: int, most: int) -> int:
    """How many logs a device sent; counting ends at ``most``."""
    statement = "SELECT count(*) FROM (SELECT 1 FROM device_log WHERE device_id = ? LIMIT ?)"
    return int(DATABASE.execute_sql(statement, (device_id, most)).fetchone()[0])


def oldest_log_at() -> int | None:
    """When the oldest log that is kept came, in milliseconds."""
    row = DATABASE.execute_sql("SELECT min(stored_at) FROM device_log").fetchone()
    return None if row[0] is None else int(row[0])


def _by_identifiers(sought: SoughtText) -> tuple[list[str], list[str]]:
    """What begins so, however old it is."""
    beginnings = [("serial_key", sought.text.upper()), *(("mac", form) for form in sought.in_macs[:1])]
    chosen = [
        f"SELECT id FROM (SELECT id FROM device_log WHERE {column} >= ? AND {column} < ? LIMIT {_BY_INDEX})"
        for column, _ in beginnings
    ]
    return chosen, [bound for _, begins in beginnings for bound in (begins, begins + _BEYOND_ALL)]
