from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from device_update_service.identity.account_key import AccountKeyUnusable, load_account_key

HASH = bytes(range(16))


def test_a_hash_comes_back_and_is_not_readable_in_between(tmp_path: Path) -> None:
    key = load_account_key(tmp_path / "account.key")
    stored = key.encrypt("anna", HASH)
    assert HASH not in stored
    assert key.encrypt("anna", HASH) != stored
    assert load_account_key(tmp_path / "account.key").decrypt("anna", stored) == HASH


def test_a_hash_cannot_be_moved_to_another_account(tmp_path: Path) -> None:
    key = load_account_key(tmp_path / "account.key")
    with pytest.raises(AccountKeyUnusable):
        key.decrypt("otto", key.encrypt("anna", HASH))


@pytest.mark.parametrize("length", [0, 5, 12, 43])
def test_a_damaged_hash_is_refused(tmp_path: Path, length: int) -> None:
    key = load_account_key(tmp_path / "account.key")
    with pytest.raises(AccountKeyUnusable, match="anna"):
        key.decrypt("anna", key.encrypt("anna", HASH)[:length])


def test_only_the_owner_can_read_the_key_file(tmp_path: Path) -> None:
    path = tmp_path / "account.key"
    load_account_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["account.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "account.key"
    load_account_key(path)
    path.chmod(mode)
    with pytest.raises(AccountKeyUnusable, match="chmod 600"):
        load_account_key(path)


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_key_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "account.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AccountKeyUnusable, match="damaged"):
        load_account_key(path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    load_account_key(tmp_path / "elsewhere")
    (tmp_path / "account.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AccountKeyUnusable):
        load_account_key(tmp_path / "account.key")


def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AccountKeyUnusable, match="No such file"):
        load_account_key(tmp_path / "none" / "account.key")


def test_whoever_makes_the_key_at_once_gets_the_same(tmp_path: Path) -> None:
    path = tmp_path / "account.key"
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_account_key(path), range(16)))
    stored = keys[0].encrypt("anna", HASH)
    assert {key.decrypt("anna", stored) for key in keys} == {HASH}
    assert [entry.name for entry in tmp_path.iterdir()] == ["account.key"]
