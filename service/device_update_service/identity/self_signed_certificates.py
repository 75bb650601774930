"""Makes a self-signed certificate for a first start, and writes it with its key so that nobody else ever sees the key.

It vouches for itself only: consoles and the command line pin its fingerprint, devices have to be given the file. It is
no authority (``CA:FALSE``), so that its key cannot sign certificates for other names.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from device_update_contract.refusals import Refusal

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DNS_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_LONGEST_DNS_NAME = 253
_LONGEST_COMMON_NAME = 64
_CLOCKS_MAY_DIFFER = timedelta(hours=1)


class CannotMakeCertificate(Refusal):
    """A name is not one, a file is there already, or the disk refuses; nothing was written."""

    code = "cannot-make-certificate"


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate and its private key, both in PEM form."""

    certificate: bytes
    key: bytes


def is_dns_name(name: str) -> bool:
    """Whether a certificate can hold this as a DNS name; ``*`` may stand for the first label."""
    return len(name) <= _LONGEST_DNS_NAME and _DNS_NAME.fullmatch(name.lower()) is not None


def make_certificate(names: Sequence[str], days: int, now: datetime) -> NewCertificate:
    """A P-256 key and a certificate for these DNS names and addresses, valid for so many days.

    It begins an hour ago, for devices whose clocks are behind.

    Raises:
        CannotMakeCertificate: when there is no name, or one that is neither a DNS name nor an address.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    if not names:
        raise CannotMakeCertificate("A certificate needs at least one name.")
    listed = [_general_name(name) for name in dict.fromkeys(names)]
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(names[0], listed, key.public_key())
    builder = builder.not_valid_before(now - _CLOCKS_MAY_DIFFER).not_valid_after(now + timedelta(days=days))
    return NewCertificate(
        builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        if not is_dns_name(name):
            raise CannotMakeCertificate(f"{name[:80]!r} is neither a DNS name nor an address.") from None
        return x509.DNSName(name.lower())


def _builder(first: str, names: list[x509.GeneralName], key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, first[:_LONGEST_COMMON_NAME])])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signs_handshakes_only(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )


def _signs_handshakes_only() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,  # an elliptic key encrypts nothing
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def write_certificate(made: NewCertificate, certificate: Path, key: Path, *, replace: bool) -> None:
    """Write both files whole or not at all; the key has mode 0600 from its first byte on, the certificate 0644.

    Each is written under a name of its own and then linked (or renamed over the old one), the key first: a service
    that looks in between finds a pair that does not fit, and keeps the one that it has.

    Raises:
        CannotMakeCertificate: when a file is there and shall not be replaced, or the disk refuses.
    """
    if not replace:
        for path in (certificate, key):
            if path.exists() or path.is_symlink():
                raise _is_there(path)
    try:
        with _draft(key, made.key, 0o600) as new_key, _draft(certificate, made.certificate, 0o644) as new_certificate:
            if replace:
                new_key.replace(key)
                new_certificate.replace(certificate)
            else:
                _link_both(((new_key, key), (new_certificate, certificate)))
        for folder in {key.absolute().parent, certificate.absolute().parent}:
            _make_durable(folder)
    except FileExistsError as error:
        raise _is_there(Path(error.filename2 or error.filename)) from error
    except OSError as error:
        where = error.filename or certificate
        raise CannotMakeCertificate(f"The file {where} cannot be written: {error.strerror}.") from error


def _is_there(path: Path) -> CannotMakeCertificate:
    return CannotMakeCertificate(f"The file {path} is there already; use --force to replace it.")


@contextlib.contextmanager
def _draft(target: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A durable file beside the target, gone at the end unless it was renamed."""
    draft = target.with_name(f"{target.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except OSError as error:
        error.filename = str(target)  # whoever reads the sentence knows no draft
        raise
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(
                descriptor, mode
            )  # whatever the umask: a certificate is no secret, and the service is another user
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _link_both(pairs: tuple[tuple[Path, Path], ...]) -> None:
    linked: list[Path] = []
    try:
        for draft, target in pairs:
            target.hardlink_to(draft)
            linked.append(target)
    except OSError:
        for target in linked:
            target.unlink()
        raise


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
