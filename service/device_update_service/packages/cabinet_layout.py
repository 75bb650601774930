"""The tables at the front of a cabinet, checked before any byte is unpacked.

libarchive unpacks (`cabinets`), but it believes the header's sizes, only warns of split cabinets, and leaves the names'
code page to the process's locale. Here the header is held against the file, kinds that are not read are refused by
name, and names, sizes and counts are known before anything is written. Layout: the Microsoft Cabinet Format, [MS-CAB].
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from device_update_contract.findings import FindingCode
from device_update_service.packages.unreadable import UnreadablePackage, damaged, unsupported

MAGIC = b"MSCF"

_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_RESERVE_SIZES = struct.Struct("<HBB")
_SIGNATURE_RESERVE = struct.Struct("<IIIQ")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")

_HAS_PREVIOUS, _HAS_NEXT, _HAS_RESERVE = 1, 2, 4
_STORED, _MSZIP, _QUANTUM, _LZX = 0, 1, 2, 3
_LZX_WINDOWS = range(15, 22)
_CONTINUED_FOLDER = 0xFFFD
_NAME_IS_UTF8 = 0x80
_MAX_NAME = 256
_MAX_SIGNATURE_PADDING = 7


@dataclass(frozen=True, slots=True)
class CabinetMember:
    """A file as the cabinet's table names it; the name is only ever compared and shown, never used as a path."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class CabinetLayout:
    """Where a cabinet lies in its file, how long it is (without a signature) and what it says it holds."""

    start: int
    size: int
    members: tuple[CabinetMember, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    size: int
    files_offset: int
    folders: int
    files: int
    folder_reserve: int
    signature_offset: int
    signature_size: int


def read_layout(
    stream: BinaryIO, *, start: int, available: int, where: str, max_files: int, may_be_followed: bool = False
) -> CabinetLayout:
    """Read and check the tables of the cabinet at `start`, of whose file `available` bytes remain from there.

    Nothing but an Authenticode signature may follow it, unless `may_be_followed` (inside a program).

    Raises:
        UnreadablePackage: `not-a-cabinet`, `damaged-cabinet`, `unsupported-compression` or `too-many-files`.
    """
    tables = _Tables(stream, start, available, where)
    header = _read_header(tables, where)
    _check_size(header, available, where, may_be_followed=may_be_followed)
    if header.files > max_files:
        raise UnreadablePackage(FindingCode.TOO_MANY_FILES, limit=max_files)
    tables.end = header.size
    _check_folders(tables, header, where)
    return CabinetLayout(start, header.size, _read_members(tables, header, where))


class _Tables:
    """Reads exact pieces of the cabinet, in the cabinet's own offsets."""

    def __init__(self, stream: BinaryIO, start: int, end: int, where: str) -> None:
        self._stream = stream
        self._start = start
        self._where = where
        self.end = end
        self.offset = 0

    def seek(self, offset: int) -> None:
        self.offset = offset
        self._stream.seek(self._start + offset)

    def take(self, size: int) -> bytes:
        data = self.take_up_to(size)
        if len(data) < size:
            raise damaged(self._where, "its tables are cut short")
        return data

    def take_up_to(self, size: int) -> bytes:
        """Fewer bytes only at the end; the position moves by what was taken."""
        data = self._stream.read(max(0, min(size, self.end - self.offset)))
        self.offset += len(data)
        return data

    def take_name(self) -> bytes:
        before = self.offset
        data = self.take_up_to(_MAX_NAME)
        length = data.find(b"\0")
        if length <= 0:
            raise damaged(self._where, "a file name in its tables does not end, or is empty")
        self.seek(before + length + 1)
        return data[:length]


def _read_header(tables: _Tables, where: str) -> _Header:
    tables.seek(0)
    front = tables.take_up_to(_HEADER.size)
    if not front.startswith(MAGIC):
        raise UnreadablePackage(FindingCode.NOT_A_CABINET, where=where)
    if len(front) < _HEADER.size:
        raise damaged(where, "its header is cut short")
    _, _, size, _, files_offset, _, minor, major, folders, files, flags, _, number = _HEADER.unpack(front)
    if (major, minor) != (1, 3):
        raise damaged(where, f"its header names the unknown format version {major}.{minor}")
    if flags & (_HAS_PREVIOUS | _HAS_NEXT) or number:
        raise unsupported(where, "it is one part of a split cabinet")
    header_reserve = folder_reserve = signature_offset = signature_size = 0
    if flags & _HAS_RESERVE:
        header_reserve, folder_reserve, _ = _RESERVE_SIZES.unpack(tables.take(_RESERVE_SIZES.size))
        reserve = tables.take(header_reserve)
        if header_reserve == _SIGNATURE_RESERVE.size:
            _, signature_offset, signature_size, _ = _SIGNATURE_RESERVE.unpack(reserve)
    return _Header(size, files_offset, folders, files, folder_reserve, signature_offset, signature_size)


def _check_size(header: _Header, available: int, where: str, *, may_be_followed: bool) -> None:
    end = header.size
    if header.signature_offset == header.size and header.signature_size:
        end += header.signature_size
    if end > available:
        raise damaged(where, f"its header speaks of {end} bytes, but only {available} are there")
    padding = _MAX_SIGNATURE_PADDING if end > header.size else 0
    if not may_be_followed and available > end + padding:
        raise damaged(where, f"its header speaks of {end} bytes, but {available} are there")


def _check_folders(tables: _Tables, header: _Header, where: str) -> None:
    if header.files and not header.folders:
        raise damaged(where, "it holds files, but no folder with their bytes")
    for _ in range(header.folders):
        data_offset, _, compression = _FOLDER.unpack(tables.take(_FOLDER.size))
        tables.take(header.folder_reserve)
        method = compression & 0x0F
        if method == _QUANTUM:
            raise unsupported(where, "it is compressed with Quantum")
        if method not in {_STORED, _MSZIP, _LZX}:
            raise unsupported(where, f"it is compressed with the unknown method {method}")
        if method == _LZX and (compression >> 8) & 0x1F not in _LZX_WINDOWS:
            raise damaged(where, "it names an LZX window that does not exist")
        if data_offset > header.size:
            raise damaged(where, "the bytes of a folder lie beyond its end")


def _read_members(tables: _Tables, header: _Header, where: str) -> tuple[CabinetMember, ...]:
    if header.files and not tables.offset <= header.files_offset < header.size:
        raise damaged(where, "its table of files lies outside it")
    tables.seek(header.files_offset)
    members = []
    for _ in range(header.files):
        size, _, folder, _, _, attributes = _FILE.unpack(tables.take(_FILE.size))
        if folder >= _CONTINUED_FOLDER:
            raise unsupported(where, "it is one part of a split cabinet")
        if folder >= header.folders:
            raise damaged(where, "a file lies in a folder that does not exist")
        members.append(CabinetMember(_decode_name(tables.take_name(), attributes), size))
    return tuple(members)


def _decode_name(raw: bytes, attributes: int) -> str:
    """UTF-8 where the cabinet says so or the bytes allow it, else the code page of Western Windows.

    The cabinet does not name its code page. A wrong guess spoils a name's letters, never the reading of the package.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8" if attributes & _NAME_IS_UTF8 else "cp1252", errors="replace")
