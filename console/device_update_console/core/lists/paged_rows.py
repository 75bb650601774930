"""A list of any length, of which only what is looked at is fetched and kept (issue "The console", items 5 and 6).

Rows never move: once known, a row stands where it stands until somebody asks for a refresh. Of two requests the newer
counts, however late the older one is answered. A page that cannot be fetched is told and fetched again on demand, not
by itself. Nothing here knows how a list is shown, or what is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Generic

from device_update_console.core.failures import RefusedByService
from device_update_console.core.lists.changed_items import ChangedItems
from device_update_console.core.lists.page_steps import Fetched, Step, carry_out
from device_update_console.core.lists.row_changes import (
    Item,
    ListState,
    ListStatus,
    Row,
    RowsBegun,
    RowsChange,
    RowsCounted,
    RowsForgotten,
    RowsKnown,
    RowsObserver,
    RowSource,
    StatusChanged,
)
from device_update_console.core.lists.row_pages import RowPages
from device_update_console.core.lists.rows_between import Progress, Stretch, read_stretch

PAGE_ROWS = 100
KEPT_ROWS = 5_000
"""Rows that are kept at least in part out of sight; a device takes about 6 KB."""

_PAGES_AHEAD = 2
_PAGES_BEHIND = 1
_AT_ONCE = 2
_ITEMS_AT_ONCE = 4
_MOST_NEWCOMERS = 8
"""Items of one event that may have come into a list; more are not looked at one by one."""


class _Reading(Generic[Item]):
    """One reading of one list, with the requests for its pages that are under way."""

    def __init__(self, source: RowSource[Item], pages: RowPages[Item], *, same_list: bool) -> None:
        self.source = source
        self.pages = pages
        self.same_list = same_list
        self.changed = ChangedItems()
        self.newcomers: dict[str, None] = {}
        """Ids of items that may have come into a list of which all rows are known."""
        self.outdated = False
        self.failure: Exception | None = None
        self.failed: set[int] = set()
        self.running: dict[int, asyncio.Task[None]] = {}
        self.item_reader: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Whatever is still answered is not taken any more."""
        for task in (*self.running.values(), *([self.item_reader] if self.item_reader else ())):
            task.cancel()


