from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.signing_in_server import SigningInServer, server_certificate

from device_update_contract.refusals import InvalidValue
from device_update_http_authentication.identities import Credentials
from device_update_http_authentication.pinned_certificates import (
    CertificateNotPinned,
    InvalidFingerprint,
    parse_fingerprint,
    pinned_tls,
    shown_fingerprint,
)

DIGITS = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        DIGITS,
        DIGITS.upper(),
        f" {DIGITS}\n",
        f"sha256:{DIGITS}",
        ":".join(DIGITS[place : place + 2] for place in range(0, 64, 2)),
    ],
)
def test_a_fingerprint_is_read_in_any_usual_form(text: str) -> None:
    assert parse_fingerprint(text) == DIGITS


@pytest.mark.parametrize("text", ["", DIGITS[:-1], DIGITS + "0", "g" * 64, "SHA1:" + DIGITS[:40]])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(InvalidFingerprint):
        pinned_tls(text)


async def test_the_shown_fingerprint_is_the_certificates_own(tmp_path: Path) -> None:
    certificate = server_certificate(tmp_path)
    async with SigningInServer(certificate=certificate) as server:
        assert await shown_fingerprint("127.0.0.1", server.port) == certificate.fingerprint


async def test_a_pin_holds_for_plain_streams_too(tmp_path: Path) -> None:
    certificate = server_certificate(tmp_path)
    async with SigningInServer(certificate=certificate) as server:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=pinned_tls(certificate.fingerprint), server_hostname="any.name.at.all"
        )
        writer.transport.abort()
        with pytest.raises(CertificateNotPinned, match="pinned"):
            await asyncio.open_connection("127.0.0.1", server.port, ssl=pinned_tls(DIGITS))


def test_a_password_is_not_shown_and_a_name_without_form_refused() -> None:
    assert "horse" not in repr(Credentials("ada", "correct horse"))
    for name in ("", "a:b", "a\nb"):
        with pytest.raises(InvalidValue):
            Credentials(name, "correct horse")
