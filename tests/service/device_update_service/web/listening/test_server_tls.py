"""TLS of a listener: versions, the certificate of each connection, and new certificates while connections go on."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import warnings
from pathlib import Path

import pytest
import trustme
from tests.support.answering_sites import Client, answering_site, client, secure, trusting, until, write_certificate
from tests.support.programs import required_program

from device_update_service.identity.certificates import CertificateUnusable, read_certificate
from device_update_service.web.listening import sites
from device_update_service.web.listening.server_tls import ServerTls

STAYS = pytest.mark.expects_log_records("The certificate before stays in use")


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    return authority


def tls_of(folder: Path) -> ServerTls:
    return ServerTls(folder / "tls.pem", folder / "tls.key", "1.2")


def binding(folder: Path) -> str:
    found = read_certificate(folder / "tls.pem").endpoint_binding
    assert found is not None
    return found.hex()


def only(version: ssl.TLSVersion, authority: trustme.CA) -> ssl.SSLContext:
    """A client of one version, old or new, that makes no demands on ciphers."""
    context = trusting(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


def version_of(one: Client) -> str:
    found = one.writer.get_extra_info("ssl_object").version()
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("rsa", [False, True])
@pytest.mark.parametrize(
    ("minimum", "spoken"),
    [
        ("1.0", ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]),
        ("1.1", ["TLSv1.1", "TLSv1.2", "TLSv1.3"]),
        ("1.2", ["TLSv1.2", "TLSv1.3"]),
        ("1.3", ["TLSv1.3"]),
        (None, ["TLSv1.2", "TLSv1.3"]),
    ],
)
async def test_a_listener_speaks_the_versions_from_its_minimum_on(
    tmp_path: Path, authority: trustme.CA, minimum: str | None, spoken: list[str], rsa: bool
) -> None:
    write_certificate(tmp_path, authority, rsa=rsa)
    heard = []
    configured = {} if minimum is None else {"tls_minimum": minimum}
    async with answering_site(secure(tmp_path, **configured)) as site:
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            try:
                async with client(site.port, tls=only(version, authority)) as one:
                    assert (await one.ask())[0] == 200
                    heard.append(version_of(one))
            except (ssl.SSLError, ConnectionError):
                continue
    assert heard == spoken


async def test_a_listener_for_old_clients_has_no_cipher_without_key_or_encryption(
    tmp_path: Path, authority: trustme.CA
) -> None:
    assert authority is not None
    old = ServerTls(tmp_path / "tls.pem", tmp_path / "tls.key", "1.0")
    descriptions = [cipher["description"] for cipher in old.context.get_ciphers()]
    assert descriptions
    assert [text for text in descriptions if "Au=None" in text or "Enc=None" in text] == []


async def test_openssl_speaks_tls_1_0_with_a_listener_that_allows_it(tmp_path: Path, authority: trustme.CA) -> None:
    openssl = required_program("openssl", "openssl")
    async with answering_site(secure(tmp_path, tls_minimum="1.0")) as site:
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        process = await asyncio.create_subprocess_exec(
            openssl, "s_client", "-connect", f"127.0.0.1:{site.port}", "-tls1", "-cipher", "DEFAULT:@SECLEVEL=0",
            "-CAfile", str(tmp_path / "authority.pem"), "-verify_return_error", "-quiet", "-ign_eof",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert output.startswith(b"HTTP/1.1 200"), errors.decode()


async def test_http_1_1_is_what_is_negotiated(tmp_path: Path, authority: trustme.CA) -> None:
    context = trusting(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with answering_site(secure(tmp_path)) as site, client(site.port, tls=context) as one:
        assert one.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"


async def test_connections_keep_their_certificate_and_new_ones_get_the_new(
    tmp_path: Path, authority: trustme.CA
) -> None:
    context = trusting(authority)
    async with answering_site(secure(tmp_path)) as site, client(site.port, tls=context) as first:
        before = binding(tmp_path)
        assert (await first.ask())[1]["binding"] == before
        write_certificate(tmp_path, authority)
        assert site.site.tls is not None
        site.site.tls.reload()
        async with client(site.port, tls=context) as second:
            assert (await second.ask())[1]["binding"] == binding(tmp_path) != before
        assert (await first.ask())[1]["binding"] == before


async def test_a_session_is_resumed_with_its_own_certificate_and_not_beyond_it(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """Both kinds: the tickets of TLS 1.3, and those of 1.2."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        write_certificate(tmp_path, authority)
        context = only(version, authority)
        async with answering_site(secure(tmp_path)) as site:
            session, reused, before = await asyncio.to_thread(_resume, site.port, context, None)
            assert not reused
            session, reused, again = await asyncio.to_thread(_resume, site.port, context, session)
            assert (reused, again) == (True, before)
            write_certificate(tmp_path, authority)
            assert site.site.tls is not None
            site.site.tls.reload()
            _, reused, after = await asyncio.to_thread(_resume, site.port, context, session)
            assert (reused, after) == (False, binding(tmp_path))


