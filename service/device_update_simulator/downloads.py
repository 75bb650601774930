"""Fetching one file of an offer, resumed where it was cut, and verified (contract section 3.3).

A download that was cut goes on with ``Range`` and ``If-Range``, so that a file that changed meanwhile starts again
instead of being glued together from two. Where the bytes go is the sink's business: a fleet only hashes them.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
from yarl import URL

from device_update_contract.device_messages.answers import OfferedUpdate
from device_update_http_authentication.handshakes import SignInFailed
from device_update_http_authentication.pinned_certificates import CertificateNotPinned
from device_update_simulator.device_access import DownloadSessions
from device_update_simulator.failures import Busy, DownloadDidNotHold, NotAuthenticated, Refused, Unreachable
from device_update_simulator.service_address import base_url_of, file_url

_CONTENT_RANGE: Final = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/(?:[0-9]{1,15}|\*)")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_STRONG_ETAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')
_SHA256_ETAG: Final = re.compile(r'"([0-9a-f]{64})"')
_CHUNK_BYTES: Final = 256 * 1024
MAX_SIGNATURE_BYTES: Final = 16 * 1024 * 1024


def strong_etag(text: str) -> str | None:
    """The text if it is an ETag that ``If-Range`` may name, else None."""
    return text if _STRONG_ETAG.fullmatch(text) else None


class Sink(Protocol):
    """Takes the bytes of one file in order and can begin again."""

    received: int
    etag: str | None

    def restart(self, etag: str | None) -> None:
        """Forget what was received; ``etag`` names the content that now comes."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""

    def sha256(self) -> str:
        """The hash of all that was received, in lower-case hexadecimal digits."""


class HashingSink:
    """Counts and hashes, and keeps nothing."""

    def __init__(self) -> None:
        self.received = 0
        self.etag: str | None = None
        self._digest = hashlib.sha256()

    def restart(self, etag: str | None) -> None:
        """Begin again."""
        self.received = 0
        self.etag = etag
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(data)
        self.received += len(data)

    def sha256(self) -> str:
        """The hash of all that was received."""
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class WantedFile:
    """One file to fetch; a signature file's size and hash are not in the offer (None)."""

    name: str
    url: str
    size: int | None
    sha256: str | None


def wanted_files(offer: OfferedUpdate, *, external: bool) -> tuple[WantedFile, ...]:
    """The image files of an offer, and after them their signature files, each once."""
    base = base_url_of(offer, external=external)
    images = [
        WantedFile(module.file_name, file_url(base, module.file_name), module.size, module.sha256)
        for module in offer.modules
    ]
    signatures = dict.fromkeys(module.signature for module in offer.modules if module.signature)
    return (*images, *(WantedFile(name, file_url(base, name), None, None) for name in signatures))


