"""A listener's TLS: certificate and key from their files, and again when these change, without ending a connection.

Every connection keeps the context, and so the certificate, that it began with. Sessions are resumed within one context
only, so that a resumed connection's certificate is its context's too.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import warnings
from asyncio.sslproto import SSLProtocol
from pathlib import Path
from typing import Final, NoReturn

from device_update_service.configuration.listeners import SecureListener, TlsVersion
from device_update_service.identity.certificates import Certificate, CertificateUnusable, read_certificate

_log = logging.getLogger(__name__)

_VERSIONS: Final = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_OUTDATED: Final = frozenset({"1.0", "1.1"})
_CIPHERS_OF_OLD_CLIENTS: Final = "DEFAULT:!aNULL:!eNULL:@SECLEVEL=0"
"""OpenSSL 3 refuses TLS below 1.2 above level 0, because its signatures use SHA-1."""

_READ_BYTES: Final = 32 * 1024
"""A TLS record has at most 16 KiB."""

_FileState = tuple[int, int, int, int]


def keep_connections_small() -> None:
    """Let a TLS connection have 32 KiB to read into; asyncio's own 256 KiB make idle ones cost gigabytes."""
    SSLProtocol.max_size = _READ_BYTES


class ServerContext(ssl.SSLContext):
    """An SSL context that knows its certificate."""

    certificate: Certificate


def endpoint_binding_of(transport: asyncio.BaseTransport) -> bytes | None:
    """The ``tls-server-end-point`` hash of the certificate that a connection was made with; None where it has none."""
    context = transport.get_extra_info("sslcontext")
    return context.certificate.endpoint_binding if isinstance(context, ServerContext) else None


class ServerTls:
    """Certificate and key of one listener; ``context`` is for new connections and replaced, never changed.

    Raises:
        CertificateUnusable: at the start; later the certificate before stays, and ``failure`` says why.
    """

    def __init__(self, certificate: Path, key: Path, minimum: TlsVersion) -> None:
        self._certificate = certificate
        self._key = key
        self.minimum: TlsVersion = minimum
        self._seen = self._files()
        self.context = _context(certificate, key, minimum)
        self.failure: str | None = None
        """Why the files as they are now cannot be used."""

    @classmethod
    def configured(cls, listener: SecureListener) -> ServerTls | None:
        """The TLS of a listener, if it has any."""
        if listener.tls_certificate is None or listener.tls_key is None:
            return None
        return cls(listener.tls_certificate, listener.tls_key, listener.tls_minimum)

    @property
    def certificate(self) -> Certificate:
        """What new connections get."""
        return self.context.certificate

    def reload(self) -> None:
        """Read the files again; if they cannot be used, what there is stays, and the log says so once."""
        self._seen = self._files()  # before reading: a change in the middle is seen at the next look
        try:
            context = _context(self._certificate, self._key, self.minimum)
        except CertificateUnusable as refusal:
            if refusal.sentence != self.failure:
                _log.error("The certificate before stays in use", extra={"error": refusal.sentence})
            self.failure = refusal.sentence
            return
        self.context, self.failure = context, None
        facts = {"certificate": str(self._certificate), "not_after": self.certificate.not_after.isoformat()}
        _log.info("The certificate was loaded again", extra=facts)

    def reload_if_changed(self) -> None:
        """Read the files again if they are others than before, or could not be used; else it is two system calls."""
        if self.failure is not None or self._files() != self._seen:
            self.reload()

    def _files(self) -> tuple[_FileState | None, _FileState | None]:
        return _state(self._certificate), _state(self._key)


def _state(path: Path) -> _FileState | None:
    """What changes when a file is replaced, written or made readable."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _context(certificate: Path, key: Path, minimum: TlsVersion) -> ServerContext:
    described = read_certificate(certificate)
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if minimum in _OUTDATED:
        context.set_ciphers(_CIPHERS_OF_OLD_CLIENTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old phones know nothing better; the operator asked for it
        context.minimum_version = _VERSIONS[minimum]
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateUnusable(f"The key {key} does not belong to the certificate {certificate}.") from error
        raise CertificateUnusable(
            f"The certificate {certificate} cannot be used with the key {key}: "
            f"{error.reason or 'one of the two is not what it should be, as PEM'}."
        ) from error
    except OSError as error:
        raise CertificateUnusable(f"The key {key} cannot be read: {error.strerror}.") from error
    context.certificate = described
    return context


def _no_password() -> NoReturn:
    """OpenSSL would otherwise ask for it on the terminal."""
    raise CertificateUnusable("The TLS key is protected by a password; the service needs one without.")
