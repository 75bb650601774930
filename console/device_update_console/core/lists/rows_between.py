"""Reading rows that nobody scrolled over, so that they can be selected: all of a stretch, or none of it.

They are met from a cursor that is known, or from a place where none leads near, page by page, and must lead to the
known rows at either end. Where they do not, the list changed or a place in it was only estimated, and nothing is read:
nobody can tell what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from device_update_console.core.failures import FailedCall
from device_update_console.core.lists.page_steps import Step, carry_out
from device_update_console.core.lists.row_changes import Item, PageRequest, Row, RowSource
from device_update_console.core.lists.row_pages import RowPages
from device_update_console.core.texts.language import text

MOST_SELECTED = 10_000
"""Rows that can be selected item by item: so many items one request may name."""

_READ_AT_ONCE = 100
"""Rows; to take apart an answer of more would hold up the window in the thread beside it."""

Progress = Callable[[int], object]
"""How many rows were read."""


class RowsMoved(FailedCall):
    """What is read does not lead to the rows that are known."""

    code = "rows-moved"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows from ``first`` to ``last``; ``known`` are the ids of some that are known, by their numbers."""

    first: int
    last: int
    known: Mapping[int, str]

    @property
    def count(self) -> int:
        """How many rows it has."""
        return self.last - self.first + 1


async def read_stretch(
    source: RowSource[Item], pages: RowPages[Item], wanted: Stretch, progress: Progress
) -> list[Row[Item]]:
    """Read a stretch of a list of which these pages are known.

    Raises:
        RowsMoved. Refusal: as the source does.
    """
    at, request = await _way_to(source, pages, wanted)
    if wanted.first - at > MOST_SELECTED:
        raise _moved()
    end = wanted.last + (wanted.last + 1 in wanted.known)
    read: list[Row[Item]] = []
    while at <= end:
        page = await source.page(replace(request, limit=min(_READ_AT_ONCE, end - at + 1)))
        for row in (Row(source.item_id(item), item) for item in page.items):
            if wanted.known.get(at, row.item_id) != row.item_id:
                raise _moved()
            if wanted.first <= at <= wanted.last:
                read.append(row)
            at += 1
        progress(len(read))
        if page.next is None or page.next == request.after:
            break
        request = PageRequest(_READ_AT_ONCE, after=page.next)
    if at <= end:
        raise _moved()
    return read


async def _way_to(source: RowSource[Item], pages: RowPages[Item], wanted: Stretch) -> tuple[int, PageRequest]:
    """A row at or before the stretch, and what to ask for to come to it.

    The row above is met too where it is known, so that it is seen that the stretch follows from it.
    """
    start = wanted.first - 1 if wanted.first - 1 in wanted.known else wanted.first
    nearest, cursor = pages.way_to(start)
    if start - nearest < pages.page_rows or not pages.has_places or pages.total is None:
        return nearest, PageRequest(_READ_AT_ONCE, after=cursor)
    before = wanted.known.get(start)
    if before is None:
        return start, Step(start // pages.page_rows, _READ_AT_ONCE, place=start, total=pages.total).request()
    size = pages.page_rows
    step = Step(start // size - 1, size, place=start - size, total=pages.total, before=before)
    found = await carry_out(source, step)
    if found.found_at is None or found.next is None:
        raise _moved()
    return start, PageRequest(_READ_AT_ONCE, after=found.next)


def _moved() -> RowsMoved:
    return RowsMoved(
        text(
            "The list is not what it was, so that nobody can tell which rows are meant. Refresh (F5) and select again."
        )
    )
