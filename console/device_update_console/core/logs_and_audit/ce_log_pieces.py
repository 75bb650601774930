"""The lines of a CeLog, piece by piece.

Where in a piece its first event begins, and when that was, only the piece before tells: to look at a piece, those
before it are read through once, in one stretch where they are many. What is kept of each is a position of some numbers,
so that a log may have any size, and every later look at what was read through is quick.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeAlias

from device_update_console.core.logs_and_audit.log_facts import no_event_text
from device_update_contract.log_contents.ce_log_events import LARGEST_EVENT, CeLogPosition, CeLogReading
from device_update_contract.log_contents.ce_log_lines import NAMING, CeLogLines
from device_update_contract.log_contents.log_bytes import PIECE

FetchPiece: TypeAlias = Callable[[int], Awaitable[bytes]]
"""Gives the bytes of a piece by its number, as often as it is asked."""
Stream: TypeAlias = Callable[[int, int], AsyncGenerator[bytes, None]]
"""Gives the bytes from one place on up to another, as they come."""
Progress: TypeAlias = Callable[[int, int], object]
"""How many bytes were read through, of how many."""

_FEW: Final = 4
"""Pieces that are fetched one by one."""


class CeLogPieces:
    """One log; names of threads and processes that were read are used in all lines that are made afterwards."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lines = CeLogLines()
        self._begins = [CeLogPosition()]
        self.position = CeLogPosition()
        """How far it was read."""
        self.broken_at: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it was read to its end, or to where no event can be read."""
        return self.broken_at is not None or self.position.offset >= self._size

    async def pass_over(self, number: int, stream: Stream, progress: Progress) -> None:
        """Read through what lies before a piece, where it is much; lines are not made of it.

        Raises:
            whatever ``stream`` does; what was read before is kept, also when it is cancelled.
        """
        if self.is_whole or number - len(self._begins) < _FEW:
            return
        held = bytearray()
        end = min(number * PIECE + LARGEST_EVENT, self._size)
        async with aclosing(stream(self._begins[-1].offset, end)) as chunks:
            async for chunk in chunks:
                held += chunk
                while len(self._begins) <= number and not self.is_whole and self._pass_piece(held):
                    progress(self.position.offset, number * PIECE)
                if self.is_whole:
                    return

    async def lines(self, number: int, fetch: FetchPiece) -> str:
        """The lines of the events that begin in a piece.

        Raises:
            whatever ``fetch`` does; what was read before is kept.
        """
        while len(self._begins) <= number and not self.is_whole:
            await self._read(len(self._begins) - 1, fetch)
        if number < len(self._begins):
            return "\n".join(await self._read(number, fetch))
        return "" if self.broken_at is None else no_event_text(self.broken_at)

    def _pass_piece(self, held: bytearray) -> bool:
        """Read through the next piece if all of it is held, and drop it; whether it was."""
        begin, end = self._begins[-1], len(self._begins) * PIECE
        if begin.offset < end:
            needed = end - begin.offset + LARGEST_EVENT
            if len(held) < needed:
                return False
            reading = CeLogReading(begin, until=end, only=NAMING)
            for event in reading.feed(bytes(held[:needed])):
                self._lines.learn(event)
            self.position, self.broken_at = reading.position, reading.broken_at
            del held[: self.position.offset - begin.offset]
        if self.broken_at is None:
            self._begins.append(self.position)
        return True

    async def _read(self, number: int, fetch: FetchPiece) -> list[str]:
        """Read a piece, and of those behind it what belongs to its last event."""
        begin, end = self._begins[number], min((number + 1) * PIECE, self._size)
        if begin.offset >= end:
            lines: list[str] = []
            reading = CeLogReading(begin)
        else:
            reading = CeLogReading(begin, until=end)
            lines = await self._read_events(reading, begin.offset, fetch)
        if number + 1 == len(self._begins):
            self.position = reading.position
            if reading.broken_at is None:
                self._begins.append(reading.position)
        return lines

    async def _read_events(self, reading: CeLogReading, offset: int, fetch: FetchPiece) -> list[str]:
        lines: list[str] = []
        while not reading.is_done:
            piece, start = divmod(offset, PIECE)
            content = (await fetch(piece))[start:] if offset < self._size else b""
            events = reading.feed(content) if content else reading.finish()
            lines += [self._lines.line(event) for event in events]
            offset += len(content)
            if not content:
                break
        if reading.broken_at is not None:
            self.broken_at = reading.broken_at
            lines.append(no_event_text(reading.broken_at))
        return lines
