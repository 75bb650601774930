"""Which bytes a ``Range`` header asks for (RFC 9110 section 14, contract section 3.3). Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_RANGES: Final = 16
"""More ranges than these in one header are answered with the whole file."""

_SPECIFICATION = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)
_LONGEST_NUMBER = 19  # digits of 2^63: no file is longer, and int() refuses thousands of digits


class ByteRange(NamedTuple):
    """The bytes from ``start`` up to, not including, ``end`` (both counted from zero); never empty."""

    start: int
    end: int


def select_ranges(header: str, size: int) -> tuple[ByteRange, ...] | None:
    """Resolve a ``Range`` header against a file of ``size`` bytes.

    Returns the ranges to send in the order asked for; an empty tuple when none of them can be satisfied; None when
    the header is to be ignored and the whole file sent: another unit, malformed, more than `MAX_RANGES`, overlapping,
    or the last bytes of an empty file (which can be satisfied, but not be written down as a ``Content-Range``).
    """
    specifications = _parse(header)
    if specifications is None or len(specifications) > MAX_RANGES:
        return None
    ranges: list[ByteRange] = []
    for first, last in specifications:
        if first is None:
            start, end = max(size - (last or 0), 0), size
            if last and not size:
                return None
        else:
            start, end = first, size if last is None else min(last + 1, size)
        if start < end:
            ranges.append(ByteRange(start, end))
    return None if _overlap(ranges) else tuple(ranges)


def _parse(header: str) -> list[tuple[int | None, int | None]] | None:
    """The (first, last) pairs of a well-formed ``bytes`` header; the last N bytes are (None, N); else None."""
    unit, separator, rest = header.partition("=")
    if not separator or unit.strip(" \t").lower() != "bytes":
        return None
    specifications: list[tuple[int | None, int | None]] = []
    for element in rest.split(","):
        text = element.strip(" \t")
        if not text:
            continue  # empty list elements are allowed (RFC 9110 section 5.6.1)
        match = _SPECIFICATION.fullmatch(text)
        if match is None:
            return None
        first, last = _number(match[1]), _number(match[2])
        if (first is None and last is None) or (first is not None and last is not None and first > last):
            return None
        specifications.append((first, last))
    return specifications or None


def _number(digits: str) -> int | None:
    digits = digits.lstrip("0") or digits[:1]
    if not digits:
        return None
    return int(digits) if len(digits) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


def _overlap(ranges: list[ByteRange]) -> bool:
    reached = 0
    for byte_range in sorted(ranges):
        if byte_range.start < reached:
            return True
        reached = byte_range.end
    return False
