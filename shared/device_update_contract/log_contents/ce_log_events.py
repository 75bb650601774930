"""The stream of events that CeLog writes, the kernel's event log of Windows CE (``.clg``).

Layout: celog.h, documented as "CeLog Event Format", CEL_HEADER and CEL_LOG_MARKER (MSDN ee480736, ee488389, ee488782;
CEL_LOG_MARKER_V3 of Windows Embedded Compact: gg155732). All numbers are little-endian. An event is

* a header of four bytes: the length of the data in the low 16 bits (in version 3: 12 bits, and 4 for the processor),
  the event's number in the next 14, one bit that must be zero, and in the highest whether a time follows;
* a time of four bytes, if so: ticks of a clock that runs round;
* two bytes with the number and two with a flag, if the header's number is CELID_FLAGGED;
* the data, filled up to a multiple of four bytes.

The first event of each session is CELID_LOG_MARKER, with the clock's frequency and the version of the format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

LOG_MARKER: Final = 0x1FFF
FLAGGED: Final = 90
LARGEST_EVENT: Final = 3 * 4 + 0xFFFF + 3
"""Bytes: header, time and number, the data, and what fills it up."""
MARKER_END: Final = 4 + 4 + 16
"""Bytes of a log's beginning that tell whether it is a CeLog."""

_WORD: Final = struct.Struct("<I")
_HALVES: Final = struct.Struct("<HH")
_MARKER: Final = struct.Struct("<III")
_RESERVED: Final = 1 << 30
_TIMED: Final = 1 << 31
_TURN: Final = 1 << 32
_SHORT: Final = 0xFFF
_LONG: Final = 0xFFFF
_VERSIONS: Final = range(1, 4)
_WITH_PROCESSOR: Final = 3
_MARKER_LENGTHS: Final = (12, 16)
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CeLogMarker:
    """What a log says of itself: the version of its format, and how often a second its clock ticks."""

    version: int
    frequency: int


@dataclass(frozen=True, slots=True)
class CeLogEvent:
    """One event: where it begins, and nanoseconds since the log's first time (None for one without a time)."""

    offset: int
    number: int
    at: int | None
    flag: int | None
    processor: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class CeLogPosition:
    """The beginning of an event, with what was learned before it: reading can go on at any."""

    offset: int = 0
    events: int = 0
    marker: CeLogMarker | None = None
    session_began: int = 0
    """Nanoseconds, as `CeLogEvent.at`."""
    ticks: int = 0
    """Since the session began."""
    last_time: int | None = None

    @property
    def at(self) -> int:
        """Nanoseconds between the first time in the log and the last so far."""
        return self.session_began + _span(self.ticks, self.marker)


def log_marker(head: bytes) -> CeLogMarker | None:
    """The marker of a CeLog that begins so; None when it is none."""
    if len(head) < _WORD.size:
        return None
    (header,) = _WORD.unpack_from(head)
    length = header & _SHORT
    start = 2 * _WORD.size if header & _TIMED else _WORD.size
    if header & _RESERVED or header >> 16 & 0x3FFF != LOG_MARKER or length not in _MARKER_LENGTHS:
        return None
    return _marker(head[start : start + length])


class CeLogReading:
    """Reads a log that comes in chunks of any size; it never raises, and what is no event ends it.

    It holds no more than one event that is not whole yet, 64 KiB, beside the chunk.
    """

    def __init__(
        self,
        position: CeLogPosition | None = None,
        *,
        until: int | None = None,
        only: frozenset[int] | None = None,
    ) -> None:
        """Begin at a position; events that begin at byte ``until`` or behind it are not given.

        Of a log that is only passed over, ``only`` events of these numbers are given; all are counted.
        """
        begun = position or CeLogPosition()
        self._until, self._only = until, only
        self._offset, self._events, self._marker = begun.offset, begun.events, begun.marker
        self._session_began, self._ticks, self._last_time = begun.session_began, begun.ticks, begun.last_time
        self._rest = b""
        self._is_ending = False
        self.broken_at: int | None = None
        """Where what is no event begins; None while all was."""

    @property
    def is_done(self) -> bool:
        """Whether nothing more is given, whatever comes."""
        return self.broken_at is not None or (self._until is not None and self._offset >= self._until)

    @property
    def position(self) -> CeLogPosition:
        """Behind the last event that was given."""
        return CeLogPosition(
            self._offset, self._events, self._marker, self._session_began, self._ticks, self._last_time
        )

    def feed(self, chunk: bytes) -> list[CeLogEvent]:
        """The events that are whole with a chunk."""
        if self.is_done:
            return []
        content, place, found = self._rest + chunk, 0, []
        while (whole := self._next(content, place)) is not None:
            event, following = whole
            if event is not None:
                found.append(event)
            self._offset += following - place
            self._events += 1
            place = following
        self._rest = b"" if self.is_done else content[place:]
        return found

    def finish(self) -> list[CeLogEvent]:
        """The log ends: its last event may lack the fill; one that lacks more broke it off."""
        self._is_ending = True
        found = self.feed(b"")
        if self._rest or not self._events:
            self.broken_at = self._offset
        return found

    def _next(self, content: bytes, place: int) -> tuple[CeLogEvent | None, int] | None:
        """The event at a place, if it is to be given, and where the next begins; None: it is not whole yet, or none."""
        if len(content) < place + _WORD.size or self.is_done:
            return None
        (header,) = _WORD.unpack_from(content, place)
        number, processor = header >> 16 & 0x3FFF, None
        if not header or header & _RESERVED or (self._marker is None and number != LOG_MARKER):
            self.broken_at = self._offset
            return None
        length = header & (_LONG if self._marker is not None else _SHORT)
        if self._marker is not None and self._marker.version >= _WITH_PROCESSOR:
            length, processor = header & _SHORT, header >> 12 & 0xF
        start = place + _WORD.size * (1 + bool(header & _TIMED) + (number == FLAGGED))
        following = start + (length + 3 & ~3)
        if len(content) < (start + length if self._is_ending else following):
            return None
        flag = None
        if number == FLAGGED:
            number, flag = _HALVES.unpack_from(content, start - _WORD.size)
        data = content[start : start + length]
        if number == LOG_MARKER and not self._begin_session(data):
            return None
        if header & _TIMED:
            self._pass_time(_WORD.unpack_from(content, place + _WORD.size)[0])
        if self._only is not None and number not in self._only:
            return None, following
        at = self._session_began + _span(self._ticks, self._marker) if header & _TIMED else None
        return CeLogEvent(self._offset, number, at, flag, processor, data), following

    def _begin_session(self, data: bytes) -> bool:
        marker = _marker(data)
        if marker is None:
            self.broken_at = self._offset
            return False
        self._session_began += _span(self._ticks, self._marker)
        self._marker, self._ticks, self._last_time = marker, 0, None
        return True

    def _pass_time(self, time: int) -> None:
        """The clock runs round, and what processors write side by side may be a little out of order."""
        if self._last_time is not None:
            passed = (time - self._last_time) % _TURN
            self._ticks = max(0, self._ticks + (passed if passed < _TURN // 2 else passed - _TURN))
        self._last_time = time


def _span(ticks: int, marker: CeLogMarker | None) -> int:
    """Ticks in nanoseconds."""
    return 0 if marker is None else ticks * _SECOND // marker.frequency


def _marker(data: bytes) -> CeLogMarker | None:
    if len(data) not in _MARKER_LENGTHS:
        return None
    frequency, _, version = _MARKER.unpack_from(data)
    return CeLogMarker(version, frequency) if frequency and version in _VERSIONS else None
