"""Why no answer came: what the HTTP library's exceptions mean for a person."""

from __future__ import annotations

import os
import ssl

import aiohttp

from device_update_console.core.failures import CertificateNotTrusted, NotTheService, ServiceUnreachable
from device_update_contract.refusals import Refusal
from device_update_http_authentication.pinned_certificates import CertificateNotPinned

_NO_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's verify codes for a certificate that is self-signed, or whose issuer is not known."""


def failure_behind(error: Exception, origin: str) -> Refusal:
    """The failure behind an exception of the HTTP library; what stopped our own upload is given as it is."""
    if isinstance(error.__cause__, Refusal):
        return error.__cause__
    if isinstance(error, aiohttp.ClientResponseError):
        return NotTheService(f"What answers at {origin} is not a Device Update Service.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _not_trusted(error.certificate_error, origin)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        sentence = f"No TLS connection to {origin} could be made."
    elif isinstance(error, aiohttp.ClientConnectorDNSError):
        sentence = f"The host of {origin} is not known."
    elif isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        why = os.strerror(number) if number else error.os_error.strerror or str(error.os_error)
        sentence = f"There is no service at {origin}: {why}."
    elif isinstance(error, TimeoutError):
        sentence = f"The service at {origin} did not answer in time."
    else:
        sentence = f"The connection to {origin} was lost."
    return ServiceUnreachable(sentence)


def _not_trusted(error: Exception, origin: str) -> CertificateNotTrusted:
    """What is wrong with a certificate."""
    if isinstance(error, CertificateNotPinned):
        return CertificateNotTrusted(f"{error.sentence} Nothing was sent to {origin}.", may_be_pinned=False)
    reason, code = str(error), 0
    if isinstance(error, ssl.SSLCertVerificationError):
        reason, code = error.verify_message, error.verify_code
    return CertificateNotTrusted(
        f"The certificate of {origin} is not trusted: {reason.rstrip('.')}.",
        may_be_pinned=code in _NO_AUTHORITY,
    )
