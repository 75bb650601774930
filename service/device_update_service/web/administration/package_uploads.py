"""Receiving packages: the body streams to a file while it is hashed and counted (contract sections 4 and 5).

Pieces are gathered to a megabyte, then one thread hop hashes and writes them while the next megabyte arrives, so that
memory stays at a few megabytes whatever the size and the loop never waits for the disk. An upload that is cut, too
large or meets a full disk leaves nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, hdrs, web

from device_update_contract.package_manifest import MAX_MANIFEST_BYTES
from device_update_contract.refusals import Refusal
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.web.administration.administration_requests import CUT_BODY, BodyRefused, cut_body

PART_SUFFIX = ".part"
IDLE_SECONDS = 60.0
_GATHERED = 1024 * 1024
_READ_CHUNK = 512 * 1024
_MAX_PARTS = 2
_PLAIN_ENCODINGS = frozenset({"", "binary", "8bit", "7bit"})


class PackageTooLarge(Refusal):
    """More bytes came than a package may have."""

    code = "too-large"


@dataclass(frozen=True, slots=True)
class ReceivedPackage:
    """A package that arrived whole; whoever asked for it removes `path` or moves it."""

    id: str
    path: Path
    name: str
    size: int
    sha256: str
    manifest: bytes | None


async def receive_package(
    request: web.Request, folder: Path, limit: int, name: str | None, count: Callable[[int], None]
) -> ReceivedPackage:
    """Receive a body, raw or ``multipart/form-data`` with `manifest` and then `file`, into a file in `folder`.

    Raises:
        PackageTooLarge, BodyRefused: cut, idle for `IDLE_SECONDS`, or of another form. StorageUnavailable: disk full.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise BodyRefused("Packages are accepted as they are, not compressed.", code="unsupported-media-type")
    upload_id = secrets.token_hex(16)
    path = folder / f"{upload_id}{PART_SUFFIX}"
    file = _HashedFile(path, limit)
    is_whole = False
    try:
        await file.open()
        if request.content_type.startswith("multipart/"):
            manifest, given_name = await _receive_parts(request, file)
        else:
            if request.content_length is not None and request.content_length > limit:
                raise _too_large(limit)
            manifest, given_name = None, None
            request.content.set_read_chunk_size(_READ_CHUNK)
            await _fill(file, request.content.iter_any())
        await file.finish()
        is_whole = True
    except CUT_BODY as error:
        raise cut_body(error) from error
    finally:
        await file.close(keep=is_whole)
    count(file.size)
    shown = displayed_name(name or given_name or "")
    return ReceivedPackage(upload_id, path, shown, file.size, file.sha256, manifest)


def displayed_name(name: str) -> str:
    """The last part of a path, as people are to see it; a label only, never used as a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip()
    return shown[:260] or "package.cab"


async def _receive_parts(request: web.Request, file: _HashedFile) -> tuple[bytes | None, str | None]:
    """The manifest and the file's name; the file's bytes are in `file` then."""
    if request.content_type != "multipart/form-data":
        raise BodyRefused("Only multipart/form-data is accepted in several parts.", code="unsupported-media-type")
    try:
        reader = await request.multipart()
        manifest: bytes | None = None
        name: str | None = None
        seen: list[str] = []
        while (part := await reader.next()) is not None:
            seen.append(_part_name(part, seen))
            if not isinstance(part, BodyPartReader):
                raise BodyRefused("A part in parts is not accepted.")
            if seen[-1] == "manifest":
                manifest = await _read_manifest(part)
            else:
                # Clients percent-encode what a quoted string cannot hold, some of them more than that.
                name = unquote(part.filename or "")
                await _fill(file, _chunks(part))
    except ValueError as error:  # aiohttp's word for boundaries and part headers that are none
        raise BodyRefused("The body is not multipart/form-data as its header says.") from error
    if "file" not in seen:
        raise BodyRefused("The part 'file' is missing.")
    return manifest, name


def _part_name(part: Any, seen: list[str]) -> str:
    name = str(getattr(part, "name", None) or "")
    if name not in {"manifest", "file"} or name in seen or "file" in seen or len(seen) >= _MAX_PARTS:
        raise BodyRefused("The parts 'manifest' (if any) and then 'file' are expected, each once.")
    if part.headers.get("Content-Transfer-Encoding", "").lower() not in _PLAIN_ENCODINGS:
        raise BodyRefused("Parts are accepted as they are, not in a transfer encoding.", code="unsupported-media-type")
    return name


async def _read_manifest(part: BodyPartReader) -> bytes:
    """One byte more than a manifest may have is enough to have it judged as too large."""
    manifest = bytearray()
    async with asyncio.timeout(IDLE_SECONDS):
        while chunk := await part.read_chunk(_READ_CHUNK):
            if len(manifest) <= MAX_MANIFEST_BYTES:
                manifest += chunk
            elif len(manifest) > 2 * MAX_MANIFEST_BYTES:
                raise BodyRefused("The manifest is too large.", code="request-too-large")
    return bytes(manifest)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(_READ_CHUNK):
        yield chunk


async def _fill(file: _HashedFile, pieces: AsyncIterator[bytes]) -> None:
    """Gather pieces, and write what was gathered while the next ones arrive."""
    gathered: list[bytes] = []
    size = 0
    source = aiter(pieces)
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                piece = await anext(source)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise BodyRefused(f"No byte came for {IDLE_SECONDS:g} seconds.", code="request-timeout") from error
        gathered.append(piece)
        size += len(piece)
        if size >= _GATHERED:
            await file.write(gathered, size)
            gathered, size = [], 0
    await file.write(gathered, size)


def _too_large(limit: int) -> PackageTooLarge:
    return PackageTooLarge(f"The package is larger than {limit} bytes.", parameters={"limit": limit})


class _HashedFile:
    """A file that is hashed as it is written, at most one write under way."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._descriptor = -1
        self._hash = hashlib.sha256()
        self._writing: asyncio.Future[None] | None = None
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of everything written so far; after `finish`."""
        return self._hash.hexdigest()

    async def open(self) -> None:
        """Make the file.

        Raises:
            StorageUnavailable: when the disk refuses.
        """
        try:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unavailable(error) from error

    async def write(self, pieces: list[bytes], size: int) -> None:
        """Start writing; waits only for the write before it."""
        self.size += size
        if self.size > self._limit:
            raise _too_large(self._limit)
        await self.finish()
        if pieces:
            self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, pieces)

    async def finish(self) -> None:
        """Wait until everything given is written.

        Raises:
            StorageUnavailable: when the disk is full or fails.
        """
        if self._writing is not None:
            try:
                await asyncio.shield(self._writing)
            except OSError as error:
                raise _unavailable(error) from error
            self._writing = None

    async def close(self, *, keep: bool) -> None:
        """Close the file, and delete it unless it is kept."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
            if not self._writing.cancelled():
                self._writing.exception()  # it was raised by `finish`, or does not matter any more
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if not keep:
            self._path.unlink(missing_ok=True)

    def _write(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._hash.update(piece)
        waiting = [memoryview(piece) for piece in pieces]
        while waiting:
            written = os.writev(self._descriptor, waiting[:512])
            while waiting and written >= len(waiting[0]):
                written -= len(waiting.pop(0))
            if waiting and written:
                waiting[0] = waiting[0][written:]


def _unavailable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"The package cannot be stored: {error.strerror}.")
