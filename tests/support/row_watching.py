"""Somebody who looks at a virtual list: keeps what it was told, as a window does, and waits without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic

from device_update_console.core.lists.row_changes import (
    Item,
    ListStatus,
    Row,
    RowsBegun,
    RowsChange,
    RowsCounted,
    RowsForgotten,
    RowsKnown,
    StatusChanged,
)


class RowWatcher(Generic[Item]):
    """The rows and the status as they were told."""

    def __init__(self) -> None:
        self.count = 0
        self.rows: dict[int, Row[Item]] = {}
        self.status = ListStatus()
        self.begun = 0
        self.moved: list[int] = []
        """Indexes at which a known row became another item."""
        self._told = asyncio.Event()

    def __call__(self, change: RowsChange[Item]) -> None:
        match change:
            case RowsBegun(count):
                self.count, self.rows, self.begun = count, {}, self.begun + 1
            case RowsCounted(count):
                self.count = count
                self.rows = {index: row for index, row in self.rows.items() if index < count}
            case RowsKnown(first, rows):
                for index, row in enumerate(rows, first):
                    assert index < self.count, "a row is told before the list is that long"
                    if index in self.rows and self.rows[index].item_id != row.item_id:
                        self.moved.append(index)
                    self.rows[index] = row
            case RowsForgotten(first, end):
                for index in range(first, end):
                    self.rows.pop(index, None)
            case StatusChanged(status):
                self.status = status
        self._told.set()

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something that is told is so."""
        async with asyncio.timeout(60):
            while not so():
                self._told.clear()
                await self._told.wait()

    def knows(self, first: int, last: int) -> bool:
        """Whether all rows from first to last are known."""
        return all(index in self.rows for index in range(first, min(last, self.count - 1) + 1))

    def ids(self, first: int, last: int) -> list[str]:
        return [self.rows[index].item_id for index in range(first, last + 1)]
