"""Certificates are taken out of what people choose as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from device_update_console.core.settings.signer_certificates import (
    MAX_FILE,
    NoCertificate,
    described,
    read_certificate_file,
    split_certificates,
)
from device_update_contract.settings import SETTINGS


@pytest.fixture(scope="module")
def pem() -> str:
    return trustme.CA(organization_name="Polycom").cert_pem.bytes().decode()


def test_a_file_s_certificates_are_found_each_once_whatever_stands_between_them(pem: str, tmp_path: Path) -> None:
    other = trustme.CA(organization_name="LG-Nortel").cert_pem.bytes().decode()
    path = tmp_path / "signers.pem"
    path.write_bytes(f"Bag Attributes\r\n{pem}subject=x\r\n{other}{pem}".replace("\n", "\r\n").encode())
    found = read_certificate_file(path)
    assert [each.pem for each in found] == [pem, other]
    assert SETTINGS["trusted_signers"].check([each.pem for each in found]) == [pem, other]
    assert ["O=Polycom" in found[0].title, "O=LG-Nortel" in found[1].title] == [True, True]
    assert "valid until " in found[0].title


@pytest.mark.parametrize("content", [b"", b"MSCF", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b" " * (MAX_FILE + 1)])
def test_a_file_without_a_certificate_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signers.pem"
    path.write_bytes(content)
    with pytest.raises(NoCertificate, match=r"signers\.pem holds no certificate"):
        read_certificate_file(path)


def test_what_only_looks_like_a_certificate_is_told_apart() -> None:
    [block] = split_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
    assert described(block).title == "A certificate that cannot be read"
