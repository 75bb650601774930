"""Reading the body of a check within its bounds of size and time (contract section 3.2)."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from device_update_contract.device_messages.requests import MAX_BYTES
from device_update_contract.refusals import Refusal
from device_update_service.web.packed_bodies import BROKEN_BODY, BadlyPacked, unpacked

BODY_SECONDS: Final = 30.0


class CheckBodyRefused(Refusal):
    """A body did not arrive as its headers say; ``status`` is the answer's."""

    code = "malformed-request"
    status = 400


class CheckBodyTooLarge(CheckBodyRefused):
    """A body has more than `MAX_BYTES`, however it is framed or compressed."""

    code = "request-too-large"
    status = 413

    def __init__(self) -> None:
        super().__init__(f"A check has at most {MAX_BYTES} bytes.")


class CheckBodyTooSlow(CheckBodyRefused):
    """A body did not arrive within `BODY_SECONDS`."""

    code = "request-timeout"
    status = 408

    def __init__(self) -> None:
        super().__init__(f"The request did not arrive within {BODY_SECONDS:g} seconds.")


async def read_check_body(request: web.BaseRequest) -> bytes:
    """The body of a check; most arrived with their head and need no wait.

    aiohttp's own ``read`` knows neither this limit nor one of time, and answers in its own words.

    Raises:
        CheckBodyRefused: too large, too slow, cut, badly chunked or badly compressed.
    """
    stream = request.content
    try:
        if stream.is_eof():
            body = stream.read_nowait()
        else:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(request)
        body = unpacked(request, body, MAX_BYTES)
    except TimeoutError as error:
        raise CheckBodyTooSlow from error
    except (*BROKEN_BODY, BadlyPacked) as error:
        raise CheckBodyRefused("The request did not arrive whole, or is not encoded as its headers say.") from error
    if len(body) > MAX_BYTES:
        raise CheckBodyTooLarge
    return body


async def _read(request: web.BaseRequest) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > MAX_BYTES:
            raise CheckBodyTooLarge
    return bytes(body)