class PagedRows(Generic[Item]):
    """One virtual list, used in the loop's thread; whoever shows it is told `RowsChange` after `RowsChange`."""

    def __init__(self, observer: RowsObserver[Item], *, page_rows: int = PAGE_ROWS, kept_rows: int = KEPT_ROWS) -> None:
        self._observer = observer
        self._page_rows = page_rows
        self._kept_rows = kept_rows
        self._shown: _Reading[Item] | None = None
        self._coming: _Reading[Item] | None = None
        """A reading that has not brought anything yet; what is shown stays until it does."""
        self._view = (0, page_rows - 1)
        self._downwards = True
        self._count = 0
        self._status = ListStatus()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def status(self) -> ListStatus:
        """The state, count and failure now."""
        return self._status

    def row(self, index: int) -> Row[Item] | None:
        """The row at an index; None while it is not known."""
        return self._shown.pages.row(index) if self._shown else None

    # What is wanted

    def start(self, source: RowSource[Item]) -> None:
        """Show another list from its beginning (a filter or the sort changed); what was asked before is dropped."""
        self._view = (0, self._view[1] - self._view[0])
        self._downwards = True
        self._read(source, RowPages(self._page_rows, has_places=source.has_places), same_list=False)

    def refresh(self) -> None:
        """Read the same list anew, where it is looked at."""
        before = self._coming or self._shown
        if before is not None:
            pages: RowPages[Item] = RowPages(
                self._page_rows, has_places=before.source.has_places, total=before.pages.total
            )
            self._read(before.source, pages, same_list=before.same_list or before is self._shown)

    def show(self, first: int, last: int) -> None:
        """The rows from ``first`` to ``last`` are looked at: fetch what is missing, and some more ahead."""
        first = max(0, first)
        if first != self._view[0]:
            self._downwards = first > self._view[0]
        self._view = (first, max(first, last))
        self._schedule()

    def retry(self) -> None:
        """Fetch again what failed."""
        reading = self._coming or self._shown
        if reading is not None:
            reading.failure = None
            reading.failed.clear()
            self._tell_status()
            self._schedule()

    def apply_changes(self, item_ids: Iterable[str] | None, *, same_rows: bool = False) -> None:
        """These items changed (None: any may have): show them as they are now, where they stand.

        Only those that are looked at are read again at once, the others when they are. With ``same_rows`` none of them
        came or went, so that there is nothing that only a refresh would show.
        """
        for reading in (self._shown, self._coming):
            if reading is not None:
                self._note_changes(reading, None if item_ids is None else list(item_ids), same_rows=same_rows)
        self._tell_status()
        self._schedule()

    async def read_between(self, wanted: Stretch, progress: Progress) -> list[Row[Item]]:
        """Read rows that nobody looks at; they are not kept here.

        Raises:
            RowsMoved. Refusal: as the source does.
        """
        reading = self._shown
        if reading is None:
            return []
        return await read_stretch(reading.source, reading.pages, wanted, progress)

    async def close(self) -> None:
        """Stop everything and wait until it has."""
        for reading in (self._shown, self._coming):
            if reading is not None:
                reading.stop()
        self._shown = self._coming = None
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _read(self, source: RowSource[Item], pages: RowPages[Item], *, same_list: bool) -> None:
        if self._coming is not None:
            self._coming.stop()
        if self._shown is not None:
            self._shown.stop()
        self._coming = _Reading(source, pages, same_list=same_list)
        self._tell_status()
        self._schedule()

    def _note_changes(self, reading: _Reading[Item], item_ids: list[str] | None, *, same_rows: bool) -> None:
        pages = reading.pages
        if not reading.source.has_items:
            reading.outdated = True
        elif item_ids is None:
            reading.changed.note_all(pages.known_ids())
        else:
            reading.changed.note(item_ids)
        if not reading.running:
            reading.changed.forget_all_but(pages.known_ids())
        if same_rows or not pages.complete:
            return
        unknown = [item_id for item_id in item_ids or () if pages.index(item_id) is None]
        if item_ids is None or len(unknown) > _MOST_NEWCOMERS:
            reading.outdated = True
        elif reading.source.has_items:
            reading.newcomers.update(dict.fromkeys(unknown))

    # What to fetch next

    def _schedule(self) -> None:
        reading = self._coming or self._shown
        if reading is None:
            return
        pages = reading.pages
        first, last = self._pages_in_view(pages)
        wanted = self._wanted(pages, first, last)
        in_view = range(first, last + 1)
        self._tell_forgotten(pages.forget_apart(first, last))
        jumped = not any(pages.is_known(page) or page in reading.running for page in in_view)
        for page in wanted:
            if pages.is_known(page):
                continue
            step = pages.step_for(page, jumped=jumped and page in in_view)
            if step is None or step.first in reading.running or step.first in reading.failed:
                continue
            if len(reading.running) >= _AT_ONCE and not self._stop_one_unwanted(reading, wanted):
                break
            reading.running[step.first] = self._begin(self._fetch(reading, step))
            jumped = False
        if pages.begun:
            self._tell_forgotten(pages.forget_far(min(wanted), max(wanted), self._kept_rows))
            self._tell_count(pages)
            self._read_changed(reading)

    def _pages_in_view(self, pages: RowPages[Item]) -> tuple[int, int]:
        first, last = (index // self._page_rows for index in self._view)
        if not pages.begun:
            return first, first
        end = max(0, pages.count - 1) // self._page_rows
        return min(first, end), min(last, end)

    def _wanted(self, pages: RowPages[Item], first: int, last: int) -> list[int]:
        """Pages to be known, the most urgent ones first."""
        if not pages.begun:
            return [first]
        end = max(0, pages.count - 1) // self._page_rows
        below, above = (_PAGES_AHEAD, _PAGES_BEHIND) if self._downwards else (_PAGES_BEHIND, _PAGES_AHEAD)
        after = list(range(last + 1, min(last + below, end) + 1))
        before = list(range(first - 1, max(first - above, 0) - 1, -1))
        return [*range(first, last + 1), *(after + before if self._downwards else before + after)]

    def _stop_one_unwanted(self, reading: _Reading[Item], wanted: list[int]) -> bool:
        """Give up a request for what is no longer looked at, so that a slow server is not asked for all that was."""
        for first in reading.running:
            if first not in wanted:
                reading.running.pop(first).cancel()
                return True
        return False

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # What comes

    async def _fetch(self, reading: _Reading[Item], step: Step) -> None:
        asked_at = reading.changed.now
        fetched: Fetched[Item] | None = None
        failure: Exception | None = None
        try:
            fetched = await carry_out(reading.source, step)
        except RefusedByService as refusal:
            if step.place is None:
                failure = refusal
            elif self._is_read(reading):
                reading.pages.has_places = False  # a search in its own order has none; its rows are come to in turn
        except Exception as error:  # noqa: BLE001 -- every failure is shown with its list, never lost in the loop
            failure = error
        if not self._is_read(reading) or reading.running.get(step.first) is not asyncio.current_task():
            return
        del reading.running[step.first]
        if failure is not None:
            self._fail(reading, step, failure)
        elif fetched is not None:
            self._accept(reading, fetched, asked_at)
        self._schedule()

    def _is_read(self, reading: _Reading[Item]) -> bool:
        """Whether an answer still counts: only those to the newest request do."""
        return reading is (self._coming or self._shown)

    def _fail(self, reading: _Reading[Item], step: Step, failure: Exception) -> None:
        reading.failed.add(step.first)
        reading.failure = failure
        if reading is self._coming and not reading.same_list:
            # Rows of another filter must not stand below this one's failure.
            self._shown, self._coming = reading, None
            self._begin_rows(0)
        self._tell_status()

    def _accept(self, reading: _Reading[Item], fetched: Fetched[Item], asked_at: int) -> None:
        source, pages = reading.source, reading.pages
        first_answer = not pages.begun
        rows = [Row(source.item_id(item), item) for item in fetched.items]
        known = pages.accept(fetched, rows)
        for row in rows:
            reading.changed.read(row.item_id, asked_at)
        if first_answer:
            self._shown, self._coming = reading, None
            self._begin_rows(pages.count, same_list=reading.same_list)
        self._tell_count(pages)
        for page in known:
            offset = (page - fetched.step.first) * self._page_rows
            self._tell(RowsKnown(page * self._page_rows, tuple(rows[offset : offset + self._page_rows])))
        self._tell_status()

    def _begin_rows(self, count: int, *, same_list: bool = False) -> None:
        self._count = count
        self._tell(RowsBegun(count, same_list=same_list))

    def _tell_count(self, pages: RowPages[Item]) -> None:
        if pages.count != self._count:
            self._count = pages.count
            self._tell(RowsCounted(pages.count))

    def _tell_forgotten(self, stretches: list[tuple[int, int]]) -> None:
        for first, end in stretches:
            self._tell(RowsForgotten(first, end))

    # What changes in place

    def _read_changed(self, reading: _Reading[Item]) -> None:
        if reading.item_reader is None and reading.failure is None and self._changed_in_view(reading):
            reading.item_reader = self._begin(self._read_items(reading))

    def _changed_in_view(self, reading: _Reading[Item]) -> list[str]:
        in_view = reading.pages.ids_between(*self._view)
        return [*reading.newcomers, *(item_id for item_id in in_view if reading.changed.is_changed(item_id))]

    async def _read_items(self, reading: _Reading[Item]) -> None:
        """Read what changed and is looked at, a few at a time, until there is no more of it."""
        while self._is_read(reading) and (ids := self._changed_in_view(reading)[:_ITEMS_AT_ONCE]):
            asked_at = reading.changed.now
            answers = await asyncio.gather(*map(reading.source.item, ids), return_exceptions=True)
            if not self._is_read(reading):
                return
            failures = [answer for answer in answers if isinstance(answer, Exception)]
            for item_id, answer in zip(ids, answers, strict=True):
                if not isinstance(answer, BaseException):
                    self._change(reading, item_id, answer, asked_at)
            if failures:
                reading.failure = failures[0]
                break
        reading.item_reader = None
        self._tell_status()

    def _change(self, reading: _Reading[Item], item_id: str, item: Item | None, asked_at: int) -> None:
        reading.changed.read(item_id, asked_at)
        index = reading.pages.index(item_id)
        known = None if index is None else reading.pages.row(index)
        is_new = item_id in reading.newcomers
        reading.newcomers.pop(item_id, None)
        if index is None or known is None:
            if is_new and item is not None and reading.source.fits(item):
                self._append(reading.pages, Row(item_id, item))
            return
        stale = item is None or not reading.source.fits(item)
        reading.outdated |= stale
        row = Row(item_id, known.item if item is None else item, stale)
        if row != known:
            reading.pages.put(index, row)
            self._tell(RowsKnown(index, (row,)))

    def _append(self, pages: RowPages[Item], row: Row[Item]) -> None:
        """What came joins at the end, so that no row moves; a refresh puts it where it belongs."""
        if pages.complete and pages.count < self._kept_rows:
            index = pages.append(row)
            self._tell_count(pages)
            self._tell(RowsKnown(index, (row,)))

    # Telling

    def _tell(self, change: RowsChange[Item]) -> None:
        self._observer(change)

    def _tell_status(self) -> None:
        status = self._status_now()
        if status != self._status:
            self._status = status
            self._tell(StatusChanged(status))

    def _status_now(self) -> ListStatus:
        reading = self._coming or self._shown
        if reading is None:
            return ListStatus()
        shown = self._shown.pages if self._shown is not None else None
        has_rows = shown is not None and shown.begun
        count = shown.count if shown is not None and has_rows else 0
        if reading.failure is not None and not has_rows:
            state = ListState.FAILED
        elif not reading.pages.begun and reading.failure is None:
            state = ListState.LOADING
        else:
            state = ListState.READY if count else ListState.EMPTY
        return ListStatus(
            state,
            count,
            counted=shown is not None and has_rows and shown.counted,
            failure=reading.failure,
            outdated=self._shown is not None and self._shown.outdated,
        )
