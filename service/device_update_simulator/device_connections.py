"""The connections over which a fleet's checks travel: plain asyncio streams, one check at a time on each.

aiohttp's client needs about 130 microseconds of processor time for a check, this about 40; beside a service on the
same two cores the difference is what is measured otherwise. It reads just what answers to a check need of HTTP/1.1:
a status line, ``Content-Length`` or chunks, ``Retry-After`` and ``Connection``. Downloads go through aiohttp.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Final

from device_update_simulator.failures import Refused, Unreachable
from device_update_simulator.service_address import ServiceAddress

MAX_ANSWER_BYTES: Final = 1024 * 1024
_MAX_HEAD_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"http/1\.([01]) ([0-9]{3})")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n")
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n")
_RETRY_AFTER: Final = re.compile(rb"\r\nretry-after:[ \t]*([0-9]{1,9})[ \t]*\r\n")
_CLOSE: Final = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the body, and the seconds of a ``Retry-After`` in seconds (dates are ignored)."""

    status: int
    retry_after: float | None
    body: bytes


class CheckConnection:
    """One connection, opened when a check needs it and again after it broke or the service closed it."""

    def __init__(
        self, address: ServiceAddress, *, tls: ssl.SSLContext | None = None, source: str | None = None
    ) -> None:
        self._address = address
        self._tls = tls
        self._source = source
        self._head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.authority}\r\n"
            "Content-Type: text/xml; charset=utf-8\r\nContent-Length: "
        ).encode()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.opened = 0
        """Connections opened so far."""

    async def check(self, body: bytes, *, timeout_seconds: float) -> Reply:
        """Post one check and read its answer.

        A kept connection that the service has closed meanwhile is opened once more, as any HTTP client does; the
        check is safe to repeat.

        Raises:
            Unreachable: no connection, a broken one, or no answer in time.
            Refused: what came back is not HTTP, or longer than `MAX_ANSWER_BYTES`.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                was_kept = self._writer is not None
                try:
                    return await self._exchange(body)
                except (OSError, EOFError):
                    self.close()
                    if not was_kept:
                        raise
                    return await self._exchange(body)
        except TimeoutError as error:
            self.close()
            raise Unreachable(
                f"The service did not answer within {timeout_seconds:g} seconds.", code="timeout"
            ) from error
        except ssl.SSLError as error:
            self.close()
            raise Unreachable(f"The service's TLS was not accepted: {error.reason or error}.", code="tls") from error
        except ConnectionRefusedError as error:
            self.close()
            raise Unreachable("The service refused the connection.", code="connection-refused") from error
        except (OSError, EOFError) as error:
            self.close()
            raise Unreachable("The connection to the service broke.", code="connection-broken") from error
        except BaseException:
            # Cancelled, or not HTTP: what is left on this connection belongs to no later check.
            self.close()
            raise

    async def _exchange(self, body: bytes) -> Reply:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                self._address.host,
                self._address.port,
                ssl=self._tls,
                local_addr=(self._source, 0) if self._source else None,
                limit=_MAX_HEAD_BYTES,
            )
            self.opened += 1
        self._writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            status = _STATUS.match(head)
            if status is None:
                raise Refused("What answered does not speak HTTP/1.1.", code="not-http")
            answer = await _read_body(self._reader, head)
        except (asyncio.LimitOverrunError, ValueError) as error:
            raise Refused("What answered does not speak HTTP/1.1.", code="not-http") from error
        if status[1] == b"0" or _CLOSE.search(head):
            self.close()
        retry_after = _RETRY_AFTER.search(head)
        return Reply(int(status[2]), float(retry_after[1]) if retry_after else None, answer)

    def close(self) -> None:
        """Close the connection, if there is one, without waiting."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = _LENGTH.search(head)
    if length is not None:
        return await _read_exactly(reader, int(length[1]))
    if _CHUNKED.search(head) is None:
        raise Refused("The answer names no length.", code="not-http")
    parts: list[bytes] = []
    total = 0
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        total += size
        if total > MAX_ANSWER_BYTES:
            break
        parts.append(await _read_exactly(reader, size))
        await reader.readuntil(b"\r\n")
    else:
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return b"".join(parts)
    raise Refused(f"The answer is longer than {MAX_ANSWER_BYTES} bytes.", code="answer-too-large")


async def _read_exactly(reader: asyncio.StreamReader, length: int) -> bytes:
    if length > MAX_ANSWER_BYTES:
        raise Refused(f"The answer is longer than {MAX_ANSWER_BYTES} bytes.", code="answer-too-large")
    return await reader.readexactly(length)
