"""Receiving a file: its bytes stream to the disk while they are hashed and counted.

Pieces are gathered, then one thread hop hashes and writes them while the next ones arrive, so that memory stays small
whatever the size and the loop never waits for the disk. A file that is cut, too large or meets a full disk leaves
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from aiohttp import StreamReader

from device_update_contract.refusals import Refusal
from device_update_service.storage.errors import StorageUnavailable, refused_by_disk

PART_SUFFIX: Final = ".part"
"""Of the names of files that are not, or not yet, in their place."""
IDLE_SECONDS: Final = 60.0
READ_CHUNK: Final = 512 * 1024
"""Bytes that are asked for at once."""

_GATHERED: Final = 1024 * 1024
_VECTORS: Final = 512


class TooSlow(Refusal):
    """No byte came for a while, or too few."""

    code = "request-timeout"


class ReceivedFile:
    """A file that is hashed as it is written, at most one write under way; `refuse` says that it is too large."""

    def __init__(self, path: Path, limit: int, refuse: Callable[[int], Refusal]) -> None:
        self.path = path
        self._limit = limit
        self._refuse = refuse
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
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._open)
        await self.finish()

    async def write(self, pieces: list[bytes], size: int) -> None:
        """Start writing; waits only for the write before it."""
        self.size += size
        if self.size > self._limit:
            raise self._refuse(self._limit)
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

    async def make_durable(self) -> None:
        """Wait until everything given is on the disk, whatever happens to the machine.

        Raises:
            StorageUnavailable: when the disk is full or fails.
        """
        await self.finish()
        try:
            await asyncio.get_running_loop().run_in_executor(None, os.fsync, self._descriptor)
        except OSError as error:
            raise _unavailable(error) from error

    async def close(self, *, keep: bool) -> None:
        """Close the file, and delete it unless it is kept."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
            if not self._writing.cancelled():
                self._writing.exception()  # it was raised by `finish`, or does not matter any more
        await asyncio.to_thread(self._close, keep=keep)

    # In a thread: even to name a file waits for a disk that is busy with others' files.

    def _open(self) -> None:
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def _close(self, *, keep: bool) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if not keep:
            self.path.unlink(missing_ok=True)

    def _write(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._hash.update(piece)
        waiting = [memoryview(piece) for piece in pieces]
        while waiting:
            written = os.writev(self._descriptor, waiting[:_VECTORS])
            while waiting and written >= len(waiting[0]):
                written -= len(waiting.pop(0))
            if waiting and written:
                waiting[0] = waiting[0][written:]


async def fill(file: ReceivedFile, pieces: AsyncIterator[bytes], *, gathered_bytes: int = _GATHERED) -> None:
    """Gather pieces, and write what was gathered while the next ones arrive.

    Raises:
        StorageUnavailable. The file's own refusal when it is too large. Whatever the pieces raise.
    """
    gathered: list[bytes] = []
    size = 0
    async for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= gathered_bytes:
            await file.write(gathered, size)
            gathered, size = [], 0
    await file.write(gathered, size)


@contextlib.asynccontextmanager
async def patience(content: StreamReader) -> AsyncIterator[None]:
    """Wait for a piece of a body as long as its sender may take.

    Raises:
        TooSlow: it did not come within `IDLE_SECONDS`, which is told apart from that nothing came.
    """
    before = content.total_bytes
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            yield
    except TimeoutError as late:
        if content.total_bytes == before:
            raise TooSlow(f"No byte came for {IDLE_SECONDS:g} seconds.") from late
        raise TooSlow(f"Too little of the body came within {IDLE_SECONDS:g} seconds.") from late


async def each_in_time(pieces: AsyncIterator[bytes], content: StreamReader) -> AsyncIterator[bytes]:
    """The same pieces, which are made of a body.

    Raises:
        TooSlow: the next one does not come for `IDLE_SECONDS`.
    """
    while True:
        async with patience(content):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


def _unavailable(error: OSError) -> StorageUnavailable:
    return refused_by_disk("The file cannot be stored", error)
