"""Times as rules compare them (aware datetimes in UTC) and as they are stored (milliseconds since 1970)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """A moment as it is stored; what is below a millisecond is cut off."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """A stored moment, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
