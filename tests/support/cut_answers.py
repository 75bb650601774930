"""Answers that end before they are whole."""

from __future__ import annotations

import aiohttp


async def read_until_cut(answer: aiohttp.ClientResponse) -> bytes:
    """The bytes of a body that its server does not send to the end."""
    got = bytearray()
    try:
        async for piece in answer.content.iter_any():
            got += piece
    except aiohttp.ClientPayloadError:
        return bytes(got)
    raise AssertionError("the whole body came")
