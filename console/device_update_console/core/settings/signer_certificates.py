"""Certificates that may sign packages: read from a PEM file, and told apart by whose they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import spoken, text
from device_update_contract.refusals import InvalidValue
from device_update_contract.settings import KIB

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)

MAX_FILE = 1024 * KIB
"""Far more than the certificates of all vendors have: another file must not be read into memory."""


class NoCertificate(InvalidValue):
    """A file holds no certificate in PEM form."""

    code = "no-certificate"


@dataclass(frozen=True, slots=True)
class SignerCertificate:
    """One certificate as it is sent, and the line by which a person knows it."""

    pem: str
    title: str


def split_certificates(content: str) -> list[str]:
    """The certificates of a PEM file, without what stands between them; each once, in their order."""
    blocks = ("\n".join(line.strip() for line in block.splitlines()) + "\n" for block in _BLOCK.findall(content))
    return list(dict.fromkeys(blocks))


def described(pem: str) -> SignerCertificate:
    """A certificate with its line; it takes some milliseconds, so not in the window's thread."""
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        subject = one_line(certificate.subject.rfc4514_string()) or text("No name")
    except (ValueError, TypeError):
        return SignerCertificate(pem, text("A certificate that cannot be read"))
    until = spoken().conventions.day(certificate.not_valid_after_utc)
    return SignerCertificate(pem, text("{subject}, valid until {until}", subject=subject, until=until))


def read_certificate_file(path: Path) -> list[SignerCertificate]:
    """The certificates of a file.

    Raises:
        NoCertificate: there is none in it. OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE + 1)
    found = split_certificates(content.decode("ascii", "replace")) if len(content) <= MAX_FILE else []
    if not found:
        raise NoCertificate(text("{name} holds no certificate in PEM form.", name=one_line(path.name)))
    return [described(pem) for pem in found]
