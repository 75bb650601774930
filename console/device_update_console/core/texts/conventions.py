"""How numbers, dates and times are written where a person lives, as data: a front end may know more of the place."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime

_PART = re.compile(r"'([^']*)'|yy(?:yy)?|M{1,4}|d{1,2}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|[aA][pP]")


@dataclass(frozen=True, slots=True)
class Conventions:
    """Separators of numbers, and patterns of a date and of a time in CLDR's letters (``dd.MM.yyyy``, ``h:mm AP``).

    Without anything said they are those of ISO 8601: the one form that nobody takes for another.
    """

    grouping: str = ","
    decimal: str = "."
    date: str = "yyyy-MM-dd"
    time: str = "HH:mm"
    time_with_seconds: str = "HH:mm:ss"
    halves: tuple[str, str] = ("AM", "PM")
    """Of the day, where hours are counted to twelve."""

    def whole(self, number: int) -> str:
        """A whole number in groups of three digits."""
        return f"{number:,}".replace(",", self.grouping)

    def with_digits(self, number: float, digits: int) -> str:
        """A number with so many digits after its decimal mark."""
        whole, _, rest = f"{number:,.{digits}f}".partition(".")
        whole = whole.replace(",", self.grouping)
        return f"{whole}{self.decimal}{rest}" if rest else whole

    def day(self, at: datetime) -> str:
        """The date of a moment, in the time zone that it is in."""
        return self._written(self.date, at)

    def clock(self, at: datetime) -> str:
        """The time of a moment, to the second."""
        return self._written(self.time_with_seconds, at)

    def moment(self, at: datetime) -> str:
        """Date and time, to the second."""
        return self._written(f"{self.date} {self.time_with_seconds}", at)

    def minute(self, at: datetime) -> str:
        """Date and time, to the minute, for a sentence."""
        return self._written(f"{self.date} {self.time}", at)

    def clock_to_minute(self, at: datetime) -> str:
        """The time of a moment, to the minute."""
        return self._written(self.time, at)

    def read(self, written: str) -> datetime:
        """A date as it is written here, with a time or without, to the minute or to the second; without a time zone.

        Raises:
            ValueError: it is none.
        """
        for pattern in (self.date, f"{self.date} {self.time}", f"{self.date} {self.time_with_seconds}"):
            found = re.fullmatch(self._expression(pattern), " ".join(written.split()), re.IGNORECASE)
            if found is not None:
                return self._moment_of(found.groupdict())
        raise ValueError(written)

    def _expression(self, pattern: str) -> str:
        """The regular expression of what is written by a pattern."""
        expression, end = "", 0
        for found in _PART.finditer(pattern):
            expression += re.escape(pattern[end : found.start()]) + self._expected(found)
            end = found.end()
        return expression + re.escape(pattern[end:])

    def _expected(self, found: re.Match[str]) -> str:
        match found[0][0]:
            case "'":
                return re.escape(found[1])
            case "y":
                return r"(?P<y>\d{4})"
            case "a" | "A":
                return f"(?P<a>{'|'.join(map(re.escape, self.halves))})"
            case letter:
                return rf"(?P<{letter}>\d{{1,2}})"

    def _moment_of(self, found: dict[str, str]) -> datetime:
        hour = int(found.get("H") or found.get("h") or 0)
        if found.get("a"):
            hour = hour % 12 + (12 if found["a"].casefold() == self.halves[1].casefold() else 0)
        day = (int(found["y"]), int(found["M"]), int(found["d"]))
        return datetime(*day, hour, int(found.get("m") or 0), int(found.get("s") or 0))  # noqa: DTZ001 -- of no zone

    def _written(self, pattern: str, at: datetime) -> str:
        half = self.halves[at.hour >= 12]
        return _template(pattern).format(
            y=at.year, M=at.month, d=at.day, H=at.hour, h=(at.hour - 1) % 12 + 1, m=at.minute, s=at.second, a=half
        )


@functools.cache
def _template(pattern: str) -> str:
    """A pattern as one of `str.format`: lists are full of moments, and a pattern is always the same."""
    template, end = "", 0
    for found in _PART.finditer(pattern):
        template += _literal(pattern[end : found.start()]) + _place(found)
        end = found.end()
    return template + _literal(pattern[end:])


def _place(found: re.Match[str]) -> str:
    match found[0][0]:
        case "'":
            return _literal(found[1])
        case "y":
            return "{y:04}"
        case "a" | "A":
            return "{a}"
        case letter:
            return f"{{{letter}}}" if len(found[0]) == 1 else f"{{{letter}:02}}"


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


FOR_FILES = Conventions(grouping="")
"""What programs read."""
