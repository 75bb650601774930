"""Writers of cabinets for tests: stored, MSZIP and LZX, sound ones and ones that lie.

LZX here is a valid stream of uncompressed blocks, since no free tool compresses LZX. Everything is built in memory
except by `write_large_stored`, which makes packages of gigabytes on the fly.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Compression = Literal["stored", "mszip", "lzx", "quantum"]

BLOCK = 32768

_METHODS = {"stored": 0, "mszip": 1, "quantum": 2, "lzx": 3 | 15 << 8}
_DATE, _TIME, _ARCHIVE_ATTRIBUTE, _UTF8_ATTRIBUTE = 0x5B77, 0x5000, 0x20, 0x80


@dataclass(frozen=True, slots=True)
class Lies:
    """Header fields written as given instead of as they are."""

    cabinet_size: int | None = None
    file_count: int | None = None
    folder_count: int | None = None
    files_offset: int | None = None
    flags: int = 0
    number: int = 0
    version: tuple[int, int] = (1, 3)
    member_size: int | None = None
    member_folder: int = 0


HONEST = Lies()


def cabinet(
    files: Iterable[tuple[str | bytes, bytes]],
    compression: Compression = "mszip",
    *,
    lies: Lies = HONEST,
    signature: bytes = b"",
    checksums: bool = True,
) -> bytes:
    """A cabinet with one folder; names given as bytes are written without the UTF-8 flag.

    `signature` is appended and announced in the header's reserve, as Authenticode does.
    """
    members = list(files)
    blocks = _blocks(b"".join(content for _, content in members), compression, checksums=checksums)
    entries = b"".join(_entries(members, lies))
    reserve = struct.pack("<HBB", 20, 0, 0) + bytes(20) if signature else b""
    files_offset = 36 + len(reserve) + 8
    data_offset = files_offset + len(entries)
    size = data_offset + sum(map(len, blocks))
    if signature:
        reserve = struct.pack("<HBBIIIQ", 20, 0, 0, 0x100000, size, len(signature), 0)
    header = struct.pack(
        "<4sIIIIIBBHHHHH",
        b"MSCF",
        0,
        size if lies.cabinet_size is None else lies.cabinet_size,
        0,
        files_offset if lies.files_offset is None else lies.files_offset,
        0,
        lies.version[1],
        lies.version[0],
        1 if lies.folder_count is None else lies.folder_count,
        len(members) if lies.file_count is None else lies.file_count,
        lies.flags | (4 if signature else 0),
        0,
        lies.number,
    )
    folder = struct.pack("<IHH", data_offset, len(blocks), _METHODS[compression])
    return b"".join([header, reserve, folder, entries, *blocks, signature])


def self_extracting(cab: bytes, *, stub: bytes = b"", tail: bytes = b"") -> bytes:
    """A program that holds a cabinet; only its first two bytes are a program's."""
    return b"MZ\x90\0" + bytes(124) + stub + cab + tail


def nested(cab: bytes, depth: int, name: str = "inner.cab") -> bytes:
    """The cabinet inside `depth` other ones."""
    for _ in range(depth):
        cab = cabinet([(name, cab)], "stored")
    return cab


def write_large_stored(path: Path, manifest: bytes, name: str, size: int) -> None:
    """A stored cabinet of a manifest and one file of `size` bytes of zeros, unchecked and as sparse as possible.

    One folder holds at most 65,535 blocks, so `size` is less than 2 GiB.
    """
    total = len(manifest) + size
    members = [(b"updateInfo.xml", len(manifest), 0), (name.encode(), size, len(manifest))]
    entries = b"".join(
        struct.pack("<IIHHHH", length, offset, 0, _DATE, _TIME, _ARCHIVE_ATTRIBUTE) + member + b"\0"
        for member, length, offset in members
    )
    block_count = -(-total // BLOCK)
    data_offset = 44 + len(entries)
    end = data_offset + total + 8 * block_count
    with path.open("wb") as file:
        file.write(struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, end, 0, 44, 0, 3, 1, 1, 2, 0, 0, 0))
        file.write(struct.pack("<IHH", data_offset, block_count, 0) + entries)
        for number in range(block_count):
            length = min(BLOCK, total - number * BLOCK)
            file.write(struct.pack("<IHH", 0, length, length))
            if number == 0:
                file.write(manifest)
                length -= len(manifest)
            file.seek(length, 1)
        file.truncate(end)


