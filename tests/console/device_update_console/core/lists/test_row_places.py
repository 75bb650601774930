"""Wherever the service's estimate of a place leads: scrolling meets every row, in its order, and none twice."""

from __future__ import annotations

import asyncio

import hypothesis
import pytest
from hypothesis import strategies
from tests.support.row_watching import RowWatcher

from device_update_console.core.lists.page_steps import LARGEST_REQUEST
from device_update_console.core.lists.paged_rows import PagedRows
from device_update_console.core.lists.row_changes import ListState, PageRequest
from device_update_console.core.lists.rows_between import RowsMoved, Stretch
from device_update_contract.administration.base import Page

VIEW = 7


class Numbers:
    """The list of the numbers from 0 on, whose places are off by up to ``error`` rows, more in its middle."""

    has_places = True
    has_items = False

    def __init__(self, length: int, error: int) -> None:
        self.length = length
        self.error = error
        self.asked = 0
        """How many pages were asked for."""
        self.largest_asked = 0
        """How often as many rows as the service gives were asked for."""

    def item_id(self, item: int) -> str:
        return str(item)

    async def page(self, request: PageRequest) -> Page[int]:
        self.asked += 1
        self.largest_asked += request.limit == LARGEST_REQUEST
        start = 0 if request.after is None else int(request.after) + 1
        if request.at is not None:
            middle = 1 - abs(2 * request.at - 1)
            start = int(request.at * self.length) + round(self.error * middle)
            start = max(0, min(start, self.length - request.limit))
        end = min(start + request.limit, self.length)
        following = str(end - 1) if end < self.length else None
        return Page[int](items=list(range(start, end)), next=following, total=self.length, total_at_least=self.length)

    async def item(self, item_id: str) -> int | None:
        return int(item_id)

    def fits(self, item: int) -> bool:
        return True


async def _look_at(rows: PagedRows[int], watcher: RowWatcher[int], first: int) -> list[int]:
    rows.show(first, first + VIEW - 1)
    await watcher.until(lambda: watcher.knows(first, first + VIEW - 1) or watcher.count <= first)
    last = min(first + VIEW, watcher.count)
    return [watcher.rows[index].item for index in range(first, last)]


async def _scroll_everywhere(length: int, error: int, jumps: list[float], kept_rows: int) -> None:
    watcher: RowWatcher[int] = RowWatcher()
    rows: PagedRows[int] = PagedRows(watcher, page_rows=10, kept_rows=kept_rows)
    rows.start(Numbers(length, error))
    await watcher.until(lambda: watcher.status.state is not ListState.LOADING)
    for jump in jumps:
        await _look_at(rows, watcher, int(jump * watcher.count))
    met: list[int] = []
    first = 0
    while first < watcher.count:
        met += await _look_at(rows, watcher, first)
        first += VIEW
    assert met == list(range(length))
    assert watcher.count == length
    await rows.close()


@hypothesis.given(
    length=strategies.integers(0, 400),
    error=strategies.integers(-30, 30),
    jumps=strategies.lists(strategies.floats(0, 0.999), max_size=4),
    kept_rows=strategies.sampled_from([60, 200, 5000]),
)
def test_every_row_is_met_by_scrolling_down_whatever_was_looked_at_before(
    length: int, error: int, jumps: list[float], kept_rows: int
) -> None:
    asyncio.run(_scroll_everywhere(length, error, jumps, kept_rows))


@hypothesis.given(
    length=strategies.integers(100, 400), error=strategies.integers(-30, 30), place=strategies.floats(0.4, 0.6)
)
def test_scrolling_both_ways_from_a_place_goes_from_row_to_row(length: int, error: int, place: float) -> None:
    async def scroll() -> None:
        watcher: RowWatcher[int] = RowWatcher()
        rows: PagedRows[int] = PagedRows(watcher, page_rows=10)
        rows.start(Numbers(length, error))
        await watcher.until(lambda: watcher.status.state is ListState.READY)
        start = int(place * length)
        (origin, *_) = await _look_at(rows, watcher, start)
        for step in (*range(0, -25, -5), *range(-25, 25, 5)):
            if start + step >= 30 + VIEW and 0 <= origin + step <= length - 2 * VIEW:
                seen = await _look_at(rows, watcher, start + step)
                assert seen[0] == origin + step
        await rows.close()

    asyncio.run(scroll())


