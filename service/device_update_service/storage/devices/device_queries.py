"""Which devices a query means: pages by key, places by fraction, totals, and whole sets (contract section 5)."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_contract.administration.devices import DeviceFilter, DeviceQuery
from device_update_service.storage.devices.device_conditions import Conditions, conditions_of, counted
from device_update_service.storage.devices.device_listing import (
    BY_ID,
    SORT_COLUMNS,
    Listing,
    Position,
    SortColumn,
    count_rows,
    plan_listing,
)
from device_update_service.storage.devices.device_search import COUNTED, DeviceSearch, SearchPosition
from device_update_service.storage.paging import (
    Cursor,
    InvalidCursor,
    ListRefused,
    SortNotAvailable,
    page_request,
)

SORTED_SEARCH = 10_000
"""A search that finds more than this is given in its own order only."""

_DEFAULT_SORT = "id"
_NOTHING = Conditions((), none_match=True)


@dataclass(frozen=True, slots=True)
class FoundDevices:
    """The ids of a page, the cursor of the next one, and how many there are (see `Page`)."""

    ids: list[int]
    next: str | None
    total: int | None
    total_at_least: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """A checked query."""

    wanted: DeviceFilter
    limit: int
    column: SortColumn
    descending: bool
    binding: str
    after: Position | None
    at: float | None


def find_devices(query: DeviceQuery) -> FoundDevices:
    """One page of the devices that a query means.

    Without a sort a search is given by how well it matches, a network by address, a span by the time of the last check,
    anything else by id.

    Raises:
        Refusal: `InvalidCursor`, `SortNotAvailable`, `ListRefused` or `InvalidValue`, naming the parameter.
    """
    text = (query.search or "").strip()
    conditions = conditions_of(query)
    asked = _asked(query, _DEFAULT_SORT if text else conditions.natural_sort() or _DEFAULT_SORT)
    if conditions.none_match or counted(asked.wanted) == 0:
        return FoundDevices([], None, 0, 0)
    if not text:
        return _listed(asked, plan_listing(asked.column, conditions, descending=asked.descending))
    search = DeviceSearch.of(text)
    if search is None:
        return FoundDevices([], None, 0, 0)
    if asked.column is BY_ID:
        return _searched(asked, search, conditions)
    return _listed(asked, _sorted_search(asked, search, conditions))


def matching_ids(wanted: DeviceFilter, most: int) -> list[int]:
    """The ids of all devices that a filter means, ascending, but not more than ``most``."""
    listing = _by_id(wanted)
    return [] if listing is None else [id_ for _, id_ in listing.page(most, None)]


def count_devices(wanted: DeviceFilter, most: int) -> int:
    """How many devices a filter means; counting ends at ``most``."""
    exact = counted(wanted)
    if exact is not None:
        return min(exact, most)
    listing = _by_id(wanted)
    return 0 if listing is None else listing.count(most)


def _asked(query: DeviceQuery, default_sort: str) -> _Asked:
    unplaced = query.model_copy(update={"at": None})
    page = page_request(unplaced, (*SORT_COLUMNS, _DEFAULT_SORT), default_sort)
    if query.at is not None and query.after is not None:
        raise ListRefused("The parameters 'at' and 'after' exclude each other.", parameters={"parameter": "at"})
    wanted = DeviceFilter.model_construct(**{name: getattr(query, name) for name in DeviceFilter.model_fields})
    column = SORT_COLUMNS.get(page.sort, BY_ID)
    after: Position | None = None
    if page.position is not None:
        value, id_ = page.position
        if isinstance(value, float) or (isinstance(value, int) and column.name not in {None, "last_check_at"}):
            raise InvalidCursor
        after = (value, id_)
    return _Asked(wanted, page.limit, column, page.descending, page.binding, after, query.at)


def _by_id(wanted: DeviceFilter) -> Listing | None:
    """A filter as a list by id; None when nothing can match."""
    conditions = conditions_of(wanted)
    text = (wanted.search or "").strip()
    if text and not conditions.none_match:
        search = DeviceSearch.of(text)
        conditions = _NOTHING if search is None else Conditions((*conditions.conditions, search.condition()))
    return None if conditions.none_match else plan_listing(BY_ID, conditions, descending=False)


def _sorted_search(asked: _Asked, search: DeviceSearch, conditions: Conditions) -> Listing:
    found = search.condition()
    if count_rows(found, SORTED_SEARCH + 1) > SORTED_SEARCH:
        raise SortNotAvailable(
            f"The search finds more than {SORTED_SEARCH} devices, too many to sort; make it longer or drop 'sort'.",
            parameters={"parameter": "sort"},
        )
    return plan_listing(asked.column, conditions, descending=asked.descending, among=found)


def _listed(asked: _Asked, listing: Listing) -> FoundDevices:
    exact = counted(asked.wanted) if not asked.wanted.search else None
    rows = _placed(asked, listing, exact) if asked.at is not None else listing.page(asked.limit + 1, asked.after)
    shown = rows[: asked.limit]
    following = None
    if len(rows) > asked.limit:
        value, id_ = shown[-1]
        following = Cursor.encode(value, id_, asked.binding)
    if exact is None and asked.after is None and asked.at is None and following is None:
        exact = len(shown)
    if exact is None:
        reached = listing.count(COUNTED + 1)
        return FoundDevices(_ids(shown), following, reached if reached <= COUNTED else None, reached)
    return FoundDevices(_ids(shown), following, exact, exact)


def _placed(asked: _Asked, listing: Listing, exact: int | None) -> list[Position]:
    """The page at about a fraction of the list, with one row more if there is one."""
    fraction = asked.at or 0.0
    if listing.column is BY_ID and listing.few is None:
        return _placed_by_id(listing, fraction, asked.limit)
    if listing.exact_places:
        total = listing.count(-1) if exact is None else exact
        start = min(int(fraction * total), max(0, total - asked.limit))
        return listing.page_from(start, total, asked.limit + 1)
    unfiltered = Listing(asked.column, asked.descending, Conditions(()))
    total = counted(DeviceFilter()) or 0
    before = unfiltered.page_from(max(0, int(fraction * total) - 1), total, 1)
    rows = listing.page(asked.limit + 1, before[0] if before and fraction > 0 else None)
    return rows if len(rows) >= asked.limit else listing.last_page(asked.limit)


def _placed_by_id(listing: Listing, fraction: float, limit: int) -> list[Position]:
    """Ids are handed out one after the other, so that a fraction of their span is about that of the list."""
    first, last = listing.page(1, None), listing.last_page(1)
    if not first or fraction <= 0:
        return listing.page(limit + 1, None)
    start = first[0][1] + int(fraction * (last[0][1] - first[0][1]))
    rows = listing.page(limit + 1, (None, start - 1 if not listing.descending else start + 1))
    return rows if len(rows) >= limit else listing.last_page(limit)


def _searched(asked: _Asked, search: DeviceSearch, conditions: Conditions) -> FoundDevices:
    after: SearchPosition | None = None
    if asked.after is not None:
        rank, id_ = asked.after
        if not isinstance(rank, int):
            raise InvalidCursor
        after = (rank, id_)
    if asked.at is not None:
        raise ListRefused(
            "The parameter 'at' does not go with a search in its own order; add 'sort'.", parameters={"parameter": "at"}
        )
    page = search.page(conditions, asked.limit + 1, after)
    shown = page.positions[: asked.limit]
    following = None if len(page.positions) <= asked.limit else Cursor.encode(*shown[-1], asked.binding)
    at_least = COUNTED + 1 if page.total is None else page.total
    return FoundDevices([id_ for _, id_ in shown], following, page.total, at_least)


def _ids(rows: list[Position]) -> list[int]:
    return [id_ for _, id_ in rows]
