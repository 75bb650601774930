"""Export List: all that a list finds, or some items of it, written to a file while it is read, page by page.

The file appears whole or not at all: what is cut off, cancelled or cannot be written leaves nothing behind, and an
older file of the name as it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from device_update_console.core.failures import NotTheService
from device_update_console.core.files.whole_file import BYTE_ORDER_MARK, whole_file
from device_update_console.core.lists.definition import Column, ListDefinition
from device_update_console.core.lists.page_steps import LARGEST_REQUEST
from device_update_console.core.lists.seen_ids import SeenIds
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.table_text import (
    JSON_BETWEEN,
    JSON_END,
    JSON_START,
    csv_heading,
    csv_row,
    json_item,
)
from device_update_console.core.texts.language import text
from device_update_contract.administration.base import Page, PageQuery

Item = TypeVar("Item")

Progress = Callable[[int, int], object]
"""Rows that were written, and rows in all: 0 where that is not known."""


class ExportFormat(StrEnum):
    """What a file is for: a spreadsheet, or a program."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Export:
    """What is written where; without ``items`` it is all that ``query`` finds."""

    definition: ListDefinition[Any]
    query: PageQuery
    columns: Sequence[Column[Any]]
    form: ExportFormat
    path: Path
    items: Sequence[Any] | None = None


async def carry_out_export(caller: Caller, export: Export, progress: Progress) -> int:
    """Write the file, and say how many items are in it.

    Raises:
        FileNotWritten. FailedCall: the list could not be read to its end.
    """
    count = 0
    async with whole_file(export.path) as file:
        await file.write(_start(export))
        async for items, total in _pages(caller, export):
            await file.write(_lines(export, items, first=count == 0))
            count += len(items)
            progress(count, total)
        await file.write(_end(export))
    return count


async def _pages(caller: Caller, export: Export) -> AsyncIterator[tuple[list[Any], int]]:
    """The items in stretches, each item once however the list changes meanwhile, with how many there are in all."""
    if export.items is not None:
        yield list(export.items), len(export.items)
        return
    async for page in whole_pages(caller, export.definition, export.query):
        yield page


async def whole_pages(
    caller: Caller, definition: ListDefinition[Item], query: PageQuery
) -> AsyncIterator[tuple[list[Item], int]]:
    """All that a query finds, in stretches: each item once however the list changes, with how many there are in all.

    Raises:
        FailedCall: the list could not be read to its end.
    """
    seen = SeenIds()
    query = query.model_copy(update={"limit": LARGEST_REQUEST})
    after = None
    while True:
        page = await caller.ask(definition.endpoint, Page[definition.item], query=query)  # type: ignore[name-defined]
        yield [item for item in page.items if seen.add(definition.item_id(item))], page.total or 0
        if page.next is None:
            return
        if page.next == after:
            raise NotTheService(text("The service answers one page of the list again and again."))
        after = page.next
        query = query.model_copy(update={"after": after})


def _start(export: Export) -> str:
    return BYTE_ORDER_MARK + csv_heading(export.columns) if export.form is ExportFormat.CSV else JSON_START


def _lines(export: Export, items: Sequence[Any], *, first: bool) -> str:
    if export.form is ExportFormat.CSV:
        return "".join(csv_row(export.columns, item) for item in items)
    between = "" if first or not items else JSON_BETWEEN
    return between + JSON_BETWEEN.join(map(json_item, items))


def _end(export: Export) -> str:
    return "" if export.form is ExportFormat.CSV else JSON_END
