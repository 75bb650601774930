"""Files that appear whole or not at all: written at once, or while what goes into them is fetched."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal

BYTE_ORDER_MARK = "\ufeff"
"""Begins a CSV file: without it spreadsheets take UTF-8 for something else."""


class FileNotWritten(Refusal):
    """The file cannot be written, and is as it was."""

    code = "file-not-written"


class WholeFile:
    """A file under another name that takes its own in the end."""

    def __init__(self, file: IO[bytes], aside: Path, path: Path) -> None:
        self._file = file
        self._aside = aside
        self._path = path

    async def write(self, content: str | bytes) -> None:
        """Add to it; text as UTF-8.

        Raises:
            FileNotWritten.
        """
        written = content.encode("utf-8", "replace") if isinstance(content, str) else content
        try:
            await asyncio.to_thread(self._file.write, written)
        except OSError as error:
            raise file_not_written(self._path, error) from error

    def settle(self) -> None:
        """Give it its name once it is on the disk."""
        try:
            _settle(self._file, self._aside, self._path)
        except OSError as error:
            raise file_not_written(self._path, error) from error


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
        raise file_not_written(path, error) from error
    try:
        with file:
            whole = WholeFile(file, aside, path)
            yield whole
            await asyncio.to_thread(whole.settle)
    finally:
        with suppress(OSError):
            aside.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file at once, whole or not at all.

    Raises:
        OSError: it cannot be written, and is as it was.
    """
    aside = _aside(path)
    try:
        with aside.open("xb") as file:
            file.write(content)
            _settle(file, aside, path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise


def _aside(path: Path) -> Path:
    """A name that nobody else writes to at the same time, and that no killed process has left."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")


def _settle(file: IO[bytes], aside: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    aside.replace(path)


def file_not_written(path: Path, error: OSError) -> FileNotWritten:
    """The refusal of the system, as a sentence."""
    return FileNotWritten(text("{name} cannot be written: {why}.", name=path, why=system_error_text(error)))
