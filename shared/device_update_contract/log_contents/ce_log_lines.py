"""CeLog's events as lines of text, one each: the time since the log's first, the event's name, and what is in it.

It does for help desk what ``Readlog.exe -v`` of Windows CE's Platform Builder does for developers, without repeating
the form of its lines. What is not documented, or does not fit its document, is shown as text where it is text, else as
bytes in hexadecimal.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from device_update_contract.log_contents.ce_log_events import CeLogEvent
from device_update_contract.log_contents.ce_log_shapes import (
    INTERRUPTS,
    MODULE_LOAD,
    PROCESS_CREATE,
    RAW_NUMBERS,
    RAW_TEXT,
    SHAPES,
    THREAD_CREATE,
    event_name,
)
from device_update_contract.log_contents.one_line import one_line, wide_text

NAMING: Final = frozenset({PROCESS_CREATE, THREAD_CREATE, MODULE_LOAD})
"""The events that name something which later ones only number."""
_MOST_SHOWN: Final = 32
"""Numbers of one list, or groups of four bytes, that a line shows."""
_MOST_NAMES: Final = 65_536
_NO_TIME: Final = " " * 14
_NAME_WIDTH: Final = 20
_FIRST_BEYOND_LATIN: Final = 0x250
_WORD: Final = struct.Struct("<I")
_SIGNED: Final = struct.Struct("<i")
_INTERRUPT: Final = struct.Struct("<IHH")


class CeLogLines:
    """Makes lines of events, and remembers the names of processes, threads and modules that they tell, up to 65,536."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, int], str] = {}

    def line(self, event: CeLogEvent) -> str:
        """The line of an event, without a line end."""
        self.learn(event)
        parts = [_time_text(event.at), event_name(event.number).ljust(_NAME_WIDTH)]
        if event.processor is not None:
            parts.append(f"cpu={event.processor}")
        if event.flag is not None:
            parts.append(f"flag={event.flag}")
        return "  ".join((*parts, *self._told(event))).rstrip()

    def learn(self, event: CeLogEvent) -> None:
        """Remember what an event names, without a line; a thread without a name of its own goes by its process."""
        data = event.data
        if event.number not in NAMING or len(self._names) >= _MOST_NAMES:
            return
        text = event_text(event)
        if event.number == PROCESS_CREATE and len(data) >= 4:
            key = ("P", _word(data, 0))
        elif event.number == THREAD_CREATE and len(data) >= 8:
            key = ("T", _word(data, 0))
            text = text or self._names.get(("P", _word(data, 4)), "")
        elif event.number == MODULE_LOAD and len(data) >= 8:
            key = ("M", _word(data, 4))
        else:
            return
        if text:
            self._names[key] = text

    def _told(self, event: CeLogEvent) -> Iterator[str]:
        number, data = event.number, event.data
        if number in RAW_NUMBERS:
            yield _numbers(data, RAW_NUMBERS[number])
        elif number == INTERRUPTS and len(data) >= 4:
            yield f"discarded={_word(data, 0)}"
            yield _interrupts(data[4:])
        elif number in RAW_TEXT or number not in SHAPES or (data and not SHAPES[number].fields):
            yield _text_or_bytes(data)
        else:
            yield from self._fields(number, data)

    def _fields(self, number: int, data: bytes) -> Iterator[str]:
        """The values of an event that is documented; bytes that are left over follow, those that lack are left out."""
        place = 0
        for label, sort in SHAPES[number].fields:
            if sort == "s":
                text = wide_text(data[place:])
                place = len(data)
                if text:
                    yield f"{label}={text}"
            elif sort == "X":
                usable = (len(data) - place) & ~3
                if usable:
                    yield f"{label}={_numbers(data[place : place + usable], 'I', '08X')}"
                place += usable
            elif place + 4 <= len(data):
                yield f"{label}={self._value(sort, data, place)}"
                place += 4
        if place < len(data):
            yield _bytes(data[place:])

    def _value(self, sort: str, data: bytes, place: int) -> str:
        if sort == "u":
            return str(_word(data, place))
        if sort == "i":
            return str(_SIGNED.unpack_from(data, place)[0])
        value = _word(data, place)
        name = self._names.get((sort, value))
        return f"{value:08X}" if name is None else f"{value:08X} ({name})"


def event_text(event: CeLogEvent) -> str:
    """The text that an event carries: a name, a path, a message; empty for one without."""
    shape, place = SHAPES.get(event.number), 0
    if event.number in RAW_TEXT or shape is None:
        return _plain_text(event.data) or ""
    for _, sort in shape.fields:
        if sort == "s":
            return wide_text(event.data[place:])
        place += 4
    return ""


def _time_text(at: int | None) -> str:
    """Hours, minutes and seconds with millionths."""
    if at is None:
        return _NO_TIME
    seconds, below = divmod(at, 1_000_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{below // 1000:06}"


def _word(data: bytes, place: int) -> int:
    return int(_WORD.unpack_from(data, place)[0])


def _numbers(data: bytes, form: str, shown: str = "") -> str:
    reading = struct.Struct(f"<{form}")
    count = len(data) // reading.size
    listed = [
        format(reading.unpack_from(data, place * reading.size)[0], shown) for place in range(min(count, _MOST_SHOWN))
    ]
    return _list(listed, count) + (
        "" if len(data) == count * reading.size else f" {_bytes(data[count * reading.size :])}"
    )


def _interrupts(data: bytes) -> str:
    """The numbers of interrupts, each with the depth that it was nested at."""
    count = len(data) // _INTERRUPT.size
    listed = []
    for place in range(min(count, _MOST_SHOWN)):
        _, interrupt, depth = _INTERRUPT.unpack_from(data, place * _INTERRUPT.size)
        listed.append(f"{interrupt}" if not depth else f"{interrupt}/{depth}")
    return f"interrupts={_list(listed, count)}"


def _list(listed: list[str], count: int) -> str:
    more = f",...({count})" if count > len(listed) else ""
    return ",".join(listed) + more


def _text_or_bytes(data: bytes) -> str:
    text = _plain_text(data)
    return _bytes(data) if text is None else text


def _plain_text(data: bytes) -> str | None:
    """Text, if all of it is of signs that Europe's languages need, and half of it ASCII; else None."""
    for text in (_decoded(data, "utf-16-le"), _decoded(data, "ascii")):
        if text and all(map(_is_latin, text)) and 2 * sum(map(str.isascii, text)) >= len(text):
            return one_line(text)
    return None


def _is_latin(sign: str) -> bool:
    return sign in "\t\r\n" or (sign.isprintable() and ord(sign) < _FIRST_BEYOND_LATIN)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).rstrip("\0\r\n")
    except UnicodeDecodeError:
        return ""


def _bytes(data: bytes) -> str:
    shown = data[: 4 * _MOST_SHOWN].hex(" ", -4)
    return shown if len(data) <= 4 * _MOST_SHOWN else f"{shown} ...({len(data)} bytes)"
