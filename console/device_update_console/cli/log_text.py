"""The content of a device log as lines on a terminal: text as it is, the binary logs of Windows CE as they are told."""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator

from device_update_console.cli.output import complain, print_facts, say
from device_update_console.core.logs_and_audit.log_facts import ce_log_facts, crash_dump_facts, modules_text
from device_update_console.core.logs_and_audit.log_windows import shape_of
from device_update_console.core.sheets.details_form import Fact
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.log_contents.ce_log_events import CeLogMarker, CeLogReading
from device_update_contract.log_contents.ce_log_lines import CeLogLines
from device_update_contract.log_contents.crash_dumps import read_crash_dump
from device_update_contract.log_contents.log_bytes import PIECE, LogBytes
from device_update_contract.log_texts import LOOKED_AT
from device_update_contract.refusals import Refusal

_MOST_OF_A_DUMP = 64 * PIECE


class NoTextInLog(Refusal):
    """The log is neither text nor a binary log that is known."""

    code = "no-text-in-log"


async def print_log_text(log: DeviceLog, content: AsyncGenerator[bytes, None]) -> None:
    """Print a log that comes in chunks, of any size: no more of it is held than is being printed.

    Raises:
        NoTextInLog. Whatever ``content`` raises.
    """
    head = await _gathered(content, b"", LOOKED_AT)
    shape = shape_of(head, log.size)
    if shape.marker is not None:
        await _print_events(log, shape.marker, head, content)
    elif shape.is_crash_dump:
        await _print_dump(log, head, content)
    elif shape.encoding is not None:
        await _print_lines(shape.encoding, head, content)
    else:
        raise NoTextInLog("This log is neither text nor a CeLog nor a crash dump. Save it with --save.")


async def _gathered(content: AsyncGenerator[bytes, None], found: bytes, enough: int) -> bytes:
    """What came, and as many bytes more as are enough, if there are."""
    gathered = bytearray(found)
    while len(gathered) < enough:
        try:
            gathered += await anext(content)
        except StopAsyncIteration:
            break
    return bytes(gathered)


async def _print_events(log: DeviceLog, marker: CeLogMarker, head: bytes, content: AsyncGenerator[bytes, None]) -> None:
    """The facts stand behind the events: only then are all known."""
    reading, lines = CeLogReading(), CeLogLines()
    for event in reading.feed(head):
        print(lines.line(event))
    async for chunk in content:
        for event in reading.feed(chunk):
            print(lines.line(event))
    for event in reading.finish():
        print(lines.line(event))
    facts = ce_log_facts(marker, reading.position, log.name, is_whole=True, broken_at=reading.broken_at)
    for label, value in _known(facts):
        complain(f"{label}: {value}")


async def _print_dump(log: DeviceLog, head: bytes, content: AsyncGenerator[bytes, None]) -> None:
    begun = await _gathered(content, head, _MOST_OF_A_DUMP)
    pieces = {place // PIECE: begun[place : place + PIECE] for place in range(0, len(begun), PIECE)}
    dump = read_crash_dump(LogBytes(log.size, pieces))
    print_facts(_known(crash_dump_facts(dump, log.name)))
    for line in modules_text(dump).splitlines():
        say(line)


async def _print_lines(encoding: str, head: bytes, content: AsyncGenerator[bytes, None]) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = ""
    chunk: bytes | None = head
    while chunk is not None:
        *whole, rest = (rest + decoder.decode(chunk)).removeprefix("\ufeff").split("\n")
        for line in whole:
            say(line.removesuffix("\r"))
        chunk = await anext(content, None)
    rest += decoder.decode(b"", final=True)
    if rest:
        say(rest)


def _known(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in facts if value]
