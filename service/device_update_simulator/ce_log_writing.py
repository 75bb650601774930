"""A CeLog as the kernel of a phone writes it while the phone starts: believable, not taken from a real one.

The layout is that of celog.h as Microsoft documents it ("CeLog Event Format", MSDN ee480736); the reader of such logs
says more (`device_update_contract.log_contents.ce_log_events`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

FREQUENCY: Final = 32_768
"""Ticks a second of the sample's clock."""
_THREAD_SWITCH: Final = 45
_THREAD_CREATE: Final = 47
_PROCESS_CREATE: Final = 51
_RAW_WCHAR: Final = 74
_MODULE_LOAD: Final = 85
_INTERRUPTS: Final = 87
_SYNC_END: Final = 0x1FFE
_LOG_MARKER: Final = 0x1FFF
_TIMED: Final = 1 << 31
_VERSION: Final = 2
_QUANTUM: Final = 100
_TURN: Final = 1 << 32
_PROCESSES: Final = (
    ("NK.EXE", ("kernel.dll", "coredll.dll")),
    ("filesys.exe", ()),
    ("device.exe", ("ndis.dll", "wavedev.dll")),
    ("gwes.exe", ("ddi.dll",)),
    ("cpe.exe", ("sip.dll", "media.dll")),
)


def event(number: int, data: bytes, ticks: int | None = None) -> bytes:
    """One event of version 2 of the format; ``ticks`` is the clock, which runs round."""
    timed = 0 if ticks is None else _TIMED
    time = b"" if ticks is None else struct.pack("<I", ticks % _TURN)
    return struct.pack("<I", timed | number << 16 | len(data)) + time + data + bytes(-len(data) % 4)


def marker(ticks: int = 0) -> bytes:
    """The event that begins a log."""
    return event(_LOG_MARKER, struct.pack("<III", FREQUENCY, _QUANTUM, _VERSION), ticks)


def boot_log(steps: Sequence[str]) -> bytes:
    """A log of a start: the system's processes come up, and then what the phone says of its steps, one each second."""
    written, ticks = [marker()], 0
    for place, (name, modules) in enumerate(_PROCESSES):
        ticks += FREQUENCY // 5
        process, thread = 0x00400002 + 0x10000 * place, 0x01500006 + 0x10000 * place
        written.append(event(_PROCESS_CREATE, struct.pack("<II", process, 0x10000) + _wide(name), ticks))
        for number, module in enumerate(modules):
            handle = 0x80A00000 + 0x1000 * (4 * place + number)
            loaded = struct.pack("<III", process, handle, 0x40000000 + 0x10000 * number) + _wide(module)
            written.append(event(_MODULE_LOAD, loaded, ticks + number))
        created = struct.pack("<IIIIi", thread, process, 0, 0x00011000, 251 - place)
        written.append(event(_THREAD_CREATE, created + _wide(name), ticks + 4))
        written.append(event(_THREAD_SWITCH, struct.pack("<I", thread), ticks + 5))
    written.append(event(_SYNC_END, b""))
    for number, step in enumerate(steps):
        ticks += FREQUENCY
        interrupt = struct.pack("<IIHH", 0, ticks % _TURN, 16 + number, 0)
        written.append(event(_INTERRUPTS, interrupt, ticks))
        written.append(event(_RAW_WCHAR, _wide(step), ticks + 12))
    return b"".join(written)


def _wide(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")
