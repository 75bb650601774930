"""What a TLS certificate file says: names, days, key, chain, and the binding that sign-ins are checked against.

Only reading is here; `self_signed_certificates` makes one, and TLS itself is the web layer's. The private key is never
read here. ``cryptography`` is imported when a certificate is read, since a service without TLS does not need it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from device_update_contract.refusals import Refusal

if TYPE_CHECKING:
    from cryptography import x509

_MOST_BYTES = 1024 * 1024
_RSA_BITS = 2048


class CertificateUnusable(Refusal):
    """A certificate file cannot be read, or does not hold what it should."""

    code = "certificate-unusable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate file: its first certificate is the listener's own (the leaf), the others lead to an authority.

    ``names`` are the DNS names and addresses of the subject alternative name; the common name counts for nothing, as
    in every client of today. ``key`` reads like ``EC secp256r1`` or ``RSA 2048``. ``chain_in_order`` means that each
    certificate of the file was issued by the one after it. ``fingerprint`` is the leaf's SHA-256 in lower-case
    hexadecimal digits. ``endpoint_binding`` is its ``tls-server-end-point`` hash (RFC 5929 section 4.1) without the
    prefix; None where the RFC leaves it undefined, because the signature has no hash of its own (Ed25519).
    """

    path: Path
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: str
    key_is_weak: bool
    chain_length: int
    chain_in_order: bool
    self_signed: bool
    fingerprint: str
    endpoint_binding: bytes | None

    def covers(self, host: str) -> bool:
        """Whether a client that asks for ``host`` finds it among the names (RFC 6125: ``*`` is one whole label)."""
        try:
            address = ip_address(host)
        except ValueError:
            return any(_is_name(name, host) for name in self.names)
        return any(_is_address(name, str(address)) for name in self.names)

    def is_expired(self, now: datetime) -> bool:
        """Whether its last moment is over."""
        return now >= self.not_after

    def ends_soon(self, now: datetime) -> bool:
        """Whether less than a third of its lifetime is left: the time to get the next one."""
        return self.not_after - now < (self.not_after - self.not_before) / 3


def read_certificate(path: Path) -> Certificate:
    """Read a certificate file (PEM, the leaf first).

    Raises:
        CertificateUnusable: when it cannot be read or is no certificate.
    """
    from cryptography import x509

    try:
        with path.open("rb") as file:
            pem = file.read(_MOST_BYTES)
    except OSError as error:
        raise CertificateUnusable(f"The certificate {path} cannot be read: {error.strerror}.") from error
    try:
        return _described(path, x509.load_pem_x509_certificates(pem))
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateUnusable(f"The file {path} is not a certificate in PEM form.") from error


def endpoint_binding(der: bytes) -> bytes | None:
    """The ``tls-server-end-point`` hash of a certificate that a peer showed; None where it has none or is none."""
    from cryptography import x509

    try:
        return _endpoint_binding(x509.load_der_x509_certificate(der), der)
    except ValueError:
        return None


def _described(path: Path, chain: list[x509.Certificate]) -> Certificate:
    from cryptography.hazmat.primitives.serialization import Encoding

    leaf = chain[0]
    der = leaf.public_bytes(Encoding.DER)
    key, is_weak = _key(leaf)
    return Certificate(
        path=path,
        names=_names(leaf),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        key=key,
        key_is_weak=is_weak,
        chain_length=len(chain),
        chain_in_order=all(_issued(issuer, issued) for issued, issuer in pairwise(chain)),
        self_signed=_issued(leaf, leaf),
        fingerprint=hashlib.sha256(der).hexdigest(),
        endpoint_binding=_endpoint_binding(leaf, der),
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))


def _key(leaf: x509.Certificate) -> tuple[str, bool]:
    """The key's kind in words, and whether clients of today refuse it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    try:
        key = leaf.public_key()
    except UnsupportedAlgorithm:
        return "of an unknown kind", True
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size < _RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}", key.key_size < 256
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return type(key).__name__.removesuffix("PublicKey"), False
    return type(key).__name__.removesuffix("PublicKey"), True


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    """Whether the signature says so; one with SHA-1, which old phones need, is not verified: its names have to do."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if issued.issuer != issuer.subject:
        return False
    try:
        issued.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, TypeError, ValueError):
        return True
    return True


def _endpoint_binding(leaf: x509.Certificate, der: bytes) -> bytes | None:
    """RFC 5929 section 4.1: the hash of the certificate's own signature, SHA-256 in place of MD5 and SHA-1."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = leaf.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if algorithm is None:
        return None
    name = "sha256" if algorithm.name in {"md5", "sha1"} else algorithm.name.replace("sha3-", "sha3_")
    return hashlib.new(name, der).digest()


def _is_name(name: str, host: str) -> bool:
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == name[2:]
    return name == host


def _is_address(name: str, address: str) -> bool:
    try:
        return str(ip_address(name)) == address
    except ValueError:
        return False
