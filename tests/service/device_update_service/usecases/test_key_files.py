"""Who may read the files that must stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_update_contract.health_sentences import HEALTH_SENTENCES
from device_update_contract.sentence_forms import all_taken_apart
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.listeners import Listeners, SecureListener
from device_update_service.identity.account_key_file import KeyPlace
from device_update_service.usecases.key_files import key_files, key_files_check


@pytest.mark.parametrize(
    ("name", "mode", "status"),
    [
        ("account.key", 0o600, "ok"),
        ("account.key", 0o640, "degraded"),
        ("account.key", 0o604, "degraded"),
        ("tls.key", 0o600, "ok"),
        ("tls.key", 0o640, "ok"),
        ("tls.key", 0o660, "degraded"),
        ("tls.key", 0o644, "degraded"),
    ],
)
def test_only_the_group_may_read_a_key_of_tls_and_nobody_that_of_the_passwords(
    tmp_path: Path, name: str, mode: int, status: str
) -> None:
    for file in ("account.key", "tls.key"):
        (tmp_path / file).write_bytes(b"secret")
        (tmp_path / file).chmod(0o600)
    (tmp_path / name).chmod(mode)
    files = {"tls_certificate": tmp_path / "tls.pem", "tls_key": tmp_path / "tls.key"}
    listener = SecureListener(address=Address(host="127.0.0.1", port=0), **files)
    check = key_files_check(key_files(KeyPlace(tmp_path / "account.key"), Listeners(external=listener)))
    assert (check.name, check.status) == ("key-files", status)
    assert (f"chmod 600 {tmp_path / name}" in check.detail) is (status == "degraded")
    assert all_taken_apart(HEALTH_SENTENCES, check.detail)


def test_a_key_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert key_files_check(key_files(KeyPlace(tmp_path / "account.key"), Listeners())).status == "ok"


def test_permissions_that_cannot_be_seen_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    check = key_files_check(key_files(KeyPlace(tmp_path / "file" / "account.key"), Listeners()))
    assert (check.status, "cannot be seen" in check.detail) == ("degraded", True)
