"""The facts that both families of crash dumps tell, and the values that both write alike."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from device_update_contract.log_contents.log_bytes import LogBytes, UnreadableLog
from device_update_contract.log_contents.one_line import one_line

MOST_LISTED: Final = 1024
"""Modules, or processes, that are read of one dump: several times what a device has loaded."""
_LONGEST_STRING: Final = 1024
_LENGTH: Final = struct.Struct("<I")
_PROCESSORS: Final = {
    0: "x86", 1: "MIPS", 2: "Alpha", 3: "PowerPC", 4: "SuperH", 5: "ARM", 6: "Itanium", 9: "x64", 12: "ARM64",
}  # fmt: skip
"""PROCESSOR_ARCHITECTURE_* of winnt.h."""
_EXCEPTIONS: Final = {
    0x80000001: "STATUS_GUARD_PAGE_VIOLATION",
    0x80000002: "STATUS_DATATYPE_MISALIGNMENT",
    0x80000003: "STATUS_BREAKPOINT",
    0x80000004: "STATUS_SINGLE_STEP",
    0xC0000005: "STATUS_ACCESS_VIOLATION",
    0xC0000006: "STATUS_IN_PAGE_ERROR",
    0xC0000017: "STATUS_NO_MEMORY",
    0xC000001D: "STATUS_ILLEGAL_INSTRUCTION",
    0xC0000025: "STATUS_NONCONTINUABLE_EXCEPTION",
    0xC000008C: "STATUS_ARRAY_BOUNDS_EXCEEDED",
    0xC000008E: "STATUS_FLOAT_DIVIDE_BY_ZERO",
    0xC0000094: "STATUS_INTEGER_DIVIDE_BY_ZERO",
    0xC0000095: "STATUS_INTEGER_OVERFLOW",
    0xC0000096: "STATUS_PRIVILEGED_INSTRUCTION",
    0xC00000FD: "STATUS_STACK_OVERFLOW",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
}
"""Codes of ntstatus.h that programs end with."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a stream of a dump lies, and its size in bytes."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What the device is: ``os_version`` is major.minor.build, ``device`` what its maker called it."""

    os_version: str
    processor: str
    processors: int
    device: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A program or library by its file name, and its file version where it has one."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Modules:
    """What was loaded, and how much more there is of it than was read: it is damaged, or too much."""

    listed: tuple[Module, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What failed: the exception, and in which program and module; ``offset`` is the place in the module."""

    code: int | None
    address: int | None = None
    process: Module | None = None
    module: Module | None = None
    offset: int | None = None
    owner: Module | None = None
    """The program that owns the thread, where it is another: on Windows CE a thread goes into other processes."""


def exception_name(code: int) -> str | None:
    """What Windows calls an exception; None for a code that it does not name."""
    return _EXCEPTIONS.get(code)


def processor_name(architecture: int) -> str:
    """A processor by its PROCESSOR_ARCHITECTURE number."""
    return _PROCESSORS.get(architecture, f"0x{architecture:X}")


def file_version(high: int, low: int) -> str | None:
    """The four numbers of a file version (dwFileVersionMS and LS of VS_FIXEDFILEINFO); None where none is set."""
    if (high, low) in ((0, 0), (0xFFFFFFFF, 0xFFFFFFFF)):
        return None
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


def name_at(content: LogBytes, offset: int) -> str | None:
    """A MINIDUMP_STRING: its length in bytes, then UTF-16; NULs in it part words.

    None for no place, an empty one, and one that is damaged: a name hides no other fact.
    """
    try:
        (length,) = _LENGTH.unpack(content.read(offset, _LENGTH.size)) if offset else (0,)
        data = content.read(offset + _LENGTH.size, length) if length <= _LONGEST_STRING else b""
    except UnreadableLog:
        return None
    decoded = data[: len(data) & ~1].decode("utf-16-le", "replace")
    return one_line(" ".join(part for part in decoded.split("\0") if part).strip()) or None
