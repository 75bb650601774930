"""Reading rows that nobody scrolled over, so that they can be selected: all of a stretch, or none of it.

They are met from a cursor that is known, page by page, and must lead to the known rows at either end. Where they do
not, the list changed or a place in it was only estimated, and nothing is read: nobody can tell what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_update_console.core.failures import FailedCall
from device_update_console.core.lists.row_changes import Item, PageRequest, Row, RowSource
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
    source: RowSource[Item], start: int, cursor: str | None, wanted: Stretch, progress: Progress
) -> list[Row[Item]]:
    """Read a stretch of a list from the cursor that leads to the row ``start``, at or before it.

    Raises:
        RowsMoved. Refusal: as the source does.
    """
    if wanted.first - start > MOST_SELECTED:
        raise _moved()
    at, end = start, wanted.last + (wanted.last + 1 in wanted.known)
    read: list[Row[Item]] = []
    while at <= end:
        page = await source.page(PageRequest(min(_READ_AT_ONCE, end - at + 1), after=cursor))
        for row in (Row(source.item_id(item), item) for item in page.items):
            if wanted.known.get(at, row.item_id) != row.item_id:
                raise _moved()
            if wanted.first <= at <= wanted.last:
                read.append(row)
            at += 1
        progress(len(read))
        if page.next is None or page.next == cursor:
            break
        cursor = page.next
    if at <= end:
        raise _moved()
    return read


def _moved() -> RowsMoved:
    return RowsMoved(
        text(
            "The list is not what it was, so that nobody can tell which rows are meant. Refresh (F5) and select again."
        )
    )
