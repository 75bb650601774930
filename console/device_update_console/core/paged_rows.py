"""A list of any length, of which only what is looked at is fetched and kept (issue "The console", items 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

from device_update_console.core.row_changes import Item, ListStatus, Row, RowsObserver, RowSource

PAGE_ROWS = 100
KEPT_ROWS = 5_000


class PagedRows(Generic[Item]):
    """One virtual list, used in the loop's thread; whoever shows it is told `RowsChange` after `RowsChange`."""

    def __init__(self, observer: RowsObserver[Item], *, page_rows: int = PAGE_ROWS, kept_rows: int = KEPT_ROWS) -> None:
        raise NotImplementedError

    @property
    def status(self) -> ListStatus:
        """The state, count and failure now."""
        raise NotImplementedError

    def row(self, index: int) -> Row[Item] | None:
        """The row at an index; None while it is not known."""
        raise NotImplementedError

    def start(self, source: RowSource[Item]) -> None:
        """Show another list from its beginning (a filter or the sort changed); what was asked before is dropped."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Read the same list anew, where it is looked at."""
        raise NotImplementedError

    def show(self, first: int, last: int) -> None:
        """The rows from ``first`` to ``last`` are looked at: fetch what is missing, and some more ahead."""
        raise NotImplementedError

    def retry(self) -> None:
        """Fetch again what failed."""
        raise NotImplementedError

    def apply_changes(self, item_ids: Iterable[str] | None) -> None:
        """These items changed (None: any may have): show them as they are now, where they stand."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop everything and wait until it has."""
        raise NotImplementedError
