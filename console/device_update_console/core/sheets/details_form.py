"""The form of details: a heading and rows of label and value, safe to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from device_update_console.core.texts.formats import moment_text, one_line
from device_update_console.core.texts.language import counted_text, text

Fact: TypeAlias = tuple[str, str | None]
"""A label and its value; None or empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Details:
    """A heading of one line, and labels with their values below it; only values may have several lines."""

    heading: str
    rows: tuple[tuple[str, str], ...]


def details(heading: str, *facts: Fact) -> Details:
    """Details without the facts that are not known, and without control characters."""
    return Details(one_line(heading), tuple((label, _lines(value)) for label, value in facts if value))


def moment_or_nothing(moment: datetime | None) -> str:
    """A moment in this machine's time zone; empty for none."""
    return "" if moment is None else moment_text(moment)


def period_text(count: int, first: datetime, last: datetime) -> str:
    """How often something happened, and when."""
    if count == 1:
        return text("once, {time}", time=moment_text(last))
    return counted_text(
        "{count} time, from {first} to {last}",
        "{count} times, from {first} to {last}",
        count,
        first=moment_text(first),
        last=moment_text(last),
    )


def _lines(value: str) -> str:
    return "\n".join(one_line(line) for line in value.splitlines())
