"""The streams of a minidump of Windows that tell help desk something (minidumpapiset.h)."""

from __future__ import annotations

import struct
from typing import Final

from device_update_contract.log_contents.dump_facts import (
    MOST_LISTED,
    Fault,
    Module,
    Modules,
    Stream,
    SystemFacts,
    file_version,
    name_at,
    processor_name,
)
from device_update_contract.log_contents.log_bytes import LogBytes, UnreadableLog

MODULES: Final = 4
EXCEPTION: Final = 6
SYSTEM_INFO: Final = 7
_SYSTEM: Final = struct.Struct("<HHHBBIII")
_EXCEPTION: Final = struct.Struct("<IIIIQQ")
_COUNT: Final = struct.Struct("<I")
_MODULE: Final = struct.Struct("<QIIIIIIII")
_MODULE_SIZE: Final = 108


def read_system(content: LogBytes, stream: Stream) -> SystemFacts:
    """MINIDUMP_SYSTEM_INFO.

    Raises:
        UnreadableLog: it is cut off.
    """
    found = _SYSTEM.unpack(content.read(stream.offset, _SYSTEM.size))
    architecture, _, _, processors, _, major, minor, build = found
    return SystemFacts(f"{major}.{minor}.{build}", processor_name(architecture), processors)


def read_fault(content: LogBytes, stream: Stream) -> Fault:
    """MINIDUMP_EXCEPTION_STREAM.

    Raises:
        UnreadableLog: it is cut off.
    """
    _, _, code, _, _, address = _EXCEPTION.unpack(content.read(stream.offset, _EXCEPTION.size))
    return Fault(code, address)


def read_modules(content: LogBytes, stream: Stream) -> Modules:
    """MINIDUMP_MODULE_LIST; those behind a damaged one are left out, and what the log has no room for is not counted.

    Raises:
        UnreadableLog: it is cut off.
    """
    (claimed,) = _COUNT.unpack(content.read(stream.offset, _COUNT.size))
    begin = stream.offset + _COUNT.size
    count = min(claimed, (content.size - begin) // _MODULE_SIZE)
    found: list[Module] = []
    for place in range(min(count, MOST_LISTED)):
        try:
            module = content.read(begin + place * _MODULE_SIZE, _MODULE.size)
        except UnreadableLog:
            break
        *_, name, _, _, high, low = _MODULE.unpack(module)
        found.append(Module(name_at(content, name) or "?", file_version(high, low)))
    return Modules(tuple(found), count - len(found))
