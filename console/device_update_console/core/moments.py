"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from device_update_console.core.language import text
from device_update_contract.refusals import InvalidValue


class InvalidMoment(InvalidValue):
    """A text is no moment."""

    code = "invalid-moment"


def parse_moment(typed: str) -> datetime:
    """A date, or a date and time, in ISO 8601; without a time zone it is this machine's.

    Raises:
        InvalidMoment.
    """
    try:
        return datetime.fromisoformat(typed.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidMoment(
            text(
                "{typed!r} is no moment; write it as 2026-05-03, 2026-05-03T14:02 or 2026-05-03T14:02:00Z.",
                typed=typed[:40],
            )
        ) from error
