"""Rows as text for the clipboard: those that were read, or all that a list finds, which Ctrl+A and Ctrl+C are for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from device_update_console.core.failures import FailedCall
from device_update_console.core.lists.definition import Column, ListDefinition
from device_update_console.core.lists.export import whole_pages
from device_update_console.core.lists.rows_between import MOST_SELECTED
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.table_text import tab_separated_heading, tab_separated_rows
from device_update_console.core.slices import in_slices
from device_update_console.core.texts.language import text
from device_update_contract.administration.base import PageQuery

Progress = Callable[[int, int], object]
"""Rows that were read, and rows in all: 0 where that is not known."""


class TooManyToCopy(FailedCall):
    """A clipboard is no place for so many rows."""

    code = "too-many-to-copy"


async def text_of_items(columns: Sequence[Column[Any]], items: Sequence[Any], progress: Progress) -> str:
    """Headings and these rows, tab-separated; without holding up the window."""
    lines, count = [tab_separated_heading(columns)], 0
    async for some in in_slices(items):
        lines.append(tab_separated_rows(columns, some))
        count += len(some)
        progress(count, len(items))
    return "".join(lines)


async def text_of_all(
    caller: Caller,
    definition: ListDefinition[Any],
    query: PageQuery,
    columns: Sequence[Column[Any]],
    progress: Progress,
) -> str:
    """Headings and all rows that a query finds, tab-separated.

    Raises:
        TooManyToCopy. FailedCall: the list could not be read to its end.
    """
    lines, count = [tab_separated_heading(columns)], 0
    async for items, total in whole_pages(caller, definition, query):
        count += len(items)
        refuse_too_many(max(count, total))
        lines.append(tab_separated_rows(columns, items))
        progress(count, total)
    return "".join(lines)


def refuse_too_many(count: int) -> None:
    """Say where so many rows can be written to.

    Raises:
        TooManyToCopy.
    """
    if count > MOST_SELECTED:
        raise TooManyToCopy(
            text("At most {most:,} rows can be copied. Export List writes all of them to a file.", most=MOST_SELECTED)
        )
