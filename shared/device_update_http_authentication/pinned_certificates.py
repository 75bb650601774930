"""Trusting exactly one server certificate, known by its SHA-256 fingerprint, with or without an authority.

Names and days of a pinned certificate are not looked at: its key is what is trusted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import ssl

from device_update_contract.refusals import InvalidValue

_DIGITS = re.compile(r"[0-9a-f]{64}")


class InvalidFingerprint(InvalidValue):
    """The text is not the SHA-256 fingerprint of a certificate."""

    code = "invalid-fingerprint"


class CertificateNotPinned(ssl.SSLCertVerificationError):
    """The server showed another certificate than the pinned one; nothing was sent to it."""

    def __init__(self, *, expected: str, shown: str) -> None:
        # Given to OSError as number and text, as the parent class reads them.
        super().__init__(1, "another certificate than the pinned one")
        self.expected = expected
        self.shown = shown

    @property
    def sentence(self) -> str:
        """Both fingerprints, in the form in which they are given."""
        return f"The server's certificate has the fingerprint {self.shown}, but the pinned one has {self.expected}."


def parse_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hexadecimal digits; colons between bytes, spaces and case do not matter.

    Raises:
        InvalidFingerprint: it is none.
    """
    digits = text.strip().lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
    if not _DIGITS.fullmatch(digits):
        raise InvalidFingerprint("A fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits.")
    return digits


def fingerprint_of(certificate: bytes) -> str:
    """The fingerprint of a certificate (DER)."""
    return hashlib.sha256(certificate).hexdigest()


def pinned_tls(fingerprint: str) -> ssl.SSLContext:
    """A client's TLS that goes on only with the server whose certificate has this fingerprint.

    A handshake with any other ends with `CertificateNotPinned`, in aiohttp and in asyncio's own streams alike. That it
    works for memory-based TLS only (``wrap_bio``) is no loss: asyncio knows no other.

    Raises:
        InvalidFingerprint: the text is no fingerprint.
    """
    expected = parse_fingerprint(fingerprint)

    class PinnedTls(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            shown = fingerprint_of(self.getpeercert(binary_form=True) or b"")
            if not hmac.compare_digest(shown, expected):
                raise CertificateNotPinned(expected=expected, shown=shown)

    context = _unverified()
    context.sslobject_class = PinnedTls
    return context


async def shown_fingerprint(host: str, port: int, *, seconds: float = 10.0) -> str:
    """The fingerprint of the certificate that a server shows now, believed by nobody yet.

    Raises:
        OSError: there is no server, or it does not speak TLS (TimeoutError within ``seconds``).
    """
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(host, port, ssl=_unverified())
    try:
        return fingerprint_of(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    finally:
        writer.transport.abort()


def _unverified() -> ssl.SSLContext:
    """TLS that accepts any certificate, for those who look at it themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
