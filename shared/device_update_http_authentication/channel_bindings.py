"""The channel binding ``tls-server-end-point`` (RFC 5929 section 4): which certificate a sign-in was meant for.

A man in the middle with a certificate of his own can then not pass a sign-in on.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import Any


def endpoint_binding(certificate: bytes) -> bytes | None:
    """The hash of a server's certificate (DER): the one of its signature, SHA-256 in place of MD5 and SHA-1.

    None where the RFC leaves it undefined because the signature has no hash of its own (Ed25519): then nothing binds.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return None
    if algorithm is None:
        return None
    name = "sha256" if algorithm.name in {"md5", "sha1"} else algorithm.name.replace("sha3-", "sha3_")
    return hashlib.new(name, certificate).digest()


def binding_of(transport: Any) -> bytes | None:
    """The binding of the server at the other end of an asyncio transport (or stream writer); None without TLS."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    return None if certificate is None else endpoint_binding(certificate)
