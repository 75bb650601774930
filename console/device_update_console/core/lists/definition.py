"""What a list is made of: the endpoint that fills it, its columns, and the fields it is filtered by.

All texts of cells come from devices or people, so they are made safe to show in one line. What is not known is an empty
cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from device_update_console.core.filters.filter_text import InvalidFilter
from device_update_console.core.texts.code_texts import text_of
from device_update_console.core.texts.formats import moment_text, number_text, one_line, size_text
from device_update_console.core.texts.language import counted_text, marked, text
from device_update_console.core.texts.moments import InvalidMoment, parse_moment
from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.administration.events import EventName

Item = TypeVar("Item")

PAGE_LIMIT = 100
"""Rows of a page unless more are asked for: a screen or two."""


class Align(Enum):
    """The side on which the texts of a column stand."""

    LEFT = auto()
    RIGHT = auto()


@dataclass(frozen=True, slots=True)
class Column(Generic[Item]):
    """One column; ``key`` is remembered in files, ``width_hint`` is in characters of the usual width.

    ``sort`` is the field that the service sorts by, None where it cannot; ``shown`` is whether it is there before
    anybody chose columns. ``found_by`` names the field of the filter bar that finds the items with one's ``value``.
    """

    key: str
    title: str
    text: Callable[[Item], str]
    width_hint: int
    sort: str | None = None
    align: Align = Align.LEFT
    shown: bool = True
    found_by: str | None = None
    value: Callable[[Item], str | None] | None = None


class FilterKind(Enum):
    """How a field of the filter bar is filled in."""

    TEXT = auto()
    CHOICE = auto()
    MOMENT = auto()
    YES_NO = auto()


@dataclass(frozen=True, slots=True)
class FilterField:
    """One field of the filter bar: a parameter of the endpoint; ``choices`` are pairs of value and title.

    ``meant`` makes of what was typed what the service is asked for, where people write it otherwise.
    ``holds`` tells whether an item has what the field asks for; without it the columns that are found by it tell, and
    where there is none of them either, only the service knows.
    """

    name: str
    title: str
    kind: FilterKind = FilterKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    holds: Callable[[Any, str], bool] | None = None
    meant: Callable[[str], str] | None = None

    @property
    def shown_title(self) -> str:
        """What it is called."""
        return text(self.title)

    def shown_value(self, value: str) -> str:
        """A value as the field shows it: the title of a choice, else as it was typed."""
        titles = dict(self.choices)
        return text(titles[value]) if value in titles else value


@dataclass(frozen=True, slots=True)
class ListDefinition(Generic[Item]):
    """One list of the console, complete: what to ask, what to show, and what makes it change.

    ``key`` is what its columns and filter are remembered by; of several lists of one endpoint each has its own.
    """

    endpoint: Endpoint
    item: type[Item]
    columns: tuple[Column[Item], ...]
    default_sort: str
    """With ``-`` before it for descending."""
    item_id: Callable[[Item], str]
    counted: tuple[str, str]
    """The forms of a number of items: ``{count} device``, ``{count} devices``."""
    nothing: str
    """The sentence for an empty list without a filter."""
    events: frozenset[EventName]
    """The events of the stream after which rows may show something else, or be others."""
    id_events: frozenset[EventName] = frozenset()
    """Those of them whose ids are this list's items; after the others any row may have changed."""
    figure_events: frozenset[EventName] = frozenset()
    """Those of them after which rows may show other figures and yet are the same rows."""
    filters: tuple[FilterField, ...] = ()
    fixed: Mapping[str, str] | None = None
    """Parameters that make the list what it is, for example ``state=pending``."""
    by_fraction: bool = False
    """Whether the endpoint takes ``at``."""
    belongs: Callable[[Item], bool] = lambda _: True
    """Whether an item is one of the list, when nothing filters it."""
    key: str = ""
    best_first: bool = False
    """Whether a search without a sort is given by how well it matches; the service sorts large ones no other way."""

    @property
    def nothing_found(self) -> str:
        """The sentence for a list that a filter left empty."""
        return text("Nothing matches the filter.")

    @property
    def remembered_as(self) -> str:
        """What is remembered of it goes by this."""
        return self.key or self.endpoint.name

    def count_text(self, count: int) -> str:
        """So many items of this list."""
        return counted_text(*self.counted, count)

    def column(self, key: str) -> Column[Item]:
        """The column with this key.

        Raises:
            KeyError.
        """
        return {column.key: column for column in self.columns}[key]

    def query(
        self, filters: Mapping[str, str] | None = None, *, sort: str | None = None, limit: int = PAGE_LIMIT
    ) -> PageQuery:
        """The query of the first page under these filters; empty ones are left out.

        Without a sort it is the list's own, or for a search that of `best_first`.

        Raises:
            InvalidFilter: naming the field by its title.
        """
        given = {**(self.fixed or {}), **self._given(filters or {})}
        if sort is None and not (self.best_first and "search" in given):
            sort = self.default_sort
        given |= {"limit": limit, "sort": sort}
        try:
            return cast("type[PageQuery]", self.endpoint.query).model_validate(given)
        except ValidationError as error:
            raise self._invalid(error) from error

    def _given(self, filters: Mapping[str, str]) -> dict[str, Any]:
        fields = {field.name: field for field in self.filters}
        given: dict[str, Any] = {}
        for name, typed in filters.items():
            if name not in fields:
                raise InvalidFilter(
                    text("This list cannot be filtered by {name}.", name=name), parameters={"field": name}
                )
            if typed.strip():
                given[name] = _value(fields[name], typed.strip())
        return given

    def _invalid(self, error: ValidationError) -> InvalidFilter:
        name = str(error.errors()[0]["loc"][0])
        field = next((field for field in self.filters if field.name == name), None)
        title = text(field.title) if field else name
        values = ", ".join(value for value, _ in field.choices if value) if field else ""
        if values:
            return InvalidFilter(
                text("{field}: this is none of {values}.", field=title, values=values), parameters={"field": name}
            )
        return InvalidFilter(text("{field}: this is nothing to filter by.", field=title), parameters={"field": name})


