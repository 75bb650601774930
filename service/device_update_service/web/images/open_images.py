"""Stored files kept ready to be sent: descriptors of the hottest ones, the bytes of small ones."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_contract.refusals import Refusal

DEFAULT_OPEN_FILES: Final = 128
DEFAULT_MEMORY_BYTES: Final = 16 * 1024 * 1024
SMALL_FILE_BYTES: Final = 128 * 1024


class StoredFileGone(Refusal):
    """A stored file is not on the disk any more, or is not the one that was stored (a purge was quicker)."""

    code = "not-found"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the image store or the log store; its bytes never change, for its name is its SHA-256."""

    path: Path
    size: int
    sha256: str
    modified_at: int
    """Seconds since 1970: when it was stored."""


class OpenImage:
    """A stored file ready to be sent; whoever took it gives it back with `release`, once.

    Either ``content`` holds all its bytes, or ``descriptor`` is open for reading. The descriptor is shared between
    transfers: read it only at explicit offsets.
    """

    __slots__ = ("_kept", "_users", "content", "descriptor")

    def __init__(self, descriptor: int, content: bytes | None, *, kept: bool) -> None:
        self.descriptor = descriptor
        self.content = content
        self._kept = kept
        self._users = 0

    def take(self) -> OpenImage:
        """Count one more user."""
        self._users += 1
        return self

    def release(self) -> None:
        """Count one user less; the last one closes a descriptor that is not kept."""
        self._users -= 1
        self._close_if_idle()

    def drop(self) -> None:
        """Keep it no longer: close it now, or after its last transfer."""
        self._kept = False
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        if not self._kept and not self._users and self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class OpenImages:
    """The least recently used store of open images, bounded by descriptors and by bytes; for one event loop."""

    def __init__(
        self,
        *,
        open_files: int = DEFAULT_OPEN_FILES,
        memory_bytes: int = DEFAULT_MEMORY_BYTES,
        small_file_bytes: int = SMALL_FILE_BYTES,
    ) -> None:
        self._open_files = open_files
        self._memory_bytes = memory_bytes
        self._small_file_bytes = min(small_file_bytes, memory_bytes)
        self._large: OrderedDict[str, OpenImage] = OrderedDict()
        self._small: OrderedDict[str, OpenImage] = OrderedDict()
        self._bytes_held = 0
        self._forgotten = 0

    def take_ready(self, file: StoredFile) -> OpenImage | None:
        """The image when it is ready, without waiting; else None: then use `take`."""
        for held in (self._small, self._large):
            image = held.get(file.sha256)
            if image is not None:
                held.move_to_end(file.sha256)
                return image.take()
        return None

    async def take(self, file: StoredFile) -> OpenImage:
        """The image, opened (in a thread) when it is not ready.

        Raises:
            StoredFileGone: it is not on the disk, or has another size.
            OSError: it cannot be read.
        """
        ready = self.take_ready(file)
        if ready is not None:
            return ready
        forgotten = self._forgotten
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(None, _open, file, self._small_file_bytes)
        try:
            image = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_discard)
            raise
        opened_meanwhile = self.take_ready(file)
        if opened_meanwhile is not None:
            image.drop()
            return opened_meanwhile
        image.take()
        if forgotten == self._forgotten:
            self._keep(file.sha256, image)
        else:
            image.drop()
        return image

    def forget(self, sha256: str) -> None:
        """Keep this file no longer, for it is being purged; transfers under way finish."""
        self._forgotten += 1
        image = self._large.pop(sha256, None)
        if image is not None:
            image.drop()
        small = self._small.pop(sha256, None)
        if small is not None and small.content is not None:
            self._bytes_held -= len(small.content)

    def close(self) -> None:
        """Keep nothing any more."""
        for sha256 in [*self._large, *self._small]:
            self.forget(sha256)

    def _keep(self, sha256: str, image: OpenImage) -> None:
        if image.content is None:
            self._large[sha256] = image
            while len(self._large) > self._open_files:
                self._large.popitem(last=False)[1].drop()
            return
        self._small[sha256] = image
        self._bytes_held += len(image.content)
        while self._bytes_held > self._memory_bytes:
            evicted = self._small.popitem(last=False)[1]
            self._bytes_held -= len(evicted.content or b"")


def _open(file: StoredFile, small_file_bytes: int) -> OpenImage:
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _gone() from error
    try:
        if os.fstat(descriptor).st_size != file.size:
            raise _gone()
        if file.size > small_file_bytes:
            kept, descriptor = descriptor, -1
            return OpenImage(kept, None, kept=True)
        return OpenImage(-1, _read_all(descriptor, file.size), kept=True)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _read_all(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    position = 0
    while position < size:
        part = os.pread(descriptor, size - position, position)
        if not part:
            raise _gone()
        parts.append(part)
        position += len(part)
    return b"".join(parts)


def _gone() -> StoredFileGone:
    return StoredFileGone("This file is no longer served.")


def _discard(opening: asyncio.Future[OpenImage]) -> None:
    """Close what was opened for a request that was cancelled meanwhile."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().drop()
