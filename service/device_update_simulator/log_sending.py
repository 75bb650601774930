"""Sending a device log as a device does: two parts, to the address that it checks at (contract section 3.4)."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from multidict import CIMultiDict

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import ErrorAnswer, MalformedAnswer, parse_log_answer
from device_update_contract.device_messages.requests import render_check_request
from device_update_simulator.checks import failure_of
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.device_connections import Reply
from device_update_simulator.failures import Refused, Unreachable
from device_update_simulator.service_address import ServiceAddress

LOG_SECONDS: Final = 300.0
"""How long a device takes to send a log at most."""


async def send_log(
    address: ServiceAddress, sessions: DownloadSessions, request: CheckRequest, file_name: str, content: bytes
) -> str:
    """Send a log, whose type ``request`` names, and give the id that the service gave it.

    Raises:
        CheckFailure: it was not stored; its class says why.
    """
    url = f"{address.scheme}://{address.authority}{address.path}"
    with aiohttp.MultipartWriter("form-data") as parts:
        for name, told, kind in (
            ("request", render_check_request(request), "text/xml"),
            ("file", content, "application/octet-stream"),
        ):
            part = parts.append(told, CIMultiDict({"Content-Type": kind}))
            if name == "file":
                part.set_content_disposition("form-data", name=name, filename=file_name)
            else:
                part.set_content_disposition("form-data", name=name)
    body = await parts.as_bytes()  # a connection that signs in may have to send it again
    headers = {"Content-Type": parts.content_type}
    try:
        async with (
            asyncio.timeout(LOG_SECONDS),
            sessions.towards(url).post(url, data=body, headers=headers) as response,
        ):
            reply = Reply(response.status, None, await response.read())
    except TimeoutError as error:
        raise Unreachable(f"The log was not taken within {LOG_SECONDS:g} seconds.", code="timeout") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable("The connection to the service broke.", code="connection-broken") from error
    return _log_id(reply, sessions.access)


def _log_id(reply: Reply, access: DeviceAccess) -> str:
    if reply.status != 200:
        raise failure_of(reply, access)
    try:
        answer = parse_log_answer(reply.body)
    except MalformedAnswer as error:
        raise Refused(error.sentence, code=error.code) from error
    if isinstance(answer, ErrorAnswer):
        raise Refused(answer.sentence, code=answer.code)
    return answer.log_id
