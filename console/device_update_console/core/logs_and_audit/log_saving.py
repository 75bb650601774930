"""Saving a device log to a file: complete, or not at all."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from device_update_console.core.files.whole_file import whole_file


async def save_content(content: AsyncGenerator[bytes, None], target: Path) -> int:
    """Write what comes into a file, and give its size; a file that is there is replaced only by a complete one.

    Raises:
        FileNotWritten. Whatever ``content`` raises.
    """
    size = 0
    async with whole_file(target) as file, aclosing(content):
        async for chunk in content:
            await file.write(chunk)
            size += len(chunk)
    return size
