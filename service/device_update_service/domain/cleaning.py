"""When logs are cleaned: hourly, or once a day at a time of the server's clock (contract section 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def is_cleaning_due(last: datetime, now: datetime, time_of_day: str | None) -> bool:
    """Whether logs are to be cleaned now.

    ``last`` is when they were cleaned last, or when the service started: a service that was just started does not clean
    at another time than it was told. ``now`` is in the server's local time; ``time_of_day`` is ``HH:MM``, or None for
    hourly.
    """
    if time_of_day is None:
        return now - last >= timedelta(hours=1)
    hour, minute = time_of_day.split(":")
    due = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if due > now:
        due -= timedelta(days=1)
    return last < due


def is_cleaning_overdue(oldest_day: str | None, now: datetime, days: int) -> bool:
    """Whether logs are kept a day longer than they may be: no service ran when they were to be cleaned.

    ``oldest_day`` is the day of the oldest log in UTC, as ``YYYYMMDD``; None when there is none.
    """
    return oldest_day is not None and oldest_day < f"{now.astimezone(UTC) - timedelta(days=days + 1):%Y%m%d}"