@dataclass(slots=True)
class Transfer:
    """What a download cost: bytes that crossed the wire, resumptions and fresh starts after a changed file."""

    bytes_received: int = 0
    resumed: int = 0
    started_again: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download holds out; the pause doubles from one fruitless attempt to the next.

    A service that asks for a longer wait than ``longest_wait_seconds`` is taken at its word: the download ends.
    """

    fruitless_attempts: int = 5
    longest_wait_seconds: float = 60.0
    first_pause_seconds: float = 0.2
    silent_seconds: float = 30.0


async def fetch(
    sessions: DownloadSessions,
    wanted: WantedFile,
    sink: Sink,
    patience: Patience,
    *,
    transfer: Transfer,
    cut_at: int | None = None,
) -> None:
    """Fetch a file into the sink, going on after cuts, and verify it; ``cut_at`` cuts it once on purpose there.

    Raises:
        Unreachable: when it was cut or busy more often than patience allows; what was received stays in the sink.
        DownloadDidNotHold: when size or hash are not those of the offer.
        Refused: when the service does not hand the file out.
        Busy: when it asks for more patience than there is.
        NotAuthenticated: when it demands an account, or another one.
    """
    if wanted.size is not None and sink.received >= wanted.size and sink.sha256() != wanted.sha256:
        # What an earlier attempt left is a part, or all, of another content.
        transfer.started_again += 1
        sink.restart(None)
    fruitless = 0
    while wanted.size is None or sink.received != wanted.size or wanted.size == 0:
        before = transfer.bytes_received
        try:
            await _attempt(sessions, wanted, sink, patience, transfer=transfer, cut_at=cut_at)
            break
        except (Unreachable, Busy) as failure:
            cut_at = None if isinstance(failure, _CutOnPurpose) else cut_at
            fruitless = 0 if transfer.bytes_received > before else fruitless + 1
            if fruitless >= patience.fruitless_attempts:
                raise Unreachable(
                    f"{wanted.name} could not be fetched to its end: {failure.sentence}", code=failure.code
                ) from failure
            wait = patience.first_pause_seconds * 2**fruitless
            if isinstance(failure, Busy) and failure.retry_after is not None:
                wait = failure.retry_after
            if wait > patience.longest_wait_seconds:
                raise
            await asyncio.sleep(wait)
    _verify(wanted, sink)


class _CutOnPurpose(Unreachable):
    """The simulated network broke."""


async def _attempt(
    sessions: DownloadSessions,
    wanted: WantedFile,
    sink: Sink,
    patience: Patience,
    *,
    transfer: Transfer,
    cut_at: int | None,
) -> None:
    headers = {"Accept-Encoding": "identity"}
    resumes = sink.received > 0 and sink.etag is not None
    if resumes:
        headers["Range"] = f"bytes={sink.received}-"
        headers["If-Range"] = sink.etag or ""
    try:
        url = URL(wanted.url, encoded=True)  # as the service spelled it: encoding it again could name another file
        session = sessions.towards(wanted.url)
    except ValueError as error:
        raise Refused(f"The service offers {wanted.name} at {wanted.url[:200]!r}, which is no address.") from error
    limit = aiohttp.ClientTimeout(total=None, connect=patience.silent_seconds, sock_read=patience.silent_seconds)
    try:
        async with session.get(url, headers=headers, timeout=limit, allow_redirects=False) as response:
            if response.status in {401, 403}:
                raise NotAuthenticated(f"{wanted.name} was not handed out. {sessions.access.refused}")
            _position(response, sink, transfer, wanted, resumes=resumes)
            async for data in response.content.iter_chunked(_CHUNK_BYTES):
                arrived = data if cut_at is None else data[: max(0, cut_at - sink.received)]
                sink.write(arrived)
                transfer.bytes_received += len(arrived)
                if sink.received > (MAX_SIGNATURE_BYTES if wanted.size is None else wanted.size):
                    raise DownloadDidNotHold(f"{wanted.name} is longer than the offer says.")
                if cut_at is not None and sink.received >= cut_at:
                    raise _CutOnPurpose(f"{wanted.name} was cut on purpose.", code="cut-on-purpose")
    except TimeoutError as error:
        raise Unreachable("no more bytes came in time.", code="timeout") from error
    except SignInFailed as refusal:
        raise NotAuthenticated(f"{wanted.name} was not handed out. {refusal.sentence}") from refusal
    except aiohttp.ClientConnectorCertificateError as error:
        cause = error.certificate_error
        more = f" {cause.sentence}" if isinstance(cause, CertificateNotPinned) else ""
        raise Refused(f"The certificate of the address for downloads was not accepted.{more}", code="tls") from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise Unreachable("the connection broke.", code="connection-broken") from error


def _position(
    response: aiohttp.ClientResponse, sink: Sink, transfer: Transfer, wanted: WantedFile, *, resumes: bool
) -> None:
    """Bring the sink to where the response's bytes begin, or say why there are none."""
    etag = strong_etag(response.headers.get("ETag", ""))
    if response.status == 200:
        if sink.received:
            transfer.started_again += 1
        sink.restart(etag)
        return
    if response.status in {206, 416} and resumes:
        begin = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status == 206 and etag == sink.etag and begin is not None and int(begin[1]) == sink.received:
            transfer.resumed += 1
            return
        # Another content, another place, or nothing beyond what is here: only a fresh start is sure to be right.
        transfer.started_again += 1
        sink.restart(None)
        raise Unreachable("it cannot go on where it was cut.", code="not-resumable")
    raise _refused(response, wanted)


def _refused(response: aiohttp.ClientResponse, wanted: WantedFile) -> Refused | Busy:
    if response.status == 503:
        text = response.headers.get("Retry-After", "")
        return Busy("the service is busy.", retry_after=float(text) if _SECONDS.fullmatch(text) else None)
    return Refused(f"The service does not hand out {wanted.name} (status {response.status}).", code="file-refused")


def _verify(wanted: WantedFile, sink: Sink) -> None:
    if wanted.size is not None and sink.received != wanted.size:
        raise DownloadDidNotHold(f"{wanted.name} has {sink.received} bytes; the offer says {wanted.size}.")
    expected = wanted.sha256
    if expected is None and sink.etag is not None:
        # A signature file's hash is not in the offer, but its ETag is its hash.
        named = _SHA256_ETAG.fullmatch(sink.etag)
        expected = named[1] if named else None
    if expected is not None and sink.sha256() != expected:
        raise DownloadDidNotHold(f"{wanted.name} does not have the SHA-256 that the service named.")
