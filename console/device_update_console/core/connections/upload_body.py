"""Sending a package from a file without ever holding it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import BinaryIO

import aiohttp

from device_update_console.core.failures import FileChangedMeanwhile
from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text

CHUNK_BYTES = 256 * 1024

Progress = Callable[[int, int], None]
"""Told after each chunk: bytes sent, bytes in all."""


def no_progress(sent: int, total: int) -> None:
    """Tell nobody."""


async def chunks_of(file: BinaryIO, size: int, name: str, progress: Progress) -> AsyncIterator[bytes]:
    """Exactly ``size`` bytes of an open file; what is appended meanwhile is not sent.

    Raises:
        FileChangedMeanwhile: the file ended early or could not be read on.
    """
    sent = 0
    while sent < size:
        try:
            chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, size - sent))
        except OSError as error:
            raise FileChangedMeanwhile(
                text("{name} could not be read to its end: {why}.", name=name, why=system_error_text(error))
            ) from error
        if not chunk:
            raise FileChangedMeanwhile(text("{name} became shorter while it was sent.", name=name))
        yield chunk
        sent += len(chunk)
        progress(sent, size)


def size_of(file: BinaryIO) -> int:
    """The bytes of an open file."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def with_manifest(manifest: bytes, content: AsyncIterator[bytes], name: str) -> aiohttp.MultipartWriter:
    """The multipart body of an upload: `manifest`, then `file` (contract section 5)."""
    writer = aiohttp.MultipartWriter("form-data")
    first = writer.append(manifest, {"Content-Type": "application/xml"})
    first.set_content_disposition("form-data", name="manifest")
    second = writer.append(content, {"Content-Type": "application/octet-stream"})
    second.set_content_disposition("form-data", name="file", filename=name)
    return writer
