"""Finding the cabinet inside a self-extracting program.

Installers keep it as a resource, an own section or data behind the program, at any offset; the stub's code often holds
the letters `MSCF` too. So every place that could be a header is tried, and the first with sound tables is taken.
"""

from __future__ import annotations

from typing import BinaryIO

from device_update_contract.findings import FindingCode
from device_update_service.packages.cabinet_layout import MAGIC, CabinetLayout, read_layout
from device_update_service.packages.unreadable import UnreadablePackage

PROGRAM_MAGIC = b"MZ"

_HEADER_FRONT = MAGIC + bytes(4)  # the reserved field behind the magic is always zero
_BLOCK = 1024 * 1024
_MAX_CANDIDATES = 1000


def find_cabinet(stream: BinaryIO, *, size: int, where: str, max_files: int) -> CabinetLayout:
    """The layout of the first cabinet in a program of `size` bytes; anything, such as a signature, may follow it.

    Raises:
        UnreadablePackage: `not-a-cabinet` when there is none; otherwise what is wrong with the likeliest candidate.
    """
    refusal: UnreadablePackage | None = None
    for start in _candidates(stream, size):
        try:
            layout = read_layout(
                stream, start=start, available=size - start, where=where, max_files=max_files, may_be_followed=True
            )
        except UnreadablePackage as error:
            refusal = _likelier(refusal, error)
            continue
        if layout.members:
            return layout
    raise refusal or UnreadablePackage(FindingCode.NOT_A_CABINET, where=where)


def _likelier(before: UnreadablePackage | None, after: UnreadablePackage) -> UnreadablePackage:
    """A cabinet that is sound but not read says more than bytes that merely begin like one."""
    if before is None or before.code == FindingCode.DAMAGED_CABINET:
        return after
    return before


def _candidates(stream: BinaryIO, size: int) -> list[int]:
    """Where a header could begin, the first thousand places; collected before any is tried, as both move the stream."""
    starts: list[int] = []
    overlap = len(_HEADER_FRONT) - 1
    offset, kept = 0, b""
    stream.seek(0)
    while offset < size and len(starts) < _MAX_CANDIDATES:
        block = stream.read(_BLOCK)
        if not block:
            break
        window = kept + block
        base = offset - len(kept)
        found = window.find(_HEADER_FRONT)
        while found >= 0 and len(starts) < _MAX_CANDIDATES:
            starts.append(base + found)
            found = window.find(_HEADER_FRONT, found + 1)
        kept = window[-overlap:]
        offset += len(block)
    return starts
