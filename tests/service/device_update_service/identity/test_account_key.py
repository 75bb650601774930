from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable, load_account_key
from device_update_service.identity.account_key_file import KeyPlace, key_place, replace_keys, sole_changer

HASH = bytes(range(16))
OLD, NEW = bytes(32), bytes([7]) * 32


def place(folder: Path) -> KeyPlace:
    return KeyPlace(folder / "account.key")


def test_a_hash_comes_back_and_is_not_readable_in_between(tmp_path: Path) -> None:
    key = load_account_key(place(tmp_path))
    stored = key.encrypt("anna", HASH)
    assert HASH not in stored
    assert key.encrypt("anna", HASH) != stored
    assert load_account_key(place(tmp_path)).decrypt("anna", stored) == HASH


def test_a_hash_cannot_be_moved_to_another_account(tmp_path: Path) -> None:
    key = load_account_key(place(tmp_path))
    with pytest.raises(AccountKeyUnusable):
        key.decrypt("otto", key.encrypt("anna", HASH))


@pytest.mark.parametrize("length", [0, 5, 12, 43])
def test_a_damaged_hash_is_refused(tmp_path: Path, length: int) -> None:
    key = load_account_key(place(tmp_path))
    with pytest.raises(AccountKeyUnusable, match="anna"):
        key.decrypt("anna", key.encrypt("anna", HASH)[:length])


def test_only_the_owner_can_read_the_key_file(tmp_path: Path) -> None:
    load_account_key(place(tmp_path))
    assert place(tmp_path).path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["account.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_account_key(place(tmp_path))
    place(tmp_path).path.chmod(mode)
    with pytest.raises(AccountKeyUnusable, match="chmod 600"):
        load_account_key(place(tmp_path))


@pytest.mark.parametrize("content", [b"", b"short", bytes(33), bytes(63), bytes(65), bytes(96)])
def test_a_key_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    path = place(tmp_path).path
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AccountKeyUnusable, match="damaged"):
        load_account_key(place(tmp_path))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    load_account_key(KeyPlace(tmp_path / "elsewhere"))
    place(tmp_path).path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AccountKeyUnusable):
        load_account_key(place(tmp_path))


def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AccountKeyUnusable, match="No such file"):
        load_account_key(KeyPlace(tmp_path / "none" / "account.key"))


def test_whoever_makes_the_key_at_once_gets_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_account_key(place(tmp_path)), range(16)))
    stored = keys[0].encrypt("anna", HASH)
    assert {key.decrypt("anna", stored) for key in keys} == {HASH}
    assert [entry.name for entry in tmp_path.iterdir()] == ["account.key"]


def _key_of(folder: Path, *keys: bytes) -> AccountKey:
    replace_keys(place(folder), keys)
    return AccountKey(place(folder))


def test_in_the_middle_of_a_change_the_new_key_encrypts_and_both_open(tmp_path: Path) -> None:
    before = _key_of(tmp_path, OLD).encrypt("anna", HASH)
    key = _key_of(tmp_path, NEW, OLD)
    assert key.decrypt("anna", before) == HASH
    assert _key_of(tmp_path, NEW).decrypt("anna", key.encrypt("anna", HASH)) == HASH


def test_a_key_that_is_in_use_follows_its_file(tmp_path: Path) -> None:
    key = _key_of(tmp_path, OLD)
    before = key.encrypt("anna", HASH)
    replace_keys(place(tmp_path), [NEW])
    after = key.encrypt("anna", HASH)
    assert key.decrypt("anna", before) == HASH, "somebody may have read it a moment before the change"
    fresh = AccountKey(place(tmp_path))
    assert fresh.decrypt("anna", after) == HASH
    with pytest.raises(AccountKeyUnusable):
        fresh.decrypt("anna", before)


@pytest.mark.expects_log_records(r"^The key file .* is damaged")
def test_a_file_that_is_damaged_at_run_time_opens_what_it_did_but_encrypts_nothing(tmp_path: Path) -> None:
    key = _key_of(tmp_path, OLD)
    stored = key.encrypt("anna", HASH)
    place(tmp_path).path.write_bytes(b"damaged")
    assert key.decrypt("anna", stored) == HASH
    with pytest.raises(AccountKeyUnusable, match="damaged"):
        key.encrypt("anna", HASH)
    replace_keys(place(tmp_path), [OLD])
    assert key.encrypt("anna", HASH)
    assert key.complaint is None


@pytest.mark.expects_log_records(r"^The key file ")
@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.chmod(0o644)])
def test_a_file_that_is_gone_or_opened_to_others_at_run_time_encrypts_nothing(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    key = _key_of(tmp_path, OLD)
    spoil(place(tmp_path).path)
    with pytest.raises(AccountKeyUnusable):
        key.encrypt("anna", HASH)
    assert key.complaint is not None


def test_a_draft_that_a_killed_change_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "account.key.new").write_bytes(b"half")
    assert _key_of(tmp_path, NEW).decrypt("anna", _key_of(tmp_path, NEW).encrypt("anna", HASH)) == HASH
    assert [entry.name for entry in tmp_path.iterdir()] == ["account.key"]


def test_only_one_command_changes_the_key_at_a_time(tmp_path: Path) -> None:
    changing = ExitStack()
    changing.enter_context(sole_changer(place(tmp_path)))
    with pytest.raises(AccountKeyUnusable, match="another command"):
        ExitStack().enter_context(sole_changer(place(tmp_path)))
    changing.close()
    ExitStack().enter_context(sole_changer(place(tmp_path)))


def test_the_configured_file_goes_before_the_credential_and_that_before_the_data_folder(tmp_path: Path) -> None:
    configured, own = tmp_path / "configured", tmp_path / "account.key"
    credentials = tmp_path / "credentials"
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert key_place(None, own, {}) == KeyPlace(own)
    assert key_place(None, own, environment) == KeyPlace(own), "systemd handed over other credentials only"
    credentials.mkdir()
    (credentials / "account.key").write_bytes(OLD)
    assert key_place(None, own, environment) == KeyPlace(credentials / "account.key", is_credential=True)
    assert key_place(configured, own, environment) == KeyPlace(configured)


def test_a_credential_has_rights_of_the_group_that_are_systemds_access_list(tmp_path: Path) -> None:
    path = tmp_path / "account.key"
    path.write_bytes(OLD)
    path.chmod(0o440)
    assert AccountKey(KeyPlace(path, is_credential=True)).encrypt("anna", HASH)
    path.chmod(0o444)
    with pytest.raises(AccountKeyUnusable):
        AccountKey(KeyPlace(path, is_credential=True))
