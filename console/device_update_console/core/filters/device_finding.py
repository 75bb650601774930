"""Finding a device at one server while somebody types: by any part of what it is known by, or by its whole label."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from device_update_console.core.failures import RefusedByService
from device_update_console.core.filters.filter_text import SEARCH, InvalidFilter, parse_filter
from device_update_console.core.lists.device_lists import DEVICES
from device_update_console.core.lists.known_instead import lines_instead
from device_update_console.core.lists.source import Caller
from device_update_console.core.lists.told_lines import plain
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device

MOST_FOUND = 20
"""Devices of one server: whoever sees more types more."""


@dataclass(frozen=True, slots=True)
class FoundDevices:
    """What one server found, the best first; ``more`` when there are others that are not among them."""

    devices: tuple[Device, ...] = ()
    more: bool = False
    instead: tuple[str, ...] = ()
    """What is known instead, where there is no device."""


async def find_devices(caller: Caller, typed: str) -> FoundDevices:
    """The devices that a text means: those with exactly this label, then those that a search finds.

    Fields may be typed too, in the syntax of the filter bar; what cannot be understood so is searched for as it is.

    Raises:
        FailedCall: it cannot be told.
    """
    fields = _fields(typed)
    if not fields:
        return FoundDevices()
    asked = [fields]
    if set(fields) == {SEARCH}:
        asked.insert(0, {"label": fields[SEARCH]})
    pages = await asyncio.gather(*(_page(caller, each) for each in asked))
    found = {device.id: device for page in pages for device in page.items}
    more = len(found) > MOST_FOUND or any(page.next is not None for page in pages)
    instead = () if found else await _known_instead(caller, fields)
    return FoundDevices(tuple(found.values())[:MOST_FOUND], more, instead)


def fields_of(device: Device) -> dict[str, str]:
    """The filter that finds this one device."""
    return {SEARCH: device.mac or device.serial or ""}


async def _known_instead(caller: Caller, fields: dict[str, str]) -> tuple[str, ...]:
    """What a service that can tell it knows instead; that there is no device holds without it."""
    try:
        return tuple(plain(line[:1]) for line in await lines_instead(caller, DEVICES, fields))
    except RefusedByService:
        return ()


async def _page(caller: Caller, fields: dict[str, str]) -> Page[Device]:
    return await caller.ask(DEVICES.endpoint, Page[Device], query=DEVICES.query(fields, limit=MOST_FOUND))


def _fields(typed: str) -> dict[str, str]:
    try:
        fields = parse_filter(typed, [field.name for field in DEVICES.filters])
        DEVICES.query(fields)
    except InvalidFilter:
        return {SEARCH: typed.strip()}
    return fields