async def test_scrolling_up_from_an_estimated_place_keeps_all_that_one_look_around_brings() -> None:
    pages = 40
    watcher: RowWatcher[int] = RowWatcher()
    numbers = Numbers(length=20_000, error=300)
    rows: PagedRows[int] = PagedRows(watcher)
    rows.start(numbers)
    await watcher.until(lambda: watcher.status.state is ListState.READY)
    (origin, *_) = await _look_at(rows, watcher, 9_000)
    for page in range(1, pages):
        (first, *_) = await _look_at(rows, watcher, 9_000 - 100 * page)
        assert first == origin - 100 * page
    assert 0 < numbers.largest_asked <= pages // 4
    await rows.close()


@hypothesis.given(
    length=strategies.integers(1, 400),
    error=strategies.integers(-30, 30),
    jumps=strategies.lists(strategies.floats(0, 0.999), max_size=4),
    ends=strategies.tuples(strategies.floats(0, 0.999), strategies.floats(0, 0.999)),
)
def test_rows_between_known_ones_are_all_of_them_or_none_is_read(
    length: int, error: int, jumps: list[float], ends: tuple[float, float]
) -> None:
    async def read() -> None:
        watcher: RowWatcher[int] = RowWatcher()
        rows: PagedRows[int] = PagedRows(watcher, page_rows=10)
        rows.start(Numbers(length, error))
        await watcher.until(lambda: watcher.status.state is not ListState.LOADING)
        known: dict[int, str] = {}
        for jump in (*jumps, *ends):
            first = int(jump * watcher.count)
            known |= {first + offset: str(item) for offset, item in enumerate(await _look_at(rows, watcher, first))}
        first, last = sorted(int(end * watcher.count) for end in ends)
        progress: list[int] = []
        try:
            read = await rows.read_between(Stretch(first, last, known), progress.append)
        except RowsMoved:
            assert error, "a list whose places are exact is read whatever was looked at"
        else:
            numbers = [row.item for row in read]
            assert numbers == list(range(numbers[0], numbers[0] + last - first + 1))
            assert all(int(known[first + n]) == number for n, number in enumerate(numbers) if first + n in known)
            assert progress[-1] == len(read)
        await rows.close()

    asyncio.run(read())


@pytest.mark.parametrize("first_seen", [True, False])
@pytest.mark.parametrize("error", [0, 300])
async def test_rows_far_down_are_read_from_where_they_stand(error: int, *, first_seen: bool) -> None:
    watcher: RowWatcher[int] = RowWatcher()
    numbers = Numbers(length=200_000, error=error)
    rows: PagedRows[int] = PagedRows(watcher)
    rows.start(numbers)
    await watcher.until(lambda: watcher.status.state is ListState.READY)
    seen = await _look_at(rows, watcher, 159_950)  # and on at once, before the rows above have come
    below = await _look_at(rows, watcher, 163_900)
    above = {159_950 + offset: str(item) for offset, item in enumerate(seen)} if first_seen else {}
    follows = seen[0] + 3_950 if first_seen else below[0]  # places are off by another number of rows further down
    wanted = Stretch(159_957, 163_899, above | {163_900: str(follows)})
    numbers.asked = 0
    if error and not first_seen:
        with pytest.raises(RowsMoved):
            await rows.read_between(wanted, lambda _: None)
    else:
        read = await rows.read_between(wanted, lambda _: None)
        assert [row.item for row in read] == list(range(seen[-1] + 1, seen[-1] + 1 + wanted.count))
    assert numbers.asked < 60
    await rows.close()
