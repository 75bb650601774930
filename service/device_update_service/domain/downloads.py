"""Which bytes of a file a device has been sent: covered ranges count once, resumed or not (contract 2.3)."""

from __future__ import annotations

ByteRange = tuple[int, int]
"""First byte, and the byte after the last."""

CoveredRanges = tuple[ByteRange, ...]
"""Sorted, none touches another."""


def add_range(covered: CoveredRanges, first: int, end: int) -> CoveredRanges:
    """Add the bytes from `first` up to, not including, `end`; an empty range adds nothing."""
    raise NotImplementedError


def covered_bytes(covered: CoveredRanges) -> int:
    """How many different bytes the ranges hold."""
    raise NotImplementedError
