"""Unpacking cabinets with libarchive into files named by us, hashed on the way, within one budget for a whole package.

Memory does not grow with the package: one buffer is filled by libarchive, hashed and written. Runs only inside the
worker process, since libarchive reads hostile bytes with C code.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from libarchive import ffi
from libarchive.entry import new_archive_entry
from libarchive.exception import ArchiveError
from libarchive.read import new_archive_read

from device_update_contract.findings import FindingCode
from device_update_service.packages.cabinet_layout import MAGIC, CabinetLayout, CabinetMember
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.progress import Progress
from device_update_service.packages.unreadable import UnreadablePackage, damaged

_BUFFER_BYTES = 256 * 1024
_INPUT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """A member's bytes in a file of the work folder; `is_cabinet` only says how they begin."""

    name: str
    content: Path
    sha256: str
    size: int
    is_cabinet: bool


class Unpacker:
    """Unpacks the cabinets of one package; `PackageLimits` hold for all of them together."""

    def __init__(self, work_folder: Path, limits: PackageLimits, progress: Progress) -> None:
        self._work_folder = work_folder
        self._limits = limits
        self._progress = progress
        self._files = 0
        self._bytes = 0
        self._written_files = 0
        self._buffer = ctypes.create_string_buffer(_BUFFER_BYTES)
        self._view = memoryview(self._buffer).cast("B")

    @property
    def files_left(self) -> int:
        """How many more files the package may hold."""
        return self._limits.files - self._files

    def unpack(self, source: Path, layout: CabinetLayout, where: str) -> tuple[UnpackedFile, ...]:
        """Write every member of a cabinet to a file of its own, in the cabinet's order.

        Raises:
            UnreadablePackage: `damaged-cabinet` or `too-large`; files written so far stay for the owner of the work
                folder to remove.
        """
        self._claim(layout, where)
        if not layout.members:
            return ()
        with _opened(source, layout, where) as archive, new_archive_entry() as entry:
            return tuple(self._unpack_next(archive, entry, member, where) for member in layout.members)

    def _claim(self, layout: CabinetLayout, where: str) -> None:
        """The announced sizes alone stop a bomb before its first byte, since no byte more than announced is written."""
        self._files += len(layout.members)  # at most `files_left`, which reading the layout has seen to
        self._bytes += sum(member.size for member in layout.members)
        if self._bytes > self._limits.unpacked_bytes:
            raise UnreadablePackage(
                FindingCode.TOO_LARGE, where=f"{where}, unpacked,", size=self._bytes, limit=self._limits.unpacked_bytes
            )

    def _unpack_next(self, archive: int, entry: int, member: CabinetMember, where: str) -> UnpackedFile:
        self._progress.begin(member.name)
        content = self._new_file()
        digest = hashlib.sha256()
        written = 0
        front = b""
        with _damage_named(where, member), content.open("xb", buffering=0) as file:
            if ffi.read_next_header2(archive, entry) == ffi.ARCHIVE_EOF:
                raise damaged(where, f"the file {member.name!r} is announced, but not there")
            while size := ffi.read_data(archive, self._buffer, _BUFFER_BYTES):
                block = self._view[:size] if size > 0 else None
                if block is None or written + size > member.size:
                    raise damaged(where, f"the file {member.name!r} is not as long as announced")
                front = front or bytes(block[: len(MAGIC)])
                digest.update(block)
                _write_all(file.fileno(), block)
                written += size
                self._progress.moved()
        if written != member.size:
            raise damaged(where, f"the file {member.name!r} is not as long as announced")
        return UnpackedFile(member.name, content, digest.hexdigest(), written, front == MAGIC)

    def _new_file(self) -> Path:
        self._written_files += 1
        return self._work_folder / f"{self._written_files:08d}"


@contextmanager
def _opened(source: Path, layout: CabinetLayout, where: str) -> Iterator[int]:
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.lseek(descriptor, layout.start, os.SEEK_SET)
        with new_archive_read("cab", "none") as archive:
            try:
                ffi.read_open_fd(archive, descriptor, _INPUT_BYTES)
            except ArchiveError as error:
                raise damaged(where, "it cannot be opened") from error
            yield archive
    finally:
        os.close(descriptor)


@contextmanager
def _damage_named(where: str, member: CabinetMember) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        raise damaged(where, f"the file {member.name!r} cannot be unpacked ({_reason(error)})") from error


def _reason(error: ArchiveError) -> str:
    message = error.msg
    if isinstance(message, bytes):
        message = message.decode("utf-8", errors="replace")
    return (message or "no reason given").rstrip(".")


def _write_all(descriptor: int, block: memoryview) -> None:
    while block:
        block = block[os.write(descriptor, block) :]
