"""Many items gone through in the loop's thread, slice by slice, with a rest between them that is the window's.

Whenever the window calls Qt it gives the interpreter away, and waits for it as long as somebody computes here: without
rests all that it does meanwhile takes many times as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

SLICE: Final = 50
"""So many items take about a millisecond, and hold up nobody."""
_REST_SECONDS: Final = 0.002


async def in_slices(items: Sequence[Item]) -> AsyncIterator[Sequence[Item]]:
    """The items in their order, some at a time."""
    for start in range(0, len(items), SLICE):
        if start:
            await asyncio.sleep(_REST_SECONDS)
        yield items[start : start + SLICE]
