"""One list of the administration API, as a virtual list asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import RefusedByService
from device_update_console.core.lists.definition import ListDefinition
from device_update_console.core.lists.row_changes import Item, PageRequest
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import (
    LIST_DEVICE_LOGS,
    LIST_DEVICES,
    LIST_PACKAGES,
    LIST_RULES,
    LIST_TEST_DEVICES,
    SHOW_DEVICE,
    SHOW_DEVICE_LOG,
    SHOW_PACKAGE,
    SHOW_RULE,
    SHOW_TEST_DEVICE,
    Endpoint,
)

Expected = TypeVar("Expected")

_SHOW: Mapping[Endpoint, Endpoint] = {
    LIST_RULES: SHOW_RULE,
    LIST_PACKAGES: SHOW_PACKAGE,
    LIST_TEST_DEVICES: SHOW_TEST_DEVICE,
    LIST_DEVICES: SHOW_DEVICE,
    LIST_DEVICE_LOGS: SHOW_DEVICE_LOG,
}
"""What gives one item of a list, so that a change is shown where it stands."""


class Caller(Protocol):
    """Whoever calls the administration API: `AdministrationClient` or `ServerConnection`."""

    async def ask(
        self,
        endpoint: Endpoint,
        expected: type[Expected],
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Expected:
        """Call an endpoint and read its answer."""


class Sender(Caller, Protocol):
    """A caller that can also send what is answered without a body."""

    async def call(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Reply:
        """Call an endpoint and give its answer as it came."""


class ListSource(Generic[Item]):
    """A list's endpoint with the query that filters and sorts it; a `RowSource`.

    ``show`` is the endpoint of one item (None: the list has none, so that its rows are as they were until a refresh),
    and ``matches`` tells whether an item that changed is still one of the filtered list. ``path`` is the list's own.
    """

    def __init__(
        self,
        caller: Caller,
        endpoint: Endpoint,
        item_type: type[Item],
        query: PageQuery,
        *,
        item_id: Callable[[Item], str],
        show: Endpoint | None = None,
        matches: Callable[[Item], bool] = lambda _: True,
        path: Mapping[str, str] | None = None,
    ) -> None:
        self._caller = caller
        self._endpoint = endpoint
        self._item_type = item_type
        self._query = query
        self._item_id = item_id
        self._show = show
        self._matches = matches
        self._path = path

    @property
    def has_places(self) -> bool:
        """Whether the list takes ``at=``."""
        return "at" in type(self._query).model_fields

    @property
    def has_items(self) -> bool:
        """Whether one item can be read."""
        return self._show is not None

    def item_id(self, item: Item) -> str:
        """What an item is known by."""
        return self._item_id(item)

    async def page(self, request: PageRequest) -> Page[Item]:
        """One page of the list.

        Raises:
            FailedCall: it cannot be had.
        """
        paging = {"limit": request.limit, "after": request.after, "at": request.at}
        query = self._query.model_copy(update={name: value for name, value in paging.items() if value is not None})
        page: Page[Item] = await self._caller.ask(
            self._endpoint,
            Page[self._item_type],  # type: ignore[name-defined]
            path=self._path,
            query=query,
        )
        return page

    async def item(self, item_id: str) -> Item | None:
        """One item as it is now; None when it is gone.

        Raises:
            FailedCall: it cannot be told.
        """
        if self._show is None:
            return None
        try:
            return await self._caller.ask(self._show, self._item_type, path={_path_part(self._show): item_id})
        except RefusedByService as refusal:
            if refusal.problem.status == 404:
                return None
            raise

    def fits(self, item: Item) -> bool:
        """Whether an item that changed is still one of the filtered list."""
        return self._matches(item)


def source_of(
    definition: ListDefinition[Any], caller: Caller, query: PageQuery, matches: Callable[[Any], bool]
) -> ListSource[Any]:
    """A list as its definition says, filtered and sorted by a query."""
    show = _SHOW.get(definition.endpoint)
    return ListSource(
        caller, definition.endpoint, definition.item, query, item_id=definition.item_id, show=show, matches=matches
    )


def _path_part(endpoint: Endpoint) -> str:
    """The name of what an item is known by in its endpoint's path: ``id``, or ``name``."""
    return endpoint.path.partition("{")[2].partition("}")[0]
