"""What a virtual list is made of, and what it tells whoever shows it (issue "The console", item 6).

Everything here is immutable and says all of itself, so that it can be handed from the loop's thread to the window's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from device_update_contract.administration.base import Page

Item = TypeVar("Item")
SourceItem = TypeVar("SourceItem")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted: after a cursor, at about a fraction of the list, or (neither) the first one."""

    limit: int
    after: str | None = None
    at: float | None = None


class RowSource(Protocol[SourceItem]):
    """One list with its filters and its sort; another filter is another source."""

    @property
    def has_places(self) -> bool:
        """Whether `PageRequest.at` may be asked."""

    @property
    def has_items(self) -> bool:
        """Whether `item` may be asked."""

    def item_id(self, item: SourceItem) -> str:
        """What an item is known by."""

    async def page(self, request: PageRequest) -> Page[SourceItem]:
        """One page.

        Raises:
            Refusal: there is none, and why.
        """

    async def item(self, item_id: str) -> SourceItem | None:
        """One item as it is now; None: it is gone.

        Raises:
            Refusal: it cannot be told.
        """

    def fits(self, item: SourceItem) -> bool:
        """Whether an item that changed is still one of this list."""


@dataclass(frozen=True, slots=True)
class Row(Generic[Item]):
    """One row; ``stale`` when it is no longer in the list and stands only until the next refresh (shown greyed)."""

    item_id: str
    item: Item
    stale: bool = False


class ListState(Enum):
    """What can be said of the list as a whole; a list that is `READY` may still miss rows, and have a failure."""

    LOADING = auto()
    READY = auto()
    EMPTY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class ListStatus:
    """The state, with what goes with it.

    ``failure`` is why rows could not be fetched, until `PagedRows.retry`; it is a `Refusal` unless it is a surprise.
    ``outdated``: rows came or went that are not shown; a refresh shows them. ``counted``: the count is exact, otherwise
    there are at least so many.
    """

    state: ListState = ListState.LOADING
    count: int = 0
    counted: bool = False
    failure: Exception | None = None
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class RowsBegun:
    """All rows are others from here on: there are ``count``, none of them known yet.

    ``same_list``: it is the same list read anew, so that whoever shows it stays where it is.
    """

    count: int
    same_list: bool = False


@dataclass(frozen=True, slots=True)
class RowsCounted:
    """The list became longer or shorter at its end."""

    count: int


@dataclass(frozen=True, slots=True)
class RowsKnown(Generic[Item]):
    """The rows from index ``first`` on are these, now: fetched, or changed where they stand."""

    first: int
    rows: tuple[Row[Item], ...]


@dataclass(frozen=True, slots=True)
class RowsForgotten:
    """The rows from ``first`` up to, not including, ``end`` are no longer kept; showing them fetches them again."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The list's status is this now."""

    status: ListStatus


RowsChange = RowsBegun | RowsCounted | RowsKnown[Item] | RowsForgotten | StatusChanged
RowsObserver = Callable[[RowsChange[Item]], object]
"""Called in the loop's thread, change after change, in the order in which they happen."""
