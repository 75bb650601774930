"""Changing the key of the stored passwords, also while the service runs, and whether its file is usable."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from device_update_contract.administration.server import HealthCheck
from device_update_contract.audit import AuditVerb
from device_update_contract.refusals import Refusal
from device_update_service.configuration.configuration import Configuration
from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable
from device_update_service.identity.account_key_file import (
    KEY_BYTES,
    KeyPlace,
    key_place,
    read_keys,
    replace_keys,
    sole_changer,
)
from device_update_service.storage.accounts import account_records
from device_update_service.storage.data_folder import DataFolder
from device_update_service.usecases.outcomes import Actor, AuditedAction, Outcome


class KeyKeptBySystemd(Refusal):
    """The key is a systemd credential, which only systemd can change."""

    code = "key-kept-by-systemd"

    def __init__(self) -> None:
        super().__init__(
            "The key is a systemd credential, which cannot be changed here. Copy it to a file that only the service's"
            " user can read, name that in accounts.key_file, and rotate it there."
        )


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """How many stored passwords the new key opens, and whose fitted no key, so that they have to be set again."""

    accounts: int
    lost: tuple[str, ...]


def place_of_account_key(configuration: Configuration, folder: DataFolder) -> KeyPlace:
    """Where the service's key is, by configuration and by what systemd has handed to this process."""
    return key_place(configuration.accounts.key_file, folder.account_key, os.environ)


def rotation(key: AccountKey, reencrypt: Callable[[], Reencrypted]) -> Iterator[Reencrypted | None]:
    """Change the key, one step after the other; what the last step yields is what was done.

    First the file gets the new key before the old one, then every hash is encrypted anew in one transaction
    (`reencrypt`), then the old key goes. Whoever is killed in or after any step leaves a file that opens every hash; a
    change that ended so is finished first.

    Raises:
        KeyKeptBySystemd. AccountKeyUnusable: when another command changes it now, or the disk refuses.
    """
    place = key.place
    if place.is_credential:
        raise KeyKeptBySystemd
    with sole_changer(place):
        current, *earlier = read_keys(place)
        if earlier:
            reencrypt()
            yield None
            replace_keys(place, [current])
            yield None
        new = secrets.token_bytes(KEY_BYTES)
        replace_keys(place, [new, current])
        yield None
        done = reencrypt()
        yield None
        replace_keys(place, [new])
        yield done


def reencrypt_passwords(key: AccountKey, actor: Actor) -> Outcome[Reencrypted]:
    """Encrypt every stored hash with the file's first key, in one transaction.

    A hash that fits no key stays as it is.

    Raises:
        AccountKeyUnusable: when the file became unusable.
    """
    done, lost = 0, []
    for record in account_records.all_accounts():
        if not record.nt_hash:
            continue
        try:
            nt_hash = key.decrypt(record.name_key, record.nt_hash)
        except AccountKeyUnusable:
            lost.append(record.name)
            continue
        account_records.change_account(record.id, {"nt_hash": key.encrypt(record.name_key, nt_hash)})
        done += 1
    action = AuditedAction(actor, AuditVerb.KEY_ROTATE, "account key", after={"accounts": done, "lost": list(lost)})
    return Outcome(Reencrypted(done, tuple(lost)), audited=(action,))


def account_key_check(key: AccountKey) -> HealthCheck:
    """Whether the file still is what it was read from; without it no password works after the next start."""
    key.look()
    if key.complaint is None:
        return HealthCheck(name="account-key", status="ok", detail="The key of the stored passwords is readable.")
    detail = f"{key.complaint} Passwords work until the service is restarted, and none can be set."
    return HealthCheck(name="account-key", status="failing", detail=detail)
