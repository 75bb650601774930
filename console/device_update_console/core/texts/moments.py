"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

from device_update_console.core.texts.language import spoken, text
from device_update_contract.refusals import InvalidValue


class InvalidMoment(InvalidValue):
    """A text is no moment."""

    code = "invalid-moment"


_EXAMPLE = datetime(2026, 5, 3, 14, 2)  # noqa: DTZ001 -- of no zone


def parse_moment(typed: str) -> datetime:
    """A date, or a date and time, in ISO 8601 or as the person writes it; without a time zone it is this machine's.

    Raises:
        InvalidMoment.
    """
    conventions = spoken().conventions
    for read in (datetime.fromisoformat, conventions.read):
        try:
            return read(typed.strip()).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise InvalidMoment(
        text(
            "{typed!r} is no moment; write it as {day}, {moment} or 2026-05-03T14:02:00Z.",
            typed=typed[:40],
            day=conventions.day(_EXAMPLE),
            moment=conventions.minute(_EXAMPLE),
        )
    )
