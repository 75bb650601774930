"""A Windows CE crash dump as a phone sends it after its software failed: believable, not taken from a real one.

The layout is that of DwCeDump.h as Microsoft documents it ("Dump File Format", MSDN ms939593); the reader of such dumps
says more (`device_update_contract.log_contents.crash_dumps`).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_HEADER_SIZE: Final = 32
_ENTRY_SIZE: Final = 12
_SYSTEM_INFO: Final = 0x8001
_EXCEPTION: Final = 0x8002
_MODULES: Final = 0x8003
_PROCESSES: Final = 0x8004
_BUCKET: Final = 0x800A
_ARM: Final = 5
_ACCESS_VIOLATION: Final = 0xC0000005
_BY_LABEL: Final = 0xFFFFFFFF
_NAME_SIZE: Final = 64


@dataclass(frozen=True, slots=True)
class Crash:
    """What failed on which phone; versions have four numbers, the operating system's three."""

    device: str
    software_version: str
    at: datetime
    os_version: str = "5.0.1400"
    process: str = "cpe.exe"
    module: str = "media.dll"
    offset: int = 0x0001_2A44
    modules: Sequence[str] = ("coredll.dll", "sip.dll", "media.dll")
    processes: Sequence[str] = ("NK.EXE", "device.exe", "gwes.exe", "cpe.exe")


def crash_dump(crash: Crash) -> bytes:
    """A context dump: the system, the exception, where it was, and what was loaded."""
    body = _Body(_HEADER_SIZE + 5 * _ENTRY_SIZE)
    high, low = _version_words(crash.software_version)
    stamp = int(crash.at.timestamp())
    streams = {
        _SYSTEM_INFO: _system(body, crash),
        _EXCEPTION: _exception(body, _handle(crash.processes.index(crash.process))),
        _MODULES: _list(
            body,
            ((0, _NAME_SIZE, "Name"), (_BY_LABEL, 4, "FileVersionMS"), (_BY_LABEL, 4, "FileVersionLS")),
            [_fixed(name) + struct.pack("<II", high, low) for name in crash.modules],
        ),
        _PROCESSES: _list(
            body,
            ((6, _NAME_SIZE, "Name"), (9, 4, "hProcess")),
            [_fixed(name) + struct.pack("<I", _handle(place)) for place, name in enumerate(crash.processes)],
        ),
        _BUCKET: _bucket(body, crash, stamp, high, low),
    }
    header = struct.pack("<4sIIIIIQ", b"CEDX", 2, len(streams), _HEADER_SIZE, 0, stamp, 0)
    return header + _directory(streams) + bytes(body.data)


class _Body:
    """What comes behind the directory; each part is put at a multiple of eight."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.data = bytearray()

    def put(self, part: bytes) -> int:
        """Append a part and give its place in the file."""
        self.data += bytes(-(self._offset + len(self.data)) % 8)
        place = self._offset + len(self.data)
        self.data += part
        return place

    def put_text(self, text: str) -> int:
        """Append a MINIDUMP_STRING."""
        wide = text.encode("utf-16-le")
        return self.put(struct.pack("<I", len(wide)) + wide)


def _directory(streams: Mapping[int, tuple[int, int]]) -> bytes:
    return b"".join(struct.pack("<III", kind, size, place) for kind, (place, size) in streams.items())


def _system(body: _Body, crash: Crash) -> tuple[int, int]:
    numbers = [int(number) for number in crash.os_version.split(".")]
    device, platform = body.put_text(crash.device), body.put_text("Phone")
    part = struct.pack(
        "<HHIIHHIIIIIIIIHHIIIII", 72, _ARM, 1, 920, 4, 0, 4, *numbers, 3, 0x409, device, 0, 0x1C0, 0,
        platform, 0, 0, 0, 0,
    )  # fmt: skip
    return body.put(part), len(part)


def _exception(body: _Body, process: int) -> tuple[int, int]:
    header = struct.pack("<HHHHIIIIII", 32, 80, 16, 0x8, process, 0x01500006, process, 0, 0, 0)
    record = struct.pack("<IIIII", _ACCESS_VIOLATION, 0, 0, 0x40032A44, 2) + struct.pack("<15I", 0, 0x10, *[0] * 13)
    context = struct.pack("<HHIII", 16, 16, 0, 0, 0)
    return body.put(header + record + context), len(header) + len(record) + len(context)


def _list(body: _Body, fields: Sequence[tuple[int, int, str]], elements: Sequence[bytes]) -> tuple[int, int]:
    """A list that describes its fields: number, size and label of each."""
    described = b"".join(
        struct.pack("<IIII", number, size, body.put_text(label), body.put_text("%s" if size > 4 else "0x%08lX"))
        for number, size, label in fields
    )
    head = struct.pack("<HHIII", 16, 16, len(fields), len(elements), body.put(b"".join(elements)))
    return body.put(head + described), len(head) + len(described)


def _bucket(body: _Body, crash: Crash, stamp: int, high: int, low: int) -> tuple[int, int]:
    process, module = body.put_text(crash.process), body.put_text(crash.module)
    part = struct.pack(
        "<HHIIIIIIIIIIIIIII", 64, 0, body.put_text("CrashEvent"), 0,
        process, stamp, high, low, module, stamp, high, low, crash.offset, process, stamp, high, low,
    )  # fmt: skip
    return body.put(part), len(part)


def _fixed(name: str) -> bytes:
    return name.encode("utf-16-le")[: _NAME_SIZE - 2].ljust(_NAME_SIZE, b"\0")


def _handle(place: int) -> int:
    return 0x00400002 + 0x10000 * place


def _version_words(version: str) -> tuple[int, int]:
    first, second, third, fourth = (int(number) & 0xFFFF for number in version.split("."))
    return first << 16 | second, third << 16 | fourth
