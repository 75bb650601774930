"""When a certificate or a TLS version becomes something to do, and how urgent it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_update_contract.health_sentences import HEALTH_SENTENCES
from device_update_contract.sentence_forms import all_taken_apart
from device_update_service.configuration.listeners import TlsVersion
from device_update_service.identity.certificates import read_certificate
from device_update_service.identity.self_signed_certificates import make_certificate
from device_update_service.usecases.certificate_health import ListenerName, TlsInUse, certificate_check, earliest_end

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def in_use(
    folder: Path,
    days: int = 90,
    minimum: TlsVersion = "1.2",
    listener: ListenerName = "external",
    failure: str | None = None,
) -> TlsInUse:
    path = folder / f"{listener}.pem"
    path.write_bytes(make_certificate(["localhost"], days, NOW).certificate)
    return TlsInUse(listener, read_certificate(path), minimum, failure)


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
    check = certificate_check([in_use(tmp_path)], NOW + timedelta(days=days_later))
    assert (check.name, check.status) == ("certificate", status)
    assert word in check.detail
    assert all_taken_apart(HEALTH_SENTENCES, check.detail)


def test_a_certificate_of_tomorrow_is_failing(tmp_path: Path) -> None:
    check = certificate_check([in_use(tmp_path)], NOW - timedelta(days=1))
    assert check.status == "failing"
    assert all_taken_apart(HEALTH_SENTENCES, check.detail)


@pytest.mark.parametrize(
    ("minimum", "status"), [("1.0", "degraded"), ("1.1", "degraded"), ("1.2", "ok"), ("1.3", "ok")]
)
def test_an_old_version_of_tls_is_degraded_and_named(tmp_path: Path, minimum: TlsVersion, status: str) -> None:
    check = certificate_check([in_use(tmp_path, minimum=minimum)], NOW)
    assert check.status == status
    assert (f"external listener allows TLS {minimum}" in check.detail) is (status == "degraded")
    assert all_taken_apart(HEALTH_SENTENCES, check.detail)


def test_the_worst_decides_and_each_is_named(tmp_path: Path) -> None:
    other = in_use(tmp_path, 90, "1.1", "administration", "The key does not fit.")
    check = certificate_check([in_use(tmp_path, 30), other], NOW + timedelta(days=40))
    assert check.status == "failing"
    for part in ("external.pem) expired", "administration listener allows TLS 1.1", "The key does not fit."):
        assert part in check.detail


def test_a_new_file_that_was_not_taken_is_degraded(tmp_path: Path) -> None:
    assert certificate_check([in_use(tmp_path, failure="The key does not fit.")], NOW).status == "degraded"


def test_the_earliest_end_counts(tmp_path: Path) -> None:
    first, second = in_use(tmp_path, 30), in_use(tmp_path, 90, listener="administration")
    assert earliest_end([second, first]) == first.certificate.not_after
    assert earliest_end([]) is None


def test_a_service_without_tls_is_well() -> None:
    assert certificate_check([], NOW).status == "ok"
