"""The pages of a list that are known: which row stands where, what to fetch for one that is missing, how long it is.

Rows stand at an index once they are known. What is known is one stretch around what is looked at, each page of it
joined to the next by a cursor, so that scrolling goes from row to row; after a jump it is another stretch, about where
the list has it. Only at the list's head may an estimated stretch not fit: then its first page is *loose*, and given up
as soon as nobody looks at it. Nothing here waits or asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic

from device_update_console.core.lists.page_steps import LARGEST_REQUEST, Fetched, Step
from device_update_console.core.lists.row_changes import Item, Row


@dataclass(slots=True)
class _KnownPage(Generic[Item]):
    rows: list[Row[Item]]
    after: str | None
    """The cursor that leads here."""
    next: str | None = None
    """The cursor that leads on, where it is known."""
    loose: bool = False
    """Whether it does not follow from the page before."""


class RowPages(Generic[Item]):
    """One list as far as it is known; ``total`` may be given from an earlier reading."""

    def __init__(self, page_rows: int, *, has_places: bool, total: int | None = None) -> None:
        self.page_rows = page_rows
        self.has_places = has_places
        self.begun = False
        """Whether anything was fetched."""
        self._total = total
        self._at_least = 0
        self._end: int | None = None
        self._shift = 0
        """How far rows really stand behind the place where they are shown."""
        self._pages: dict[int, _KnownPage[Item]] = {}
        self._cursors: dict[int, str | None] = {0: None}
        self._indexes: dict[str, int] = {}

    # What is known

    @property
    def total(self) -> int | None:
        """How many rows the service says there are."""
        return self._total

    @property
    def count(self) -> int:
        """How many rows there are, or at least are."""
        if self._end is not None:
            return self._end
        return max(self._total or 0, self._at_least, self._seen())

    @property
    def counted(self) -> bool:
        """Whether that is exact."""
        return self._end is not None or self._total is not None

    @property
    def complete(self) -> bool:
        """Whether every row is known."""
        return self._end is not None and sum(len(page.rows) for page in self._pages.values()) == self._end

    def row(self, index: int) -> Row[Item] | None:
        """The row at an index, if it is known."""
        number, offset = divmod(index, self.page_rows)
        page = self._pages.get(number)
        return page.rows[offset] if page is not None and 0 <= offset < len(page.rows) else None

    def index(self, item_id: str) -> int | None:
        """Where an item stands, if it is known."""
        return self._indexes.get(item_id)

    def known_ids(self) -> Iterable[str]:
        """The ids of all items that are known."""
        return self._indexes.keys()

    def ids_between(self, first: int, last: int) -> Iterator[str]:
        """The ids of the known rows from ``first`` to ``last``."""
        for index in range(first, last + 1):
            row = self.row(index)
            if row is not None:
                yield row.item_id

    def is_known(self, page: int) -> bool:
        """Whether a page was fetched."""
        return page in self._pages

    # What to fetch

    def step_for(self, page: int, *, jumped: bool) -> Step | None:
        """How to come to a page; None: from a neighbour, once that is known.

        ``jumped``: nothing that is looked at is known, so that the page may be taken by its place.
        """
        start = page * self.page_rows
        following = self._pages.get(page + 1)
        places = self.has_places and self._total is not None and start < self._total
        if self._leads_on(page - 1) or (self._has_cursor(page) and not (places and page and _came_by_place(following))):
            return Step(page, self.page_rows, after=self._cursor(page))
        if places and self._total is not None:
            if following is not None:
                place = max(0, start + self._shift)
                return Step(page, self.page_rows, place=place, total=self._total, before=following.rows[0].item_id)
            if not jumped and page - 1 not in self._pages:
                return None
            return Step(page, self.page_rows, place=start, total=self._total)
        nearest = max(known for known in self._cursors if known < page)
        pages = min(LARGEST_REQUEST // self.page_rows, page - nearest + 1)
        return Step(nearest, pages * self.page_rows, after=self._cursors[nearest])

    def way_to(self, row: int) -> tuple[int, str | None]:
        """The nearest row, at or before one, that a cursor leads to; and the cursor, None for the list's first row."""
        nearest = max(
            page for page in (*self._cursors, *(known + 1 for known in self._pages)) if self._leads(page, row)
        )
        return nearest * self.page_rows, self._cursor(nearest)

    # What changes

    def accept(self, fetched: Fetched[Item], rows: list[Row[Item]]) -> list[int]:
        """Take what was fetched, and say which pages are known now; a page that stands where it should stays."""
        step = fetched.step
        if not self._still_fits(step):
            return []
        if self._goes_elsewhere(fetched):
            del self._cursors[step.first]
            return []
        self.begun = True
        if fetched.total is not None or step.first == 0:
            self._total = fetched.total
        self._at_least = fetched.total_at_least
        taken = []
        for offset in range(0, len(rows), self.page_rows):
            number = step.first + offset // self.page_rows
            if number not in self._pages or self._pages[number].loose:
                self._keep(number, rows[offset : offset + self.page_rows], step.after if offset == 0 else None)
                taken.append(number)
        following = step.first + -(-len(rows) // self.page_rows)
        if rows and following - 1 not in taken:
            return taken  # what follows was noted when that page was fetched
        self._continue(following, fetched.next, step.first * self.page_rows + len(rows))
        if fetched.next is not None:
            self._join(following, fetched.next, found=fetched.found_at is not None)
        if step.place is not None:
            found_at = fetched.found_at
            self._shift = 0 if found_at is None else found_at - step.first * self.page_rows
        return taken

    def put(self, index: int, row: Row[Item]) -> None:
        """Show another row at an index that is known."""
        number, offset = divmod(index, self.page_rows)
        self._pages[number].rows[offset] = row

    def append(self, row: Row[Item]) -> int:
        """Let a row stand behind the last one of a list that is known whole; where it stands."""
        index = self.count
        page = self._pages.setdefault(index // self.page_rows, _KnownPage([], None))
        page.rows.append(row)
        self._indexes[row.item_id] = index
        self._end = index + 1
        return index

    def forget_apart(self, first_page: int, last_page: int) -> list[tuple[int, int]]:
        """Keep only what is looked at and what is joined to it, so that scrolling goes from row to row.

        Where nothing that is looked at is known, it is what it can be scrolled to from, rather from above.
        """
        in_view = [number for number in range(first_page, last_page + 1) if number in self._pages]
        beside = [number for number in (first_page - 1, last_page + 1) if number in self._pages]
        kept = in_view or beside[:1] or [first_page]
        lowest, highest = kept[0], kept[-1]
        while highest + 1 in self._pages and not self._pages[highest + 1].loose:
            highest += 1
        while lowest - 1 in self._pages and not self._is_loose(lowest):
            lowest -= 1
        return [self._forget(number) for number in list(self._pages) if not lowest <= number <= highest]

    def forget_far(self, first_page: int, last_page: int, kept_rows: int) -> list[tuple[int, int]]:
        """Keep no more than so many rows, and those near these pages; the stretches of indexes that are forgotten."""
        surplus = len(self._pages) - max(1, kept_rows // self.page_rows)
        if surplus <= 0:
            return []
        middle = (first_page + last_page) / 2
        far = sorted(self._pages, key=lambda number: -abs(number - middle))[:surplus]
        return [self._forget(number) for number in far if not first_page <= number <= last_page]

    def _is_loose(self, number: int) -> bool:
        page = self._pages.get(number)
        return page is not None and page.loose

    def _leads_on(self, number: int) -> bool:
        """Whether a page is known together with the cursor of what follows."""
        page = self._pages.get(number)
        return page is not None and page.next is not None

    def _has_cursor(self, number: int) -> bool:
        return number == 0 or self._cursor(number) is not None

    def _leads(self, page: int, row: int) -> bool:
        """Whether a page can be come to by a cursor on the way to a row."""
        return page <= row // self.page_rows and self._has_cursor(page)

    def _cursor(self, number: int) -> str | None:
        """The cursor that leads to a page: that of the page before, else what was noted when one was there."""
        before = self._pages.get(number - 1)
        if before is not None and before.next is not None:
            return before.next
        return self._cursors.get(number)

    def _still_fits(self, step: Step) -> bool:
        """Whether what stands beside the page is still what the step was made for."""
        if step.place is None:
            return self._cursor(step.first) == step.after
        if self._leads_on(step.first - 1):
            return False
        following = self._pages.get(step.first + step.limit // self.page_rows)
        return step.before is None or (following is not None and following.rows[0].item_id == step.before)

    def _goes_elsewhere(self, fetched: Fetched[Item]) -> bool:
        """Whether a cursor, noted when other rows stood here, led past the known rows that should follow."""
        step = fetched.step
        following = self._pages.get(step.first + 1)
        return (
            self.has_places
            and self._total is not None
            and step.place is None
            and step.first > 0
            and step.first - 1 not in self._pages
            and following is not None
            and following.after != fetched.next
        )

    def _keep(self, number: int, rows: list[Row[Item]], after: str | None) -> None:
        if number in self._pages:
            self._forget(number)
        self._pages[number] = _KnownPage(rows, after)
        start = number * self.page_rows
        self._indexes.update({row.item_id: start + offset for offset, row in enumerate(rows)})

    def _continue(self, following: int, cursor: str | None, end: int) -> None:
        """Note what follows, or that the list ends."""
        if cursor is not None:
            if self._cursors.get(following) != cursor:
                # What is noted further down belongs to another stretch.
                self._cursors = {number: noted for number, noted in self._cursors.items() if number < following}
                self._cursors[following] = cursor
            if following - 1 in self._pages:
                self._pages[following - 1].next = cursor
            if self._end is not None and end >= self._end:
                self._end = None
            return
        self._end = end
        for number in [known for known in self._pages if known * self.page_rows >= end]:
            self._forget(number)
        for number in [known for known in self._cursors if known > 0 and known * self.page_rows >= end]:
            del self._cursors[number]

    def _join(self, following: int, cursor: str, *, found: bool) -> None:
        """Note whether a known page follows from what was fetched before it."""
        page = self._pages.get(following)
        if page is not None:
            if found:
                page.after = cursor
            page.loose = page.after != cursor

    def _forget(self, number: int) -> tuple[int, int]:
        rows = self._pages.pop(number).rows
        start = number * self.page_rows
        for offset, row in enumerate(rows):
            if self._indexes.get(row.item_id) == start + offset:
                del self._indexes[row.item_id]
        return start, start + len(rows)

    def _seen(self) -> int:
        """The rows up to the last one that is known to be there."""
        last = max(self._cursors)
        known = max(self._pages, default=-1)
        ends = [known * self.page_rows + len(self._pages[known].rows)] if known >= 0 else []
        return max([last * self.page_rows + 1 if last else 0, *ends])


def _came_by_place(page: _KnownPage[Item] | None) -> bool:
    """Whether nothing tells yet what stands before a known page."""
    return page is not None and page.after is None
