"""One list of the administration API, as a virtual list asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from device_update_console.core.row_changes import Item, PageRequest
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import Endpoint

Expected = TypeVar("Expected")


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


class ListSource(Generic[Item]):
    """A list's endpoint with the query that filters and sorts it; a `RowSource`.

    ``show`` is the endpoint of one item (None: the list has none, so that its rows are as they were until a refresh),
    and ``matches`` tells whether an item that changed is still one of the filtered list.
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
        raise NotImplementedError

    @property
    def has_places(self) -> bool:
        """Whether the list takes ``at=``."""
        raise NotImplementedError

    def item_id(self, item: Item) -> str:
        """What an item is known by."""
        raise NotImplementedError

    async def page(self, request: PageRequest) -> Page[Item]:
        """One page of the list."""
        raise NotImplementedError

    async def item(self, item_id: str) -> Item | None:
        """One item as it is now; None when it is no longer in the list."""
        raise NotImplementedError
