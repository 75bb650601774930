"""Binary device logs of Windows CE as their documents lay them out, in forms that the simulator does not send."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime

from device_update_simulator.ce_log_writing import boot_log
from device_update_simulator.crash_dump_writing import Crash, crash_dump

CRASHED_AT = datetime(2026, 5, 1, 17, 9, 26, tzinfo=UTC)
CRASH = Crash("Polycom CX700", "1.0.522.101", CRASHED_AT)
CE_LOG = boot_log(("power on", "link up", "registered"))
CRASH_DUMP = crash_dump(CRASH)


def ce_event(
    number: int,
    data: bytes = b"",
    *,
    time: int | None = None,
    flag: int | None = None,
    processor: int = 0,
) -> bytes:
    """One CeLog event; with a flag it is of the form that CELID_FLAGGED announces."""
    header = len(data) | processor << 12 | (90 if flag is not None else number) << 16 | (time is not None) << 31
    timed = b"" if time is None else struct.pack("<I", time)
    flagged = b"" if flag is None else struct.pack("<HH", number, flag)
    return struct.pack("<I", header) + timed + flagged + data + bytes(-len(data) % 4)


def ce_marker(*, frequency: int = 1000, version: int = 2, time: int | None = 0) -> bytes:
    """The event that begins a CeLog; version 3 tells the number of processors too."""
    processors = struct.pack("<I", 2) if version == 3 else b""
    return ce_event(0x1FFF, struct.pack("<III", frequency, 100, version) + processors, time=time)


def dump_of(signature: bytes, streams: Mapping[int, bytes], *, stamp: int = 0, behind: bytes = b"") -> bytes:
    """A crash dump with some streams right behind its directory, and what they point to behind them."""
    place = 32 + 12 * len(streams)
    directory, body = b"", b""
    for kind, stream in streams.items():
        directory += struct.pack("<III", kind, len(stream), place + len(body))
        body += stream
    return struct.pack("<4sIIIIIQ", signature, 2, len(streams), 32, 0, stamp, 0) + directory + body + behind
