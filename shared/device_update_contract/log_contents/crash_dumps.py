"""What a crash dump tells: of which device and software, what failed, and where.

Two families share one outline, a header that leads to a directory of typed streams, all numbers little-endian, all
places counted from the file's beginning:

* Windows CE error reports (``.kdmp``), begun by ``CEDX``, ``CEDS`` or ``CEDC``. Layout: DwCeDump.h, documented as "Dump
  File Format" and "Dump File Structures" of Windows CE 5.0 and Windows Embedded CE 6.0 (MSDN ms939593, ms939618).
* Minidumps of Windows (``.dmp``), begun by ``MDMP``. Layout: minidumpapiset.h (MINIDUMP_HEADER and its streams).

The one directory entry of each type that counts is the first. A fact that is damaged, cut off or left out is None, and
hides no other. Memory, registers and call stacks are not read: they need the symbols that only the vendor has.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

from device_update_contract.log_contents import ce_dump_streams, minidump_streams
from device_update_contract.log_contents.dump_facts import Fault, Modules, Stream, SystemFacts
from device_update_contract.log_contents.log_bytes import LogBytes, UnreadableLog

_HEADER: Final = struct.Struct("<4sIIIII")
_DIRECTORY_ENTRY: Final = struct.Struct("<III")
_MOST_STREAMS: Final = 64
_Told = TypeVar("_Told")


class DumpKind(StrEnum):
    """How much of the device a crash dump holds ("Types of Crash Dump Files", MSDN aa526066)."""

    CONTEXT = "context"
    """The thread that failed: 4 to 64 KB."""
    SYSTEM = "system"
    """All threads, modules and processes: up to several megabytes."""
    COMPLETE = "complete"
    """All memory."""
    MINIDUMP = "minidump"
    """A minidump of Windows, not of Windows CE."""


_SIGNATURES: Final = {
    b"CEDX": DumpKind.CONTEXT,
    b"CEDS": DumpKind.SYSTEM,
    b"CEDC": DumpKind.COMPLETE,
    b"MDMP": DumpKind.MINIDUMP,
}


@dataclass(frozen=True, slots=True)
class CrashDump:
    """The facts of a crash dump; ``written_at`` is by the device's clock, which may be wrong, and often absent."""

    kind: DumpKind
    written_at: datetime | None
    system: SystemFacts | None
    fault: Fault | None
    modules: Modules


def dump_kind(head: bytes) -> DumpKind | None:
    """The kind of crash dump that begins so; None when it is none."""
    return _SIGNATURES.get(head[:4]) if len(head) >= _HEADER.size else None


def read_crash_dump(content: LogBytes) -> CrashDump:
    """The facts of a crash dump.

    Raises:
        UnreadableLog: it does not begin as one.
        PieceMissing: as `LogBytes` says.
    """
    signature, _, count, directory, _, stamp = _HEADER.unpack(content.read(0, _HEADER.size))
    kind = _SIGNATURES.get(signature)
    if kind is None:
        raise UnreadableLog("The log does not begin as a crash dump.")
    streams = _streams(content, count, directory)
    written_at = datetime.fromtimestamp(stamp, UTC) if stamp else None
    if kind is DumpKind.MINIDUMP:
        return CrashDump(
            kind,
            written_at,
            _told(content, streams, minidump_streams.SYSTEM_INFO, minidump_streams.read_system),
            _told(content, streams, minidump_streams.EXCEPTION, minidump_streams.read_fault),
            _told(content, streams, minidump_streams.MODULES, minidump_streams.read_modules) or Modules(),
        )
    processes = _told(content, streams, ce_dump_streams.PROCESSES, ce_dump_streams.read_processes) or {}
    bucket = _told(content, streams, ce_dump_streams.BUCKET, ce_dump_streams.read_bucket)
    exception = _told(content, streams, ce_dump_streams.EXCEPTION, ce_dump_streams.read_exception)
    return CrashDump(
        kind,
        written_at,
        _told(content, streams, ce_dump_streams.SYSTEM_INFO, ce_dump_streams.read_system),
        ce_dump_streams.fault_of(exception, bucket, processes),
        _told(content, streams, ce_dump_streams.MODULES, ce_dump_streams.read_modules) or Modules(),
    )


def _streams(content: LogBytes, count: int, directory: int) -> dict[int, Stream]:
    """Where the stream of each type lies; what the file does not hold of the directory is left out."""
    found: dict[int, Stream] = {}
    for place in range(min(count, _MOST_STREAMS)):
        try:
            entry = content.read(directory + place * _DIRECTORY_ENTRY.size, _DIRECTORY_ENTRY.size)
        except UnreadableLog:
            break
        kind, size, offset = _DIRECTORY_ENTRY.unpack(entry)
        found.setdefault(kind, Stream(offset, size))
    return found


def _told(
    content: LogBytes, streams: Mapping[int, Stream], kind: int, read: Callable[[LogBytes, Stream], _Told]
) -> _Told | None:
    """What a stream tells; None when there is none, or it is damaged."""
    if kind not in streams:
        return None
    try:
        return read(content, streams[kind])
    except UnreadableLog:
        return None
