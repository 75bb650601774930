"""Which ids were met already, in a few bytes for each: a list of a million items may be gone through."""

from __future__ import annotations

_LARGEST_NUMBER = 1 << 30
"""Numbers up to this take a bit each, all in all 128 MB at worst."""


class SeenIds:
    """A set of ids; those that are small numbers, as a service's usually are, take a bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[str] = set()

    def add(self, item_id: str) -> bool:
        """Note an id; whether it is new."""
        number = _number(item_id)
        if number is None:
            new = item_id not in self._others
            self._others.add(item_id)
            return new
        place, bit = number >> 3, 1 << (number & 7)
        if place >= len(self._bits):
            self._bits.extend(bytes(max(place + 1 - len(self._bits), len(self._bits) // 2)))
        new = not self._bits[place] & bit
        self._bits[place] |= bit
        return new


def _number(item_id: str) -> int | None:
    if not (item_id.isascii() and item_id.isdigit() and len(item_id) <= 10) or (item_id[0] == "0" and item_id != "0"):
        return None
    number = int(item_id)
    return number if number < _LARGEST_NUMBER else None
