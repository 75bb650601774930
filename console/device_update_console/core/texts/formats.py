"""How values are written for people, in their language and by their conventions: sizes, moments, durations, classes."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Protocol

from device_update_console.core.texts.language import counted_text, marked, spoken, text

_UNITS = ("KB", "MB", "GB", "TB")
_DAYS, _HOURS, _MINUTES, _SECONDS = (
    marked("{number} d"),
    marked("{number} h"),
    marked("{number} min"),
    marked("{number} s"),
)


class OfDeviceClass(Protocol):
    """Anything with the fields of a device class and an update type."""

    @property
    def brand(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def revision(self) -> str: ...  # noqa: D102
    @property
    def locale(self) -> str: ...  # noqa: D102
    @property
    def update_type(self) -> str: ...  # noqa: D102


def size_text(count: int) -> str:
    """Bytes in decimal units, as the service's sentences have them, with a digit more: ``512 bytes``, ``31.5 MB``."""
    if count < 1000:
        return counted_text("{count} byte", "{count} bytes", count)
    value = float(count)
    for unit in _UNITS:
        value /= 1000
        if value < 999.5 or unit == _UNITS[-1]:
            break
    return f"{spoken().conventions.with_digits(value, 0 if value >= 99.95 else 1)} {unit}"


def moment_text(moment: datetime | None) -> str:
    """A moment in this machine's time zone, to the second; ``-`` for none."""
    return "-" if moment is None else spoken().conventions.moment(moment.astimezone())


def clock_text(moment: datetime) -> str:
    """The time of a moment in this machine's time zone, to the second: what is near needs no date."""
    return spoken().conventions.clock(moment.astimezone())


def number_text(number: int) -> str:
    """A count with its separators."""
    return spoken().conventions.whole(number)


def duration_text(seconds: int) -> str:
    """A duration in its two largest units: ``3 d 4 h``, ``12 min 5 s``."""
    days, rest = divmod(max(seconds, 0), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = ((days, _DAYS), (hours, _HOURS), (minutes, _MINUTES), (left, _SECONDS))
    parts = [text(unit, number=number) for number, unit in units if number]
    return " ".join(parts[:2]) or text(_SECONDS, number=0)


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 device``, ``2 devices``."""
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"


def rule_label(subject: OfDeviceClass) -> str:
    """A rule as people name it: brand, model, revision, locale and update type."""
    return f"{subject.brand} {subject.model} {subject.revision} {subject.locale} {subject.update_type}"


def one_line(text: str) -> str:
    """Text that is safe on a terminal: control and direction characters, which devices could send, are spelt out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_plain(character) else _spelt(character) for character in text)


def display_width(text: str) -> int:
    """The columns that text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LMNPSZ" and category not in {"Zl", "Zp"}


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
