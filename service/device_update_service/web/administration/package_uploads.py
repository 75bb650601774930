"""Receiving packages: the body streams to a file while it is hashed and counted (contract sections 4 and 5).

An upload that is cut, too large or meets a full disk leaves nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web

from device_update_contract.package_manifest import MAX_MANIFEST_BYTES
from device_update_contract.refusals import Refusal
from device_update_service.web.administration.administration_requests import CUT_BODY, BodyRefused, cut_body
from device_update_service.web.part_names import NO_PARTS, is_sent_plainly, part_file_name, part_name
from device_update_service.web.received_files import PART_SUFFIX, READ_CHUNK, ReceivedFile, each_in_time, fill, patience

_MAX_PARTS = 2


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
        PackageTooLarge, TooSlow, BodyRefused: cut, or of another form. StorageUnavailable: disk full.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise BodyRefused("Packages are accepted as they are, not compressed.", code="unsupported-media-type")
    upload_id = secrets.token_hex(16)
    path = folder / f"{upload_id}{PART_SUFFIX}"
    file = ReceivedFile(path, limit, _too_large)
    is_whole = False
    try:
        await file.open()
        if request.content_type.startswith("multipart/"):
            manifest, given_name = await _receive_parts(request, file)
        else:
            if request.content_length is not None and request.content_length > limit:
                raise _too_large(limit)
            manifest, given_name = None, None
            request.content.set_read_chunk_size(READ_CHUNK)
            await fill(file, each_in_time(aiter(request.content.iter_any()), request.content))
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


async def _receive_parts(request: web.Request, file: ReceivedFile) -> tuple[bytes | None, str | None]:
    """The manifest and the file's name; the file's bytes are in `file` then."""
    if request.content_type != "multipart/form-data":
        raise BodyRefused("Only multipart/form-data is accepted in several parts.", code="unsupported-media-type")
    try:
        reader = await request.multipart()
        manifest: bytes | None = None
        name: str | None = None
        seen: list[str] = []
        while (part := await _next_part(reader, request.content)) is not None:
            if not isinstance(part, BodyPartReader):
                raise BodyRefused("A part in parts is not accepted.")
            seen.append(_checked_name(part, seen))
            if seen[-1] == "manifest":
                async with patience(request.content):
                    manifest = await _read_manifest(part)
            else:
                name = part_file_name(part)
                await fill(file, each_in_time(_chunks(part), request.content))
    except NO_PARTS as error:
        raise BodyRefused("The body is not multipart/form-data as its header says.") from error
    if "file" not in seen:
        raise BodyRefused("The part 'file' is missing.")
    return manifest, name


async def _next_part(reader: MultipartReader, content: StreamReader) -> MultipartReader | BodyPartReader | None:
    async with patience(content):
        return await reader.next()


def _checked_name(part: BodyPartReader, seen: list[str]) -> str:
    name = part_name(part)
    if name not in {"manifest", "file"} or name in seen or "file" in seen or len(seen) >= _MAX_PARTS:
        raise BodyRefused("The parts 'manifest' (if any) and then 'file' are expected, each once.")
    if not is_sent_plainly(part):
        raise BodyRefused("Parts are accepted as they are, not in a transfer encoding.", code="unsupported-media-type")
    return name


async def _read_manifest(part: BodyPartReader) -> bytes:
    """One byte more than a manifest may have is enough to have it judged as too large."""
    manifest = bytearray()
    while chunk := await part.read_chunk(READ_CHUNK):
        if len(manifest) <= MAX_MANIFEST_BYTES:
            manifest += chunk
        elif len(manifest) > 2 * MAX_MANIFEST_BYTES:
            raise BodyRefused("The manifest is too large.", code="request-too-large")
    return bytes(manifest)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(READ_CHUNK):
        yield chunk


def _too_large(limit: int) -> PackageTooLarge:
    return PackageTooLarge(f"The package is larger than {limit} bytes.", parameters={"limit": limit})
