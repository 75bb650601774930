"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from device_update_contract.refusals import InvalidValue


class InvalidMoment(InvalidValue):
    """A text is no moment."""

    code = "invalid-moment"


def parse_moment(text: str) -> datetime:
    """A date, or a date and time, in ISO 8601; without a time zone it is this machine's.

    Raises:
        InvalidMoment.
    """
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidMoment(
            f"{text[:40]!r} is no moment; write it as 2026-05-03, 2026-05-03T14:02 or 2026-05-03T14:02:00Z."
        ) from error
