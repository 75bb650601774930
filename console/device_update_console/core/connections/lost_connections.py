"""Why no answer came: what the HTTP library's exceptions mean for a person."""

from __future__ import annotations

import ssl

import aiohttp

from device_update_console.core.failures import CertificateNotTrusted, NotTheService, ServiceUnreachable
from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text
from device_update_contract.refusals import Refusal
from device_update_http_authentication.pinned_certificates import CertificateNotPinned

_NO_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's verify codes for a certificate that is self-signed, or whose issuer is not known."""

_REASON_TEXTS = (
    "certificate has expired",
    "certificate is not yet valid",
    "self-signed certificate",
    "self-signed certificate in certificate chain",
    "unable to get local issuer certificate",
    "unable to verify the first certificate",
)
"""What OpenSSL says of certificates, where it is always the same; the rest is shown in its words."""


def failure_behind(error: Exception, origin: str) -> Refusal:
    """The failure behind an exception of the HTTP library; what stopped our own upload is given as it is."""
    if isinstance(error.__cause__, Refusal):
        return error.__cause__
    if isinstance(error, aiohttp.ClientResponseError):
        return NotTheService(text("What answers at {origin} is not a Device Update Service.", origin=origin))
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _not_trusted(error.certificate_error, origin)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        sentence = text("No TLS connection to {origin} could be made.", origin=origin)
    elif isinstance(error, aiohttp.ClientConnectorDNSError):
        sentence = text("The host of {origin} is not known.", origin=origin)
    elif isinstance(error, aiohttp.ClientConnectorError):
        why = system_error_text(error.os_error)
        sentence = text("There is no service at {origin}: {why}.", origin=origin, why=why)
    elif isinstance(error, TimeoutError):
        sentence = text("The service at {origin} did not answer in time.", origin=origin)
    else:
        sentence = text("The connection to {origin} was lost.", origin=origin)
    return ServiceUnreachable(sentence)


def _not_trusted(error: Exception, origin: str) -> CertificateNotTrusted:
    """What is wrong with a certificate."""
    if isinstance(error, CertificateNotPinned):
        sentence = text(
            "The server's certificate has the fingerprint {shown}, but the pinned one has {expected}. Nothing was sent "
            "to {origin}.",
            shown=error.shown,
            expected=error.expected,
            origin=origin,
        )
        return CertificateNotTrusted(sentence, may_be_pinned=False)
    reason, code = str(error), 0
    if isinstance(error, ssl.SSLCertVerificationError):
        reason, code = error.verify_message, error.verify_code
    return CertificateNotTrusted(
        text("The certificate of {origin} is not trusted: {why}.", origin=origin, why=text(reason.rstrip("."))),
        may_be_pinned=code in _NO_AUTHORITY,
    )
