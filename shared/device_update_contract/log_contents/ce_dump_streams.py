"""The streams of a Windows CE error report that tell help desk something.

Layouts: DwCeDump.h (MSDN: _CEDUMP_SYSTEM_INFO, _CEDUMP_EXCEPTION_STREAM, _CEDUMP_EXCEPTION, _CEDUMP_ELEMENT_LIST,
_CEDUMP_FIELD_INFO, _CEDUMP_BUCKET_PARAMETERS; all structures packed to 4 bytes); numbers of fields: OsAxsFlexi.h.
Lists describe their own fields: number, size, label and format; a field that OsAxsFlexi.h does not number, as the file
version of a module, goes by its label.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from device_update_contract.log_contents.one_line import one_line, wide_text

SYSTEM_INFO: Final = 0x8001
EXCEPTION: Final = 0x8002
MODULES: Final = 0x8003
PROCESSES: Final = 0x8004
BUCKET: Final = 0x800A
_SYSTEM: Final = struct.Struct("<HHIIHHIIIIIIIIHHIII")
_EXCEPTION_HEADER: Final = struct.Struct("<HHHHIIIIII")
_EXCEPTION: Final = struct.Struct("<IIIII")
_LIST: Final = struct.Struct("<HHIII")
_FIELD: Final = struct.Struct("<IIII")
_BUCKET: Final = struct.Struct("<HHIIIIIIIIIIIIIII")
_NUMBER: Final = struct.Struct("<I")
_MOST_FIELDS: Final = 64
_LARGEST_ELEMENT: Final = 8192
_MODULE_NAME: Final = 0
_PROCESS_NAME: Final = 6
_PROCESS_HANDLE: Final = 9
_VERSION_HIGH: Final = "FileVersionMS"
_VERSION_LOW: Final = "FileVersionLS"
_BY_LABEL: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class CaughtException:
    """The exception, and the processes that its thread ran in and belongs to."""

    code: int
    address: int
    process: int
    owner: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """By what Microsoft sorted equal crashes together."""

    process: Module | None
    module: Module | None
    offset: int
    owner: Module | None


def read_system(content: LogBytes, stream: Stream) -> SystemFacts:
    """_CEDUMP_SYSTEM_INFO.

    Raises:
        UnreadableLog: it is cut off.
    """
    found = _SYSTEM.unpack(content.read(stream.offset, _SYSTEM.size))
    architecture, processors, major, minor, build = found[1], found[2], *found[7:10]
    return SystemFacts(
        f"{major}.{minor}.{build}",
        processor_name(architecture),
        processors,
        device=name_at(content, found[12]),
        platform=name_at(content, found[16]),
    )


def read_exception(content: LogBytes, stream: Stream) -> CaughtException:
    """_CEDUMP_EXCEPTION_STREAM and the _CEDUMP_EXCEPTION behind it.

    Raises:
        UnreadableLog: it is cut off.
    """
    header = _EXCEPTION_HEADER.unpack(content.read(stream.offset, _EXCEPTION_HEADER.size))
    code, _, _, address, _ = _EXCEPTION.unpack(content.read(stream.offset + header[0], _EXCEPTION.size))
    return CaughtException(code, address, process=header[4], owner=header[6])


def read_bucket(content: LogBytes, stream: Stream) -> Bucket:
    """_CEDUMP_BUCKET_PARAMETERS.

    Raises:
        UnreadableLog: it is cut off.
    """
    found = _BUCKET.unpack(content.read(stream.offset, _BUCKET.size))
    return Bucket(
        process=_module(content, found[4], found[6], found[7]),
        module=_module(content, found[8], found[10], found[11]),
        offset=found[12],
        owner=_module(content, found[13], found[15], found[16]),
    )


def read_modules(content: LogBytes, stream: Stream) -> Modules:
    """The modules that were loaded, by name and file version; those behind a damaged one are left out.

    Raises:
        UnreadableLog: the list's head is damaged.
    """
    found = []
    elements = _Elements(content, stream)
    for element in elements:
        name = element.text(_MODULE_NAME)
        high, low = element.number(_VERSION_HIGH), element.number(_VERSION_LOW)
        version = None if high is None or low is None else file_version(high, low)
        found.append(Module(name or "?", version))
    return Modules(tuple(found), elements.count - len(found))


def read_processes(content: LogBytes, stream: Stream) -> dict[int, str]:
    """The names of the processes that ran, by handle; those behind a damaged one are left out.

    Raises:
        UnreadableLog: the list's head is damaged.
    """
    found: dict[int, str] = {}
    for element in _Elements(content, stream):
        handle, name = element.number(_PROCESS_HANDLE), element.text(_PROCESS_NAME)
        if handle is not None and name:
            found.setdefault(handle, name)
    return found


def fault_of(exception: CaughtException | None, bucket: Bucket | None, processes: Mapping[int, str]) -> Fault | None:
    """What failed, from whatever tells it; the bucket goes before the list of processes, as it has versions."""
    if exception is None and bucket is None:
        return None
    told = bucket or Bucket(None, None, 0, None)
    process = told.process or _running(processes, None if exception is None else exception.process)
    owner = told.owner or _running(processes, None if exception is None else exception.owner)
    return Fault(
        code=None if exception is None else exception.code,
        address=None if exception is None else exception.address,
        process=process,
        module=told.module,
        offset=None if told.module is None else told.offset,
        owner=None if owner == process else owner,
    )


@dataclass(frozen=True, slots=True)
class _Element:
    """One entry of a list: its bytes, of which the fields are parts."""

    content: LogBytes
    data: bytes
    fields: Mapping[int | str, slice]

    def number(self, key: int | str) -> int | None:
        """The value of a field of four bytes."""
        value = self._value(key)
        return None if value is None or len(value) != _NUMBER.size else int(_NUMBER.unpack(value)[0])

    def text(self, key: int | str) -> str | None:
        """The value of a text: the documents do not say whether it stands in the element or elsewhere.

        Four bytes are the place of a MINIDUMP_STRING; more are the text itself, UTF-16 or of one byte a sign.
        """
        value = self._value(key)
        if value is None:
            return None
        if len(value) == _NUMBER.size:
            return name_at(self.content, _NUMBER.unpack(value)[0])
        if value[1:2] == b"\0":
            return wide_text(value) or None
        return one_line(value.partition(b"\0")[0].decode("latin-1")) or None

    def _value(self, key: int | str) -> bytes | None:
        field = self.fields.get(key)
        return None if field is None else self.data[field]


class _Elements:
    """The entries of a list, up to `MOST_LISTED` or a damaged one; ``count`` are there by its own account.

    What the log has no room for is not counted.
    """

    def __init__(self, content: LogBytes, stream: Stream) -> None:
        header = _LIST.unpack(content.read(stream.offset, _LIST.size))
        header_size, field_size, field_count, count, self._at = header
        if field_count > _MOST_FIELDS or field_size < _FIELD.size:
            raise UnreadableLog("A list in the crash dump is damaged.")
        self._content = content
        self._fields: dict[int | str, slice] = {}
        self._size = 0
        for place in range(field_count):
            described = content.read(stream.offset + header_size + place * field_size, _FIELD.size)
            number, size, label, _ = _FIELD.unpack(described)
            start, self._size = self._size, self._size + size
            if self._size > _LARGEST_ELEMENT:
                raise UnreadableLog("A list in the crash dump is damaged.")
            key = (name_at(content, label) or "") if number == _BY_LABEL else number
            self._fields.setdefault(key, slice(start, self._size))
        room = max(0, content.size - self._at) // self._size if self._size else 0
        self.count = min(count, room)

    def __iter__(self) -> Iterator[_Element]:
        for place in range(min(self.count, MOST_LISTED)):
            try:
                data = self._content.read(self._at + place * self._size, self._size)
            except UnreadableLog:
                return
            yield _Element(self._content, data, self._fields)


def _module(content: LogBytes, name: int, high: int, low: int) -> Module | None:
    found = name_at(content, name)
    return None if found is None else Module(found, file_version(high, low))


def _running(processes: Mapping[int, str], handle: int | None) -> Module | None:
    return None if handle is None or handle not in processes else Module(processes[handle], None)