def _resume(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None) -> tuple[ssl.SSLSession, bool, str]:
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: tls.recv(65536), b""))
        assert tls.session is not None
        return tls.session, bool(tls.session_reused), json.loads(answer.partition(b"\r\n\r\n")[2])["binding"]


async def test_changed_files_are_seen_without_a_signal(
    tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "_LOOK_SECONDS", 0.01)
    async with answering_site(secure(tmp_path)) as site, asyncio.timeout(60):
        write_certificate(tmp_path, authority)
        heard = None
        while heard != binding(tmp_path):
            async with client(site.port, tls=trusting(authority)) as one:
                heard = (await one.ask())[1]["binding"]


def test_files_that_stay_the_same_are_not_read_again(tmp_path: Path, authority: trustme.CA) -> None:
    assert authority is not None
    tls = tls_of(tmp_path)
    before = tls.context
    tls.reload_if_changed()
    assert tls.context is before
    os.utime(tmp_path / "tls.key")
    tls.reload_if_changed()
    assert tls.context is not before


@STAYS
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("tls.key", None, "The key {key} cannot be read: No such file or directory."),
        ("tls.pem", None, "The certificate {pem} cannot be read: No such file or directory."),
        ("tls.key", "other", "The key {key} does not belong to the certificate {pem}."),
        ("tls.key", b"-----BEGIN PRIVATE KEY-----\nMIG", "The certificate {pem} cannot be used with the key {key}: "),
        ("tls.pem", b"-----BEGIN CERTIFICATE-----\nMIIB", "The file {pem} is not a certificate in PEM form."),
        ("tls.pem", b"", "The file {pem} is not a certificate in PEM form."),
    ],
)
def test_files_that_cannot_be_used_leave_the_certificate_before_and_are_tried_again(
    tmp_path: Path,
    authority: trustme.CA,
    name: str,
    content: bytes | str | None,
    sentence: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tls = tls_of(tmp_path)
    before, was = tls.context, (tmp_path / name).read_bytes()
    if content is None:
        (tmp_path / name).unlink()
    else:
        other = authority.issue_cert("localhost", key_type=trustme.KeyType.ECDSA).private_key_pem.bytes()
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else other)
    for _ in range(3):
        tls.reload_if_changed()
    assert tls.context is before
    expected = sentence.format(key=tmp_path / "tls.key", pem=tmp_path / "tls.pem")
    assert tls.failure is not None
    assert tls.failure.startswith(expected)
    assert len(caplog.records) == 1
    with pytest.raises(CertificateUnusable):
        tls_of(tmp_path)  # at a start there is none before
    (tmp_path / name).write_bytes(was)
    tls.reload_if_changed()
    assert tls.failure is None
    assert tls.context is not before


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path, authority: trustme.CA) -> None:
    from cryptography.hazmat.primitives import serialization

    assert authority is not None
    key = serialization.load_pem_private_key((tmp_path / "tls.key").read_bytes(), None)
    protected = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"correct horse"),
    )
    (tmp_path / "tls.key").write_bytes(protected)
    with pytest.raises(CertificateUnusable, match="protected by a password"):
        tls_of(tmp_path)


async def test_a_handshake_has_little_time(
    tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert authority is not None
    monkeypatch.setattr(sites, "_HANDSHAKE_SECONDS", 0.05)
    async with answering_site(secure(tmp_path)) as site, client(site.port) as slow:
        await slow.send(b"\x16\x03\x01")
        assert await slow.is_closed()
        await until(lambda: site.site.open.total == 0)
