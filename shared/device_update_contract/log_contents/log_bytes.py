"""The bytes of a log of which only some pieces are here: what a reader wants and does not find, it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PIECE: Final = 64 * 1024
"""Bytes of one piece; the last of a log may be shorter."""


class UnreadableLog(ValueError):
    """A log is not of the format that its beginning promises, or ends too early; ``str()`` is a sentence."""


class PieceMissing(LookupError):
    """A reader needs a piece that is not here yet: get it and read again."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class LogBytes:
    """A log of ``size`` bytes with the pieces that are here, by number.

    Only while it ``asks`` does it raise `PieceMissing`; otherwise what is not here counts as cut off.
    """

    size: int
    pieces: Mapping[int, bytes]
    asks: bool = False

    def read(self, offset: int, length: int) -> bytes:
        """Some bytes, all that were wanted.

        Raises:
            UnreadableLog: they lie beyond the log's end, or are not here.
            PieceMissing: they are in a piece that can be asked for.
        """
        if offset < 0 or length < 0 or offset + length > self.size:
            raise UnreadableLog("The log ends too early.")
        first = offset // PIECE
        found = b"".join(self._piece(number) for number in range(first, -(-(offset + length) // PIECE)))
        start = offset - first * PIECE
        if len(found) < start + length:
            raise UnreadableLog("The log ends too early.")
        return found[start : start + length]

    def _piece(self, number: int) -> bytes:
        if number in self.pieces:
            return self.pieces[number]
        if self.asks:
            raise PieceMissing(number)
        raise UnreadableLog("Only a part of the log was read.")


def whole_log(content: bytes) -> LogBytes:
    """A log that is here whole."""
    return LogBytes(len(content), {n: content[n * PIECE : (n + 1) * PIECE] for n in range(-(-len(content) // PIECE))})
