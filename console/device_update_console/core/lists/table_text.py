"""Rows as text for the clipboard and for files: tab-separated, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from device_update_console.core.files.csv_text import csv_line
from device_update_console.core.lists.definition import Column
from device_update_console.core.texts.language import for_files, text

Item = TypeVar("Item")


def tab_separated(columns: Sequence[Column[Item]], items: Iterable[Item]) -> str:
    """Rows for the clipboard, headings first; a tab within a cell becomes a blank, so that columns stay columns."""
    return tab_separated_heading(columns) + tab_separated_rows(columns, items)


def tab_separated_heading(columns: Sequence[Column[Item]]) -> str:
    """The first line for the clipboard, in the person's language; `tab_separated_rows` makes the others."""
    return _tabbed(text(column.title) for column in columns)


def tab_separated_rows(columns: Sequence[Column[Item]], items: Iterable[Item]) -> str:
    """Items as lines for the clipboard."""
    return "".join(_tabbed(column.text(item) for column in columns) for item in items)


def _tabbed(cells: Iterable[str]) -> str:
    return "\t".join(cell.replace("\t", " ") for cell in cells) + "\n"


def csv_heading(columns: Sequence[Column[Item]]) -> str:
    """The first line of a CSV file, in English as all of it.

    `csv_row` makes the others, one at a time, so that a list of any length fits.
    """
    return csv_line(column.title for column in columns)


def csv_row(columns: Sequence[Column[Item]], item: Item) -> str:
    """An item as a line of CSV."""
    with for_files():
        return csv_line(column.text(item) for column in columns)


JSON_START, JSON_BETWEEN, JSON_END = "[", ",", "\n]\n"
"""What stands before, between and after the items (`json_item`) of a JSON file."""


def json_item(item: BaseModel) -> str:
    """An item as the API gives it, all fields of it, on a line of its own."""
    return "\n" + item.model_dump_json()
