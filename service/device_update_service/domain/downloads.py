"""Which bytes of a file a device has been sent: covered ranges count once, resumed or not (contract 2.3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

ByteRange = tuple[int, int]
"""First byte, and the byte after the last."""

CoveredRanges = tuple[ByteRange, ...]
"""Sorted, none touches another."""

MAX_RANGES = 256
"""A device that resumes has a few. Any number could be asked for, byte by byte, and each further one costs the more."""


def add_range(covered: CoveredRanges, first: int, end: int) -> CoveredRanges:
    """Add the bytes from `first` up to, not including, `end`; an empty range adds nothing.

    A range apart from `MAX_RANGES` others is not counted.
    """
    if end <= first:
        return covered
    left = bisect_left(covered, first, key=_end)
    right = bisect_right(covered, end, key=_first)
    if left < right:
        first = min(first, covered[left][0])
        end = max(end, covered[right - 1][1])
    elif len(covered) >= MAX_RANGES:
        return covered
    return (*covered[:left], (first, end), *covered[right:])


def covered_bytes(covered: CoveredRanges) -> int:
    """How many different bytes the ranges hold."""
    return sum(end - first for first, end in covered)


def _first(byte_range: ByteRange) -> int:
    return byte_range[0]


def _end(byte_range: ByteRange) -> int:
    return byte_range[1]
