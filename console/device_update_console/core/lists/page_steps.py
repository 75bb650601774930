"""Fetching one page of a virtual list: by its cursor, by its place, or as what stands before rows that are known.

A place (`PageRequest.at`) is only about right: where a filter is not the sort's own, the service estimates it. Rows
that are next to known ones are therefore never taken by place alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic

from device_update_console.core.failures import NotTheService
from device_update_console.core.lists.row_changes import Item, PageRequest, RowSource
from device_update_console.core.texts.language import text

LARGEST_REQUEST = 1000
"""Rows; the largest page that the service gives."""

_LOOKED_AROUND = (-450, -1350, 450, -2250, 1350, -3150, 2250)
"""Where windows of `LARGEST_REQUEST` rows begin, from the place on, to find a row whose place was estimated wrongly;
they overlap by a page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to fetch: rows from page ``first`` on.

    With ``place`` (rows before it, of ``total``) they are taken there; with ``before`` in addition, so that they end
    where the item of that id stands. Otherwise they are those after the cursor.
    """

    first: int
    limit: int
    after: str | None = None
    place: int | None = None
    total: int = 0
    before: str | None = None

    def request(self) -> PageRequest:
        """What to ask at first; the last rows of the list are not asked for with others before them."""
        if self.place is None:
            return PageRequest(self.limit, after=self.after)
        return _at(self.place, self.total, max(1, min(self.limit, self.total - self.place)))


@dataclass(frozen=True, slots=True)
class Fetched(Generic[Item]):
    """What a step brought: rows from page ``step.first`` on, and the cursor of what follows (None: nothing does).

    ``found_at`` is the place where the rows before a known one really stood; None when they were not found, so that
    the known row may not be what follows.
    """

    step: Step
    items: list[Item]
    next: str | None
    total: int | None
    total_at_least: int
    found_at: int | None = None


async def carry_out(source: RowSource[Item], step: Step) -> Fetched[Item]:
    """Fetch what a step says; at the end of the list it is less.

    Raises:
        Refusal: as the source does; `NotTheService` for pages that are none.
    """
    if step.before is None:
        return await _rows(source, step, step.request(), step.limit)
    plain = await _rows(source, step, step.request())
    if plain.next is not None:
        following = await source.page(PageRequest(1, after=plain.next))
        if [source.item_id(item) for item in following.items] == [step.before]:
            return _found(plain, (step.place or 0) + step.limit)
    found = await _looked_for(source, step)
    return found or await _rows(source, step, _at(step.first * step.limit, step.total, step.limit))


async def _looked_for(source: RowSource[Item], step: Step) -> Fetched[Item] | None:
    """The rows before a known one, whose place is not where it was thought to be; None: not found in a few looks."""
    for offset in _LOOKED_AROUND:
        start = max(0, min((step.place or 0) + offset, step.total - LARGEST_REQUEST))
        around = await _rows(source, step, _at(start, step.total, LARGEST_REQUEST))
        ids = [source.item_id(item) for item in around.items]
        if step.before in ids[step.limit :]:
            before = ids.index(step.before)
            exact = await _rows(source, step, _at(start, step.total, before))
            if [source.item_id(item) for item in exact.items] == ids[:before]:
                return _found(_whole_pages(exact), start + before)
    return None


def _whole_pages(rows: Fetched[Item]) -> Fetched[Item]:
    """All pages that end where the step's does, but for the list's first: whoever scrolls up comes to them next."""
    step = rows.step
    pages = max(1, min(len(rows.items) // step.limit, step.first))
    reached = replace(step, first=step.first - pages + 1, limit=pages * step.limit)
    return replace(rows, step=reached, items=rows.items[-reached.limit :])


def _found(rows: Fetched[Item], end: int) -> Fetched[Item]:
    """Rows of which it is known before how many rows of the list they end."""
    return replace(rows, found_at=end - rows.step.limit)


async def _rows(source: RowSource[Item], step: Step, request: PageRequest, wanted: int = 0) -> Fetched[Item]:
    """As many rows as are asked for, also where the service gives them in smaller pages; ``wanted`` if there are.

    A page may have no rows and others behind it: one request looks at so many, whatever it finds among them.
    """
    page = await source.page(request)
    items = list(page.items)
    following = page.next
    wanted = max(wanted, request.limit)
    while following is not None and len(items) < wanted:
        more = await source.page(PageRequest(wanted - len(items), after=following))
        if more.next == following:
            raise NotTheService(text("The service answers one page of the list again and again."))
        items += more.items
        following = more.next
    if len(items) > wanted:
        raise NotTheService(text("The service answers more rows than were asked for."))
    return Fetched(step, items, following, page.total, page.total_at_least)


def _at(place: int, total: int, limit: int) -> PageRequest:
    """The middle of the row at a place, so that no rounding leads to the one before."""
    return PageRequest(limit, at=min(1.0, (place + 0.5) / max(1, total)) if place > 0 else 0.0)
