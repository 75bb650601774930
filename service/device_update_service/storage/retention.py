"""What is forgotten with time, in slices that never hold up checks, and giving the space back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.tables import DATABASE

SLICE: Final = 5000
_FREE_PAGES: Final = 2000

_EVENTS: Final = "DELETE FROM device_event WHERE id IN (SELECT id FROM device_event WHERE at < ? LIMIT ?)"
_REFUSED: Final = "DELETE FROM refused_request WHERE id IN (SELECT id FROM refused_request WHERE last_at < ? LIMIT ?)"
_BODIES: Final = "DELETE FROM unread_body WHERE refused_request_id NOT IN (SELECT id FROM refused_request)"
_HOURS: Final = "DELETE FROM checks_in_hour WHERE hour < ?"
_SESSIONS: Final = "DELETE FROM session WHERE expires_at < ?"


def forget_old_history(now: datetime, history_days: int) -> bool:
    """Delete one slice of the histories' old entries, and ended sessions; whether there may be more."""
    DATABASE.execute_sql(_SESSIONS, (to_milliseconds(now),))
    return _delete(_EVENTS, now - timedelta(days=history_days))


def forget_old_logs(now: datetime, log_days: int) -> bool:
    """Delete one slice of the refused requests, and old counts of checks per hour; whether there may be more."""
    more = _delete(_REFUSED, now - timedelta(days=log_days))
    DATABASE.execute_sql(_BODIES)
    DATABASE.execute_sql(_HOURS, (to_milliseconds(now - timedelta(days=max(log_days, 31))),))
    return more


def give_space_back() -> bool:
    """Return some free pages to the disk; whether there are more."""
    DATABASE.execute_sql(f"PRAGMA incremental_vacuum({_FREE_PAGES})").fetchall()
    return bool(DATABASE.execute_sql("PRAGMA freelist_count").fetchone()[0])


def _delete(statement: str, before: datetime) -> bool:
    return bool(DATABASE.execute_sql(statement, (to_milliseconds(before), SLICE)).rowcount == SLICE)
