"""One list of one server, alive: the core's `PagedRows` in the loop, and its mirror for the view in the window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from PySide6.QtGui import QIcon

from device_update_console.core.lists.definition import Column
from device_update_console.core.lists.paged_rows import PagedRows
from device_update_console.core.lists.row_changes import Row, RowsBegun, RowsChange, RowSource
from device_update_console.core.lists.rows_between import Stretch
from device_update_console.qt.background import Background, Job
from device_update_console.qt.lists.row_model import RowModel

Item = TypeVar("Item")

_NO_FILTERS: Mapping[str, str] = MappingProxyType({})


class LiveList(Generic[Item]):
    """Made, used and closed in the window's thread; every call is handed to the loop and returns at once."""

    def __init__(
        self, background: Background, columns: Iterable[Column[Item]], item_icon: Callable[[Item], QIcon | None]
    ) -> None:
        self.model: RowModel[Item] = RowModel(tuple(columns), item_icon)
        self._background = background
        self.filters: Mapping[str, str] = _NO_FILTERS
        """What the rows that are there were filtered by; a newer filter's rows may be on their way."""
        self._rows: PagedRows[Item] | None = None
        self._asked = self._shown = 0
        """How many lists were asked for, and which of them is shown."""
        self._begun: tuple[int, Mapping[str, str]] = (0, _NO_FILTERS)
        self._telling: list[tuple[RowsChange[Item], tuple[int, Mapping[str, str]]]] = []
        self._closed = False
        background.in_loop(self._make)

    @property
    def was_started(self) -> bool:
        """Whether any list was asked for."""
        return self._asked > 0

    @property
    def is_awaited(self) -> bool:
        """Whether the list that was asked for last, of another filter or sort, is not the one that is shown yet."""
        return self._shown < self._asked

    def start(self, source: Callable[[], RowSource[Item]], filters: Mapping[str, str] = _NO_FILTERS) -> None:
        """Show a list from its beginning; the source, so filtered, is made in the loop, where it is used."""
        self._asked += 1
        asked = self._asked

        def start(rows: PagedRows[Item]) -> None:
            self._begun = (asked, filters)
            rows.start(source())

        self._do(start)

    def show(self, first: int, last: int) -> None:
        """These rows are looked at."""
        self._do(lambda rows: rows.show(first, last))

    def refresh(self) -> None:
        """Read the list anew."""
        self._do(lambda rows: rows.refresh())

    def retry(self) -> None:
        """Fetch again what failed."""
        self._do(lambda rows: rows.retry())

    def apply_changes(self, item_ids: Iterable[str] | None, *, same_rows: bool = False) -> None:
        """These items changed; None: any may have. With ``same_rows`` none of them came or went."""
        changed = None if item_ids is None else tuple(item_ids)
        self._do(lambda rows: rows.apply_changes(changed, same_rows=same_rows))

    def read_between(
        self,
        wanted: Stretch,
        progress: Callable[[int], object],
        done: Callable[[list[Row[Item]]], None],
        failed: Callable[[Exception], None],
    ) -> Job:
        """Read rows that nobody looks at, so that they can be selected; ``progress`` is how many were read."""

        async def read() -> list[Row[Item]]:
            if self._rows is None:
                return []
            return await self._rows.read_between(
                wanted, lambda count: self._background.in_window(lambda: progress(count))
            )

        return self._background.run(read(), done, failed)

    def close(self) -> None:
        """Stop everything; the model takes no changes any more."""
        self._closed = True
        self._background.let_go(self._close())

    async def _close(self) -> None:
        if self._rows is not None:
            await self._rows.close()

    def _make(self) -> None:
        self._rows = PagedRows(self._told)

    def _told(self, change: RowsChange[Item]) -> None:
        """In the loop: what is told at once is handed over at once, so that no half of it is ever seen."""
        if not self._telling:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._telling.append((change, self._begun))  # only rows of the newest list are told

    def _hand_over(self) -> None:
        told, self._telling = self._telling, []
        self._background.in_window(lambda: self._take(told))

    def _take(self, told: list[tuple[RowsChange[Item], tuple[int, Mapping[str, str]]]]) -> None:
        for change, begun in told:
            if self._closed:
                return
            if isinstance(change, RowsBegun):
                self._shown, self.filters = begun
            self.model.take(change)

    def _do(self, call: Callable[[PagedRows[Item]], object]) -> None:
        def do() -> None:
            if self._rows is not None:
                call(self._rows)

        self._background.in_loop(do)
