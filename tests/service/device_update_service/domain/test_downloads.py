"""Covered byte ranges against a plain set of bytes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_update_service.domain.downloads import MAX_RANGES, CoveredRanges, add_range, covered_bytes

_range = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(_range, max_size=12))
def test_every_byte_counts_once_in_whatever_order_it_was_sent(sent: list[tuple[int, int]]) -> None:
    covered: CoveredRanges = ()
    model: set[int] = set()
    for first, end in sent:
        covered = add_range(covered, first, end)
        model |= set(range(first, end))
        assert {byte for start, stop in covered for byte in range(start, stop)} == model
        assert covered_bytes(covered) == len(model)
        assert all(start < stop for start, stop in covered)
        assert all(before[1] < after[0] for before, after in pairwise(covered))


def test_a_resumed_download_that_overlaps_is_one_range() -> None:
    assert add_range(((0, 18),), 15, 30) == ((0, 30),)


def test_ranges_that_touch_become_one() -> None:
    assert add_range(((0, 10), (20, 30)), 10, 20) == ((0, 30),)


def test_bytes_fetched_here_and_there_stay_within_bounds_and_a_download_still_completes() -> None:
    covered: CoveredRanges = ()
    for first in range(0, 3000, 3):
        covered = add_range(covered, first, first + 1)
    assert len(covered) == MAX_RANGES
    assert covered_bytes(covered) == MAX_RANGES
    assert add_range(covered, 0, 3000) == ((0, 3000),)
    assert len(add_range(covered, 1, 3)) == MAX_RANGES - 1
