from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from tests.support.stores import Stores

from device_update_contract.administration.roles import Role
from device_update_service.configuration.configuration import Configuration
from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable, load_account_key
from device_update_service.identity.account_key_file import KeyPlace, read_keys, sole_changer
from device_update_service.storage.accounts import account_records
from device_update_service.usecases import accounts
from device_update_service.usecases.account_keys import (
    KeyKeptBySystemd,
    Reencrypted,
    account_key_check,
    place_of_account_key,
    reencrypt_passwords,
    rotation,
)
from device_update_service.usecases.outcomes import Actor

NAMES = ("anna", "Otto", "helga")
STEPS = range(5)
ACTOR = Actor("host:root")


def _hash_of(name: str) -> bytes:
    return name.encode().ljust(16, b".")


@pytest.fixture
def key(stores: Stores) -> AccountKey:
    """The key of a service with three accounts."""
    key = load_account_key(KeyPlace(stores.folder.account_key))
    for name in NAMES:
        stores.write(
            partial(
                accounts.add_account,
                name=name,
                role=Role.OPERATOR,
                nt_hash=_hash_of(name),
                enabled=True,
                key=key,
                actor=ACTOR,
                now=datetime(2026, 5, 3, tzinfo=UTC),
            )
        )
    return key


def _rotation_on(stores: Stores, key: AccountKey) -> Iterable[Reencrypted | None]:
    return rotation(key, lambda: stores.write(partial(reencrypt_passwords, key, ACTOR)).answer)


def _opened(stores: Stores, key: AccountKey) -> dict[str, bytes]:
    records = stores.read(account_records.all_accounts)
    return {record.name: key.decrypt(record.name_key, record.nt_hash) for record in records}


HASHES = {name: _hash_of(name) for name in NAMES}


def test_after_a_change_only_the_new_key_opens_the_passwords(stores: Stores, key: AccountKey) -> None:
    (old,) = read_keys(key.place)
    *_, done = _rotation_on(stores, key)
    assert done == Reencrypted(3, ())
    (new,) = read_keys(key.place)
    assert new != old
    assert _opened(stores, AccountKey(key.place)) == HASHES
    elsewhere = KeyPlace(stores.folder.root / "old.key")
    elsewhere.path.write_bytes(old)
    elsewhere.path.chmod(0o600)
    with pytest.raises(AccountKeyUnusable):
        _opened(stores, AccountKey(elsewhere))


@pytest.mark.parametrize("killed_after", STEPS)
@pytest.mark.parametrize("killed_again_after", STEPS)
def test_whenever_a_change_is_killed_every_password_opens_and_the_next_change_finishes_it(
    stores: Stores, key: AccountKey, killed_after: int, killed_again_after: int
) -> None:
    for steps in (killed_after, killed_again_after):
        for place, _ in enumerate(_rotation_on(stores, AccountKey(key.place))):
            if place == steps:
                break
        assert _opened(stores, AccountKey(key.place)) == HASHES, "a service that starts now"
        assert _opened(stores, key) == HASHES, "a service that runs"
    *_, done = _rotation_on(stores, AccountKey(key.place))
    assert done == Reencrypted(3, ())
    assert len(read_keys(key.place)) == 1
    assert _opened(stores, AccountKey(key.place)) == HASHES


@pytest.mark.parametrize("step", range(3))
def test_a_password_that_is_set_in_the_middle_of_a_change_opens_after_it(
    stores: Stores, key: AccountKey, step: int
) -> None:
    values = accounts.AccountValues(nt_hash=_hash_of("changed"))
    for place, _ in enumerate(_rotation_on(stores, AccountKey(key.place))):
        if place == step:
            stores.write(partial(accounts.change_account, name="otto", values=values, key=key, actor=ACTOR))
    assert _opened(stores, AccountKey(key.place)) == HASHES | {"Otto": _hash_of("changed")}


def test_a_password_that_fits_no_key_is_named_and_the_others_are_changed(stores: Stores, key: AccountKey) -> None:
    (anna,) = [record for record in stores.read(account_records.all_accounts) if record.name == "anna"]
    stores.write(partial(account_records.change_account, anna.id, {"nt_hash": b"damaged"}))
    *_, done = _rotation_on(stores, key)
    assert done == Reencrypted(2, ("anna",))


def test_the_change_is_on_the_audit_trail_without_the_key(stores: Stores, key: AccountKey) -> None:
    outcome = stores.write(partial(reencrypt_passwords, key, ACTOR))
    (action,) = outcome.audited
    assert (action.verb.value, action.object, action.after) == (
        "key.rotate",
        "account key",
        {"accounts": 3, "lost": []},
    )


def test_a_credential_of_systemd_is_not_changed(stores: Stores, key: AccountKey) -> None:
    credential = AccountKey(KeyPlace(key.place.path, is_credential=True))
    before = read_keys(key.place)
    with pytest.raises(KeyKeptBySystemd, match="systemd credential"):
        list(_rotation_on(stores, credential))
    assert read_keys(key.place) == before


def test_a_second_change_at_the_same_time_is_refused(stores: Stores, key: AccountKey) -> None:
    with sole_changer(key.place), pytest.raises(AccountKeyUnusable, match="another command"):
        list(_rotation_on(stores, key))
    assert _opened(stores, AccountKey(key.place)) == HASHES


@pytest.mark.expects_log_records(r"^The key file ")
def test_health_says_that_the_file_is_gone_before_the_next_start_shows_it(stores: Stores, key: AccountKey) -> None:
    assert account_key_check(key).status == "ok"
    key.place.path.unlink()
    check = account_key_check(key)
    assert check.status == "failing"
    assert "No such file" in check.detail
    assert "none can be set" in check.detail


def test_the_configuration_names_the_file(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert place_of_account_key(Configuration(), stores.folder) == KeyPlace(stores.folder.account_key)
    named = Configuration.model_validate({"accounts": {"key_file": str(tmp_path / "my.key")}})
    assert place_of_account_key(named, stores.folder) == KeyPlace(tmp_path / "my.key")
