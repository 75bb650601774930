"""What all models of the administration API share, and the shape of its lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
)

Item = TypeVar("Item")


_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?", re.ASCII)


def _as_rfc3339(given: object) -> object:
    """No bare number: whether it counts seconds or thousandths would be a guess."""
    if isinstance(given, datetime) or (isinstance(given, str) and _WRITTEN.fullmatch(given)):
        return given
    raise ValueError("a time is expected as 2026-05-03T14:02:00Z")


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time zone is expected, for example 2026-05-03T14:02:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time lies outside the years 1 to 9999") from error


def rfc3339(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC with milliseconds, ending in ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    BeforeValidator(_as_rfc3339),
    AfterValidator(_in_utc),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
"""A moment in UTC, RFC 3339 on the wire."""


_DIGITS = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,30})?(?:[Ee][+-]?[0-9]{1,3})?")


def _as_written(form: re.Pattern[str], expected: str) -> Callable[[object, ValidationInfo], object]:
    """Numbers of JSON, and in parameters of a URL numbers of this form.

    What Python or Pydantic take for a number beside them, such as ``5_0``, ``" 5"`` or ``true``, is nobody's intent.
    """

    def check(given: object, info: ValidationInfo) -> object:
        if isinstance(given, str) and info.mode == "python" and form.fullmatch(given):
            return given
        if isinstance(given, int | float) and not isinstance(given, bool):
            return given
        raise ValueError(expected)

    return check


WholeNumber = Annotated[int, BeforeValidator(_as_written(_DIGITS, "a whole number is expected, in decimal digits"))]
"""A number that is counted with."""

Fraction = Annotated[float, BeforeValidator(_as_written(_DECIMAL, "a decimal number is expected")), Field(ge=0, le=1)]
"""A part of a whole, from 0 to 1."""


MAX_SOUGHT = 300
"""Characters: more than any text that is searched for has (a user has 256)."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a NUL character is in no text")
    return text


Sought = Annotated[str, StringConstraints(max_length=MAX_SOUGHT), AfterValidator(_without_nul)]
"""A text that rows are searched or filtered by.

Databases end a pattern at NUL, so that a filter with one would match everything, and fail at a pattern without bounds.
"""


class Model(BaseModel):
    """A message of the administration API: immutable, and strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Answer(BaseModel):
    """A message that a service sends: immutable; a client ignores what a newer service adds."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Statement(Answer):
    """Something that the service has to say: ``text`` in English, ``code`` and ``parameters`` for other languages."""

    code: str
    text: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class Page(Answer, Generic[Item]):
    """One page of a list.

    ``next`` is the opaque cursor of the page after this one. ``total`` is exact where that is cheap and null otherwise;
    ``total_at_least`` is always a true lower bound.
    """

    items: list[Item]
    next: str | None = None
    total: int | None = None
    total_at_least: int = 0


def sort_choices(sorts: Iterable[str]) -> tuple[str, ...]:
    """What ``sort`` may be: each field up or down, one that has ``-`` before it down only."""
    return tuple(choice for field in sorts for choice in ((field,) if field.startswith("-") else (field, f"-{field}")))


class PageQuery(Model):
    """The parameters that every list takes."""

    limit: WholeNumber = 100
    after: str | None = None
    sort: str | None = None
