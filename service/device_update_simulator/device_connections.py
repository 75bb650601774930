"""The connections over which a fleet's checks travel: plain asyncio streams, one check at a time on each.

aiohttp's client needs about 130 microseconds of processor time for a check, this about 40; beside a service on the
same two cores the difference is what is measured otherwise. It reads just what answers to a check need of HTTP/1.1:
a status line, ``Content-Length`` or chunks, ``Retry-After``, ``Connection`` and ``WWW-Authenticate``. Downloads go
through aiohttp.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Final

from device_update_http_authentication.challenges import Offers, authorization, read_offers
from device_update_http_authentication.channel_bindings import binding_of
from device_update_http_authentication.handshakes import Handshake, SignInFailed
from device_update_http_authentication.pinned_certificates import CertificateNotPinned
from device_update_http_authentication.sessions import private_origin
from device_update_simulator.device_access import DeviceAccess
from device_update_simulator.failures import NotAuthenticated, Refused, Unreachable
from device_update_simulator.service_address import ServiceAddress

MAX_ANSWER_BYTES: Final = 1024 * 1024
_MAX_HEAD_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"http/1\.([01]) ([0-9]{3})")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n")
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n")
_RETRY_AFTER: Final = re.compile(rb"\r\nretry-after:[ \t]*([0-9]{1,9})[ \t]*\r\n")
_OFFER: Final = re.compile(rb"\r\nwww-authenticate:[ \t]*([^\r]*)", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n")
_NO_OFFERS: Final = Offers({})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the body, and the seconds of a ``Retry-After`` in seconds (dates are ignored).

    ``offers`` is how one may sign in, where the status is 401.
    """

    status: int
    retry_after: float | None
    body: bytes
    offers: Offers = _NO_OFFERS


class CheckConnection:
    """One connection, opened when a check needs it and again after it broke or the service closed it.

    A device with an account signs in once on each new connection, before its first check travels on it.
    """

    def __init__(
        self, address: ServiceAddress, access: DeviceAccess | None = None, *, source: str | None = None
    ) -> None:
        self._address = address
        self._access = access or DeviceAccess()
        self._source = source
        self._demands_sign_in = self._access.credentials is not None
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
            NotAuthenticated: the sign-in could not be carried through. One that the service refuses is a reply.
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
        except SignInFailed as refusal:
            self.close()
            raise NotAuthenticated(refusal.sentence) from refusal
        except CertificateNotPinned as error:
            self.close()
            raise Unreachable(f"{error.sentence} Nothing was sent.", code="tls") from error
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
        if self._writer is None:
            await self._open()
        reply = await (self._sign_in(body) if self._demands_sign_in else self._send(body))
        if reply.status == 401 and self._access.credentials is not None:
            self.close()  # the next check signs in anew
        return reply

    async def _open(self) -> None:
        credentials = self._access.credentials
        if credentials is not None:
            private_origin(f"{self._address.scheme}://{self._address.authority}")
        self._reader, self._writer = await asyncio.open_connection(
            self._address.host,
            self._address.port,
            ssl=(self._access.tls or True) if self._address.scheme == "https" else None,
            local_addr=(self._source, 0) if self._source else None,
            limit=_MAX_HEAD_BYTES,
        )
        self.opened += 1
        self._demands_sign_in = credentials is not None

    async def _sign_in(self, body: bytes) -> Reply:
        """Sign in, with the check in the last message; the reply is the check's own."""
        credentials = self._access.credentials
        assert credentials is not None  # noqa: S101 - else nothing demands it
        reply = await self._send(b"")
        if reply.status != 401:
            self._demands_sign_in = False
            return await self._send(body)
        scheme = reply.offers.scheme_for(credentials)
        if scheme is None:
            return reply
        handshake = Handshake(scheme, credentials, host=self._address.host, binding=binding_of(self._writer))
        reply = await self._send(b"", authorization(scheme, handshake.begin()))
        challenge = reply.offers.tokens.get(scheme.lower())
        if challenge is None:
            return reply
        reply = await self._send(body, authorization(scheme, handshake.answer(challenge) or b""))
        self._demands_sign_in = reply.status == 401
        return reply

    async def _send(self, body: bytes, authorization: str | None = None) -> Reply:
        if self._reader is None or self._writer is None:
            raise ConnectionResetError("closed in the middle of a sign-in")
        proof = b"" if authorization is None else b"\r\nAuthorization: " + authorization.encode()
        self._writer.write(b"%b%d%b\r\n\r\n%b" % (self._head, len(body), proof, body))
        try:
            received = await self._reader.readuntil(b"\r\n\r\n")
            head = received.lower()
            status = _STATUS.match(head)
            if status is None:
                raise Refused("What answered does not speak HTTP/1.1.", code="not-http")
            answer = await _read_body(self._reader, head)
        except (asyncio.LimitOverrunError, ValueError) as error:
            raise Refused("What answered does not speak HTTP/1.1.", code="not-http") from error
        if status[1] == b"0" or _CLOSE.search(head):
            self.close()
        retry_after = _RETRY_AFTER.search(head)
        offers = (
            _NO_OFFERS if status[2] != b"401" else read_offers(o.decode("latin-1") for o in _OFFER.findall(received))
        )
        return Reply(int(status[2]), float(retry_after[1]) if retry_after else None, answer, offers)

    def close(self) -> None:
        """Close the connection, if there is one, without waiting; not even for the farewell of TLS."""
        if self._writer is not None:
            self._writer.transport.abort()
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
