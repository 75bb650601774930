"""``certificate self-signed``: what it writes as other programs see it, and what it never does (contract section 6)."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.support.tls_servers import tls_server

from device_update_service.commands.command_line import command_line
from device_update_service.identity.certificates import read_certificate


@pytest.fixture(autouse=True)
def permissive_umask() -> Iterator[None]:
    """The worst that an administrator's shell can have: everything may be read by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def self_signed(folder: Path, *more: str) -> Result:
    files = ("--certificate", str(folder / "tls.pem"), "--key", str(folder / "tls.key"))
    return CliRunner().invoke(command_line, ["certificate", "self-signed", *files, *more])


def output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def test_openssl_reads_and_verifies_it(tmp_path: Path) -> None:
    assert self_signed(tmp_path, "--name", "updates.contoso.com", "--name", "192.0.2.7").exit_code == 0
    certificate = str(tmp_path / "tls.pem")
    said = output_of("openssl", "x509", "-in", certificate, "-noout", "-text")
    for line in (
        "DNS:updates.contoso.com, IP Address:192.0.2.7",
        "ASN1 OID: prime256v1",
        "TLS Web Server Authentication",
        "CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
    ):
        assert line in said
    verified = output_of(
        "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", certificate, certificate
    )
    assert verified == f"{certificate}: OK\n"
    ends = output_of("openssl", "x509", "-in", certificate, "-noout", "-checkend", str(824 * 86400))
    assert ends == "Certificate will not expire\n"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_curl_accepts_it_where_it_is_told_to_trust_it(tmp_path: Path, host: str) -> None:
    assert self_signed(tmp_path).exit_code == 0
    certificate = str(tmp_path / "tls.pem")
    with tls_server(tmp_path / "tls.pem", tmp_path / "tls.key") as port:
        url = f"https://{host}:{port}/"
        assert output_of("curl", "-sS", "--ipv4", "--cacert", certificate, url) == "hello\n"
        untrusting = subprocess.run(["curl", "-s", "--ipv4", url], timeout=30, check=False)
    assert untrusting.returncode == 60


def test_python_accepts_it_with_the_strictest_rules(tmp_path: Path) -> None:
    assert self_signed(tmp_path, "--name", "localhost").exit_code == 0
    context = ssl.create_default_context(cafile=tmp_path / "tls.pem")
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    with (
        tls_server(tmp_path / "tls.pem", tmp_path / "tls.key") as port,
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.version() == "TLSv1.3"


def test_the_fingerprint_is_the_one_that_openssl_shows(tmp_path: Path) -> None:
    said = self_signed(tmp_path).stdout
    shown = output_of("openssl", "x509", "-in", str(tmp_path / "tls.pem"), "-noout", "-fingerprint", "-sha256")
    fingerprint = shown.partition("=")[2].strip().replace(":", "").lower()
    assert f"\nSHA-256 fingerprint: {fingerprint}\n" in said
    assert "tls_certificate" in said


def test_only_its_owner_may_read_the_key_and_no_draft_is_left(tmp_path: Path) -> None:
    assert self_signed(tmp_path).exit_code == 0
    assert stat.S_IMODE((tmp_path / "tls.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tls.key", "tls.pem"]


@pytest.mark.parametrize("there", ["tls.pem", "tls.key"])
def test_a_file_that_is_there_is_kept_and_nothing_is_written(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    refused = self_signed(tmp_path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"The file {tmp_path / there} is there already; use --force to replace it.\n"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_force_replaces_both_and_the_new_key_is_private_whatever_the_old_one_was(tmp_path: Path) -> None:
    (tmp_path / "tls.key").write_text("mine")
    (tmp_path / "tls.key").chmod(0o644)
    assert self_signed(tmp_path, "--force").exit_code == 0
    assert stat.S_IMODE((tmp_path / "tls.key").stat().st_mode) == 0o600
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tmp_path / "tls.pem", tmp_path / "tls.key")


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    refused = self_signed(tmp_path / "gone")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"The file {tmp_path / 'gone' / 'tls.key'} cannot be written: No such file or directory.\n"


def test_everybody_may_read_the_certificate_although_the_program_makes_private_files(tmp_path: Path) -> None:
    old = os.umask(0o077)  # as the program's own start does
    try:
        assert self_signed(tmp_path).exit_code == 0
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "tls.pem").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "tls.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "up dates", "https://updates.contoso.com", "a..b", "x" * 254, "bücher.example"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    refused = self_signed(tmp_path, "--name", name)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.endswith(" is neither a DNS name nor an address.\n")
    assert list(tmp_path.iterdir()) == []


def test_the_same_file_for_both_is_wrong_usage(tmp_path: Path) -> None:
    arguments = ["certificate", "self-signed", "--certificate", str(tmp_path / "a"), "--key", str(tmp_path / "a")]
    assert CliRunner().invoke(command_line, arguments).exit_code == 2


def test_it_is_valid_for_as_many_days_as_were_asked_for(tmp_path: Path) -> None:
    assert self_signed(tmp_path, "--days", "10").exit_code == 0
    left = read_certificate(tmp_path / "tls.pem").not_after - datetime.now(UTC)
    assert timedelta(days=9, hours=23) < left <= timedelta(days=10)
