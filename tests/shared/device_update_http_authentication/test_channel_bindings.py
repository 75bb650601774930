from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.support.programs import required_program

from device_update_http_authentication.channel_bindings import endpoint_binding


def certificate(algorithm: hashes.HashAlgorithm | None) -> bytes:
    key = ed25519.Ed25519PrivateKey.generate() if algorithm is None else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "updates.contoso.com")])
    now = datetime(2026, 5, 3, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    return built.sign(key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512(), hashes.SHA3_256()])
def test_the_binding_is_the_certificates_hash_by_its_own_signatures_algorithm(algorithm: hashes.HashAlgorithm) -> None:
    der = certificate(algorithm)
    assert endpoint_binding(der) == hashlib.new(algorithm.name.replace("-", "_"), der).digest()


def test_sha_256_stands_for_the_broken_hashes_of_old_signatures(tmp_path: Path) -> None:
    der = tmp_path / "old.der"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha1", "-subj", "/CN=x", "-outform", "DER")
    openssl = required_program("openssl", "openssl")
    subprocess.run(
        [openssl, *made, "-keyout", str(tmp_path / "key.pem"), "-out", str(der)], check=True, capture_output=True
    )
    assert endpoint_binding(der.read_bytes()) == hashlib.sha256(der.read_bytes()).digest()


def test_a_signature_without_a_hash_of_its_own_binds_nothing() -> None:
    assert endpoint_binding(certificate(None)) is None


def test_what_is_no_certificate_binds_nothing() -> None:
    assert endpoint_binding(b"not a certificate") is None
