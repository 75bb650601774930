"""When a certificate or a TLS version becomes something to do, and how urgent it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.listeners import Listeners, SecureListener, TlsVersion
from device_update_service.identity.certificates import read_certificate
from device_update_service.identity.self_signed_certificates import make_certificate
from device_update_service.usecases.certificate_health import certificate_check, earliest_end, listeners_with_tls

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = Address(host="127.0.0.1", port=0)


def listener(folder: Path, name: str, days: int = 90, minimum: TlsVersion = "1.2") -> SecureListener:
    path = folder / f"{name}.pem"
    path.write_bytes(make_certificate(["localhost"], days, NOW).certificate)
    return SecureListener(address=ADDRESS, tls_certificate=path, tls_key=folder / f"{name}.key", tls_minimum=minimum)


@pytest.mark.parametrize(
    ("days_later", "status", "word"),
    [
        (1, "ok", "valid until 2026-05-30"),
        (61, "degraded", "expires on 2026-05-30"),
        (91, "failing", "expired on 2026-05-30"),
    ],
)
def test_the_last_third_is_degraded_and_the_end_is_failing(
    tmp_path: Path, days_later: int, status: str, word: str
) -> None:
    with_tls = listeners_with_tls(Listeners(external=listener(tmp_path, "external")))
    check = certificate_check(with_tls, NOW + timedelta(days=days_later))
    assert (check.name, check.status) == ("certificate", status)
    assert word in check.detail


def test_a_certificate_of_tomorrow_is_failing(tmp_path: Path) -> None:
    with_tls = listeners_with_tls(Listeners(external=listener(tmp_path, "external")))
    assert certificate_check(with_tls, NOW - timedelta(days=1)).status == "failing"


@pytest.mark.parametrize(
    ("minimum", "status"), [("1.0", "degraded"), ("1.1", "degraded"), ("1.2", "ok"), ("1.3", "ok")]
)
def test_an_old_version_of_tls_is_degraded_and_named(tmp_path: Path, minimum: TlsVersion, status: str) -> None:
    with_tls = listeners_with_tls(Listeners(external=listener(tmp_path, "external", minimum=minimum)))
    check = certificate_check(with_tls, NOW)
    assert check.status == status
    assert (f"external listener allows TLS {minimum}" in check.detail) is (status == "degraded")


def test_the_worst_decides_and_each_is_named(tmp_path: Path) -> None:
    listeners = Listeners(external=listener(tmp_path, "external", 30), admin=listener(tmp_path, "admin", 90, "1.1"))
    check = certificate_check(listeners_with_tls(listeners), NOW + timedelta(days=40), ["A new file was not taken."])
    assert check.status == "failing"
    for part in ("external.pem) expired", "administration listener allows TLS 1.1", "A new file was not taken."):
        assert part in check.detail


def test_a_new_file_that_was_not_taken_is_degraded(tmp_path: Path) -> None:
    with_tls = listeners_with_tls(Listeners(external=listener(tmp_path, "external")))
    assert certificate_check(with_tls, NOW, ["A new file was not taken."]).status == "degraded"


def test_a_file_that_is_gone_is_degraded_since_the_old_one_is_still_in_use(tmp_path: Path) -> None:
    gone = listener(tmp_path, "external")
    assert gone.tls_certificate is not None
    gone.tls_certificate.unlink()
    check = certificate_check(listeners_with_tls(Listeners(external=gone)), NOW)
    assert (check.status, "cannot be read" in check.detail) == ("degraded", True)


def test_the_earliest_end_counts(tmp_path: Path) -> None:
    listeners = Listeners(external=listener(tmp_path, "external", 30), admin=listener(tmp_path, "admin", 90))
    assert listeners.external is not None
    assert listeners.external.tls_certificate is not None
    expected = read_certificate(listeners.external.tls_certificate).not_after
    assert earliest_end(listeners_with_tls(listeners)) == expected
    assert earliest_end(listeners_with_tls(Listeners())) is None
