"""A file that is written while what goes into it is fetched, and appears whole or not at all."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal

BYTE_ORDER_MARK = "\ufeff"
"""Begins a CSV file: without it spreadsheets take UTF-8 for something else."""


class FileNotWritten(Refusal):
    """The file cannot be written, and is as it was."""

    code = "file-not-written"


class WholeFile:
    """A file under another name that takes its own in the end."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self._path = path

    async def write(self, lines: str) -> None:
        """Add to it.

        Raises:
            FileNotWritten.
        """
        try:
            await asyncio.to_thread(self._file.write, lines.encode("utf-8", "replace"))
        except OSError as error:
            raise _not_written(self._path, error) from error

    def settle(self) -> None:
        """Give it its name once it is on the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _aside(self._path).replace(self._path)
        except OSError as error:
            raise _not_written(self._path, error) from error


@asynccontextmanager
async def whole_file(path: Path) -> AsyncIterator[WholeFile]:
    """Write a file; what is cut off leaves nothing behind, and an older file of the name as it was.

    Raises:
        FileNotWritten.
    """
    aside = _aside(path)
    try:
        file = aside.open("xb")
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with file:
            whole = WholeFile(file, path)
            yield whole
            await asyncio.to_thread(whole.settle)
    finally:
        with suppress(OSError):
            aside.unlink()


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.part")


def _not_written(path: Path, error: OSError) -> FileNotWritten:
    return FileNotWritten(text("{path} cannot be written: {error}.", path=path, error=error.strerror or str(error)))
