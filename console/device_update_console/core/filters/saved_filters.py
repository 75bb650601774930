"""Filters of devices that were given a name: which names may be given, and how many devices each finds now."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from device_update_console.core.filters.filter_text import InvalidFilter, filter_text
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.source import Caller
from device_update_console.core.texts.formats import number_text
from device_update_console.core.texts.language import text
from device_update_console.core.window.remembered import Remembered
from device_update_console.core.window.scope_tree import SavedFilter
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device

LONGEST_NAME = 64


def name_fault(name: str, taken: Iterable[str]) -> str:
    """Why a filter cannot be called so; empty when it can. Names differ in more than their case."""
    name = plain_name(name)
    if not name:
        return text("Give the filter a name.")
    if len(name) > LONGEST_NAME:
        return text("A name has at most {count} characters.", count=LONGEST_NAME)
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        return text("A name has no control characters.")
    if name.casefold() in {other.casefold() for other in taken}:
        return text("There is a filter of this name.")
    return ""


def plain_name(name: str) -> str:
    """A name as it is kept."""
    return unicodedata.normalize("NFC", name).strip()


def replaced_by(name: str, filters: Collection[SavedFilter]) -> SavedFilter | None:
    """The filter that one of this name would take the place of."""
    return next((each for each in filters if each.name.casefold() == plain_name(name).casefold()), None)


def save_filter(remembered: Remembered, name: str, fields: dict[str, str]) -> SavedFilter:
    """Keep a filter, in the place of one of the same name."""
    replaced = replaced_by(name, remembered.filters())
    if replaced is not None:
        remembered.drop_filter(replaced.name)
    saved = SavedFilter(plain_name(name), tuple(fields.items()))
    remembered.keep_filter(saved)
    return saved


def rename_filter(remembered: Remembered, saved: SavedFilter, name: str) -> SavedFilter:
    """Keep a filter by another name."""
    remembered.drop_filter(saved.name)
    renamed = SavedFilter(plain_name(name), saved.fields)
    remembered.keep_filter(renamed)
    return renamed


def filter_line(saved: SavedFilter) -> str:
    """A filter as it is typed, also for `device-update devices`."""
    return filter_text(dict(saved.fields))


async def count_devices(caller: Caller, saved: SavedFilter) -> str:
    """How many devices a filter finds now: ``1,204``, or ``1,000+`` where the service counts no further.

    Raises:
        FailedCall: it cannot be told.
    """
    try:
        query = DEVICES.query(dict(saved.fields), limit=1)
    except InvalidFilter:
        return "?"  # of another version; the list itself says what is wrong
    page = await caller.ask(DEVICES.endpoint, Page[Device], query=query)
    if page.total is not None:
        return number_text(page.total)
    return text("{number:,}+", number=page.total_at_least)