def _value(field: FilterField, typed: str) -> Any:
    if field.kind is FilterKind.YES_NO:
        return typed == "yes" if typed in {"yes", "no"} else typed
    if field.kind is not FilterKind.MOMENT:
        return typed if field.meant is None else field.meant(typed)
    try:
        return parse_moment(typed)
    except InvalidMoment as error:
        raise InvalidFilter(f"{text(field.title)}: {error.sentence}", parameters={"field": field.name}) from error


# Columns by what they hold


def words(
    key: str,
    title: str,
    take: Callable[[Item], str | None],
    width: int,
    *,
    sort: str | None = None,
    shown: bool = True,
    found_by: str | None = None,
) -> Column[Item]:
    """A column of text."""
    return Column(
        key, title, lambda item: one_line(take(item) or ""), width, sort, shown=shown, found_by=found_by, value=take
    )


def coded(
    key: str,
    title: str,
    take: Callable[[Item], str | None],
    texts: Mapping[Any, str],
    width: int,
    *,
    sort: str | None = None,
    shown: bool = True,
    found_by: str | None = None,
) -> Column[Item]:
    """A column of codes, each shown in its words; one that is new is shown as it is."""

    def cell(item: Item) -> str:
        code = take(item)
        return "" if code is None else one_line(text_of(texts, code))

    return Column(key, title, cell, width, sort, shown=shown, found_by=found_by, value=take)


def number(
    key: str,
    title: str,
    take: Callable[[Item], int | None],
    width: int = 8,
    *,
    sort: str | None = None,
    shown: bool = True,
) -> Column[Item]:
    """A column of counts."""

    def cell(item: Item) -> str:
        count = take(item)
        return "" if count is None else number_text(count)

    return Column(key, title, cell, width, sort, Align.RIGHT, shown)


def size(
    key: str,
    title: str,
    take: Callable[[Item], int | None],
    width: int = 9,
    *,
    sort: str | None = None,
    shown: bool = True,
) -> Column[Item]:
    """A column of bytes."""

    def cell(item: Item) -> str:
        count = take(item)
        return "" if count is None else size_text(count)

    return Column(key, title, cell, width, sort, Align.RIGHT, shown)


def moment(
    key: str,
    title: str,
    take: Callable[[Item], datetime | None],
    *,
    sort: str | None = None,
    shown: bool = True,
) -> Column[Item]:
    """A column of moments, in this machine's time zone."""

    def cell(item: Item) -> str:
        at = take(item)
        return "" if at is None else moment_text(at)

    return Column(key, title, cell, 18, sort, shown=shown)


def yes_no(
    key: str,
    title: str,
    take: Callable[[Item], bool],
    width: int = 8,
    *,
    shown: bool = True,
    found_by: str | None = None,
) -> Column[Item]:
    """A column that says whether something is so."""
    return Column(
        key,
        title,
        lambda item: text("Yes") if take(item) else text("No"),
        width,
        shown=shown,
        found_by=found_by,
        value=lambda item: "yes" if take(item) else "no",
    )


def choices(titles: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The choices of a field, with the one that leaves it out before them."""
    return (("", marked("Any")), *titles)


YES_OR_NO = choices((("yes", marked("Yes")), ("no", marked("No"))))
"""The choices of a field that is yes or no."""
