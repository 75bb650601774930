"""Pages of lists by key: the opaque cursor, the sort and the limit (contract section 5).

A list is sorted by one field and, where that is equal, by id. The cursor names the last row of a page by both, and is
bound to the sort and the filters it was made under: with others it is refused, because it would point nowhere.
How a list turns the position into SQL is its own matter; `Keyset` does it for lists with a plain sort expression.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from peewee import Expression

from device_update_contract.administration.base import PageQuery, sort_choices
from device_update_contract.refusals import Refusal

SortValue = str | int | float | None

MAX_LIMIT = 1000
_MAX_CURSOR = 4096
_ROW_ID_LIMIT = 2**63


class ListRefused(Refusal):
    """A list cannot be given as asked."""

    code = "invalid-parameter"


class InvalidCursor(ListRefused):
    """The cursor is damaged, or belongs to another sort or other filters."""

    code = "invalid-cursor"

    def __init__(self) -> None:
        super().__init__(
            "The cursor in 'after' does not belong to this list with this sort and these filters.",
            parameters={"parameter": "after"},
        )


class SortNotAvailable(ListRefused):
    """The list cannot be sorted by this field."""

    code = "sort-not-available"


class Cursor:
    """The opaque text that names the last row of a page."""

    @staticmethod
    def encode(sort_value: SortValue, row_id: int, binding: str) -> str:
        """The cursor after the row with this sort value and id, bound to a list (`binding_of`)."""
        text = json.dumps([_fingerprint(binding), sort_value, row_id], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @staticmethod
    def decode(text: str, binding: str) -> tuple[SortValue, int]:
        """The sort value and the id of the row after which the page begins.

        Raises:
            InvalidCursor: for everything that `encode` did not make under the same binding.
        """
        try:
            if len(text) > _MAX_CURSOR:
                raise InvalidCursor
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            fingerprint, sort_value, row_id = json.loads(raw)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise InvalidCursor from error
        if (
            fingerprint != _fingerprint(binding)
            or type(row_id) is not int
            or not -_ROW_ID_LIMIT <= row_id < _ROW_ID_LIMIT
            or type(sort_value) not in {str, int, float, type(None)}
            or (type(sort_value) is int and not -_ROW_ID_LIMIT <= sort_value < _ROW_ID_LIMIT)
        ):
            raise InvalidCursor
        return sort_value, row_id


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A checked request for one page: `position` is the sort value and id of the last row before it."""

    limit: int
    sort: str
    descending: bool
    binding: str
    position: tuple[SortValue, int] | None = None

    def cursor(self, sort_value: SortValue, row_id: int) -> str:
        """The cursor of the page after this row."""
        return Cursor.encode(sort_value, row_id, self.binding)


def page_request(query: PageQuery, sorts: tuple[str, ...], default_sort: str) -> PageRequest:
    """Check limit, sort and cursor of a list's parameters; filters are what else the query holds.

    `sorts` are the fields of the list's `Endpoint`; `default_sort` may begin with ``-`` for descending.

    Raises:
        ListRefused: naming the parameter that is wrong; `SortNotAvailable` or `InvalidCursor` where it is that.
    """
    if not 1 <= query.limit <= MAX_LIMIT:
        raise ListRefused(
            f"The parameter 'limit' must be a whole number from 1 to {MAX_LIMIT}.", parameters={"parameter": "limit"}
        )
    sort = query.sort if query.sort is not None else default_sort
    field = sort.removeprefix("-")
    if sort not in sort_choices(sorts):
        wanted = field if field not in {each.removeprefix("-") for each in sorts} else sort
        raise SortNotAvailable(
            f"This list cannot be sorted by {wanted[:64]!r}; it can be by {', '.join(sorts)}.",
            parameters={"parameter": "sort", "sorts": list(sorts)},
        )
    binding = binding_of(query, sort)
    position = None if query.after is None else Cursor.decode(query.after, binding)
    return PageRequest(query.limit, field, sort.startswith("-"), binding, position)


def binding_of(query: PageQuery, sort: str) -> str:
    """What a cursor is bound to: the list, its sort and its filters, not the size of a page."""
    filters = query.model_dump(mode="json", exclude={"limit", "after", "sort"}, exclude_none=True)
    return json.dumps([type(query).__name__, sort, filters], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Keyset:
    """The SQL of a page: a sort expression without nulls and the id column that breaks ties."""

    expression: Any
    id_column: Any

    def order(self, page: PageRequest) -> tuple[Any, Any]:
        """The terms of ORDER BY."""
        if page.descending:
            return self.expression.desc(), self.id_column.desc()
        return self.expression.asc(), self.id_column.asc()

    def beyond(self, page: PageRequest) -> Expression | None:
        """The condition that skips all rows up to the position; None on the first page."""
        if page.position is None:
            return None
        value, row_id = page.position
        if page.descending:
            result = (self.expression < value) | ((self.expression == value) & (self.id_column < row_id))
        else:
            result = (self.expression > value) | ((self.expression == value) & (self.id_column > row_id))
        return result  # type: ignore[no-any-return]


def containing(column: Any, text: str) -> Any:
    """The condition that a column holds this text, without regard to case in ASCII; `%` and `_` mean themselves."""
    return column.contains(text)


def _fingerprint(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()[:16]
