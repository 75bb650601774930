"""What is read of certificate files that other programs and authorities made."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from device_update_service.identity.certificates import Certificate, CertificateUnusable, read_certificate
from device_update_service.identity.self_signed_certificates import make_certificate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def openssl_made(folder: Path, *options: str) -> Path:
    path = folder / "made.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-subj", "/CN=updates.contoso.com", "-days", "30", *options]
    subprocess.run(
        [*command, "-keyout", folder / "made.key", "-out", path], capture_output=True, check=True, timeout=60
    )
    return path


def der_of(path: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(path.read_text().split("-----END")[0] + "-----END CERTIFICATE-----\n")


def named(folder: Path, *names: str, days: int = 90) -> Certificate:
    path = folder / "named.pem"
    path.write_bytes(make_certificate(names, days, NOW).certificate)
    return read_certificate(path)


def test_a_certificate_of_an_authority_has_its_names_and_its_chain(tmp_path: Path) -> None:
    middle = trustme.CA().create_child_ca()
    path = tmp_path / "chain.pem"
    issued = middle.issue_cert("updates.contoso.com", "10.0.0.7", "2001:db8::7")
    path.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    found = read_certificate(path)
    assert found.names == ("updates.contoso.com", "10.0.0.7", "2001:db8::7")
    assert (found.chain_length, found.chain_in_order, found.self_signed) == (2, True, False)
    path.write_bytes(issued.cert_chain_pems[0].bytes() + trustme.CA().cert_pem.bytes())
    assert not read_certificate(path).chain_in_order


@pytest.mark.parametrize(
    ("options", "key", "weak", "binding"),
    [
        (("-newkey", "rsa:2048", "-sha256"), "RSA 2048", False, "sha256"),
        (("-newkey", "rsa:2048", "-sha1"), "RSA 2048", False, "sha256"),
        (("-newkey", "rsa:2048", "-sha512"), "RSA 2048", False, "sha512"),
        (("-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sha384"), "RSA 2048", False, "sha384"),
        (("-newkey", "rsa:1024", "-sha256"), "RSA 1024", True, "sha256"),
        (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"), "EC secp384r1", False, "sha384"),
        (("-newkey", "ed25519"), "Ed25519", False, None),
    ],
)
def test_the_binding_is_the_hash_that_rfc_5929_names_for_the_signature(
    tmp_path: Path, options: tuple[str, ...], key: str, weak: bool, binding: str | None
) -> None:
    path = openssl_made(tmp_path, *options)
    found = read_certificate(path)
    der = der_of(path)
    assert (found.key, found.key_is_weak, found.self_signed) == (key, weak, True)
    assert found.endpoint_binding == (None if binding is None else hashlib.new(binding, der).digest())
    assert found.fingerprint == hashlib.sha256(der).hexdigest()


def test_a_common_name_is_no_name(tmp_path: Path) -> None:
    found = read_certificate(openssl_made(tmp_path, "-newkey", "ed25519"))
    assert found.names == ()
    assert not found.covers("updates.contoso.com")


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (("updates.contoso.com",), "Updates.Contoso.COM", True),
        (("updates.contoso.com",), "updates.contoso.com.", True),
        (("updates.contoso.com",), "contoso.com", False),
        (("*.contoso.com",), "updates.contoso.com", True),
        (("*.contoso.com",), "contoso.com", False),
        (("*.contoso.com",), "a.updates.contoso.com", False),
        (("10.0.0.7",), "10.0.0.7", True),
        (("10.0.0.7",), "10.0.0.8", False),
        (("2001:db8::7",), "2001:DB8:0::7", True),
    ],
)
def test_names_cover_hosts_as_clients_compare_them(
    tmp_path: Path, names: tuple[str, ...], host: str, covered: bool
) -> None:
    assert named(tmp_path, *names).covers(host) is covered


def test_a_certificate_ends_soon_in_the_last_third_of_its_life(tmp_path: Path) -> None:
    found = named(tmp_path, "localhost", days=90)
    third = (found.not_after - found.not_before) / 3
    assert not found.ends_soon(found.not_after - third)
    assert found.ends_soon(found.not_after - third + timedelta(seconds=1))
    assert not found.is_expired(found.not_after - timedelta(seconds=1))
    assert found.is_expired(found.not_after)


@pytest.mark.parametrize(
    "content",
    [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\0" * 100],
)
def test_what_is_no_certificate_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.pem"
    path.write_bytes(content)
    with pytest.raises(CertificateUnusable, match="is not a certificate in PEM form"):
        read_certificate(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnusable, match="cannot be read: No such file or directory"):
        read_certificate(tmp_path / "gone.pem")