def update_xml(
    *files: str, version: str = "4.0.7577.4387", brand: str = "Polycom", model: str = "CX700", extra: str = ""
) -> str:
    """One `Update` element; files are `File` elements, or plain names."""
    elements = "".join(file if file.startswith("<") else f'<File name="{file}"/>' for file in files)
    return f'<Update version="{version}" brand="{brand}" model="{model}" {extra}>{elements}</Update>'


def manifest_xml(*updates: str) -> bytes:
    """A manifest of the given `Update` elements."""
    return f"<Updates><Updates>{''.join(updates)}</Updates></Updates>".encode()


def _entries(members: Sequence[tuple[str | bytes, bytes]], lies: Lies) -> list[bytes]:
    entries = []
    offset = 0
    for name, content in members:
        size = len(content) if lies.member_size is None else lies.member_size
        raw = name if isinstance(name, bytes) else name.encode()
        attributes = _ARCHIVE_ATTRIBUTE | (0 if isinstance(name, bytes) or name.isascii() else _UTF8_ATTRIBUTE)
        entries.append(struct.pack("<IIHHHH", size, offset, lies.member_folder, _DATE, _TIME, attributes) + raw + b"\0")
        offset += len(content)
    return entries


def _blocks(data: bytes, compression: Compression, *, checksums: bool) -> list[bytes]:
    blocks = []
    dictionary = b""
    for start in range(0, len(data), BLOCK):
        chunk = data[start : start + BLOCK]
        packed = chunk
        if compression == "mszip":
            packed = b"CK" + _deflated(chunk, dictionary)
            dictionary = chunk
        elif compression == "lzx":
            packed = _lzx_block(chunk, is_first=start == 0)
        lengths = struct.pack("<HH", len(packed), len(chunk))
        checksum = _checksum(lengths, _checksum(packed)) if checksums else 0
        blocks.append(struct.pack("<I", checksum) + lengths + packed)
    return blocks


def _deflated(chunk: bytes, dictionary: bytes) -> bytes:
    if dictionary:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary)
    else:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(chunk) + packer.flush()


def _lzx_block(chunk: bytes, *, is_first: bool) -> bytes:
    """One uncompressed block: (no E8 translation), type 3, 24-bit length, three repeat offsets, the bytes, padded."""
    bits = ("0" if is_first else "") + format(3, "03b") + format(len(chunk), "024b")
    bits += "0" * (-len(bits) % 16)
    words = b"".join(struct.pack("<H", int(bits[at : at + 16], 2)) for at in range(0, len(bits), 16))
    return words + struct.pack("<III", 1, 1, 1) + chunk + bytes(len(chunk) % 2)


def _checksum(data: bytes, seed: int = 0) -> int:
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        seed ^= word
    return seed ^ int.from_bytes(data[whole:], "big")


def bomb(unpacked_size: int, *, member_size: int | None = None) -> bytes:
    """A cabinet of zeros that unpacks to about 585 times its size; `member_size` is what it announces instead."""
    zeros = bytes(BLOCK)
    first = b"CK" + _deflated(zeros, b"")
    other = b"CK" + _deflated(zeros, zeros)
    count = unpacked_size // BLOCK
    blocks = [struct.pack("<IHH", 0, len(first), BLOCK) + first]
    blocks += [struct.pack("<IHH", 0, len(other), BLOCK) + other] * (count - 1)
    announced = unpacked_size if member_size is None else member_size
    entry = struct.pack("<IIHHHH", announced, 0, 0, _DATE, _TIME, _ARCHIVE_ATTRIBUTE) + b"bomb.bin\0"
    size = 44 + len(entry) + sum(map(len, blocks))
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
    return b"".join([header, struct.pack("<IHH", 44 + len(entry), count, 1), entry, *blocks])
