"""Saving a device log to a file: complete, or not at all."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal


class FileNotWritten(Refusal):
    """The file cannot be written here."""

    code = "file-not-written"


async def save_content(content: AsyncGenerator[bytes, None], target: Path) -> int:
    """Write what comes into a file, and give its size; a file that is there is replaced only by a complete one.

    Raises:
        FileNotWritten. Whatever ``content`` raises.
    """
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    size = 0
    try:
        with unfinished.open("xb") as file:
            async with aclosing(content):
                async for chunk in content:
                    size += await asyncio.to_thread(file.write, chunk)
        unfinished.replace(target)
    except OSError as error:
        raise FileNotWritten(
            text("{name} cannot be written: {why}.", name=target, why=system_error_text(error))
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return size
