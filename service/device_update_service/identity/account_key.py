"""The key that encrypts the accounts' NT hashes (AES-256-GCM), as its file holds it now.

An NT hash is as good as the password, so the database alone must not give it away: a backup of the database without
the key file holds nothing that signs anyone in, and a lost file means that every password has to be set again.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from device_update_service.identity.account_key_file import AccountKeyUnusable, KeyPlace, make_key, read_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["AccountKey", "AccountKeyUnusable", "load_account_key"]

_log = logging.getLogger(__name__)

_NONCE_BYTES = 12
_REMEMBERED = 4


class AccountKey:
    """Encrypts and opens NT hashes; the account's name is bound to its hash, so that rows cannot be swapped.

    The file is looked at each time and read again when it has changed. A command that changes the key writes the file
    before its transaction, so that what is encrypted inside a later transaction is encrypted with the new key. Keys
    that the file held before open hashes that somebody read a moment before the change.
    """

    def __init__(self, place: KeyPlace) -> None:
        """Read the file.

        Raises:
            AccountKeyUnusable.
        """
        self.place = place
        self.complaint: str | None = None
        """What is wrong with the file since it was last read well; what it held then still opens what is stored."""
        self._stamp = self._stamp_now()
        self._ciphers = _ciphers_of(read_keys(place))
        """By key, the one that encrypts first."""

    def encrypt(self, name_key: str, nt_hash: bytes) -> bytes:
        """The hash as it is stored: nonce, then ciphertext with its tag. To be called in the writer's transaction.

        Raises:
            AccountKeyUnusable: when the file is damaged or gone by now, so that nothing would open the hash later.
        """
        self.look()
        if self.complaint is not None:
            raise AccountKeyUnusable(self.complaint)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + next(iter(self._ciphers.values())).encrypt(nonce, nt_hash, _bound_to(name_key))

    def decrypt(self, name_key: str, stored: bytes) -> bytes:
        """The NT hash of the account with this name in its compared form.

        Raises:
            AccountKeyUnusable: when it was encrypted with another key or for another account, or was damaged.
        """
        from cryptography.exceptions import InvalidTag

        self.look()
        for cipher in self._ciphers.values():
            try:
                return cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _bound_to(name_key))
            except (InvalidTag, ValueError):
                continue
        raise AccountKeyUnusable(
            f"The stored password of the account {name_key} does not fit the key file; set the password again.",
            parameters={"account": name_key},
        )

    def look(self) -> None:
        """Read the file again if it has changed; one that became unusable is told once, and what it held is kept."""
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            keys = read_keys(self.place)
        except AccountKeyUnusable as error:
            self.complaint = error.sentence
            _log.error("%s", error.sentence)
        else:
            self._ciphers = _ciphers_of(tuple(dict.fromkeys((*keys, *self._ciphers)))[:_REMEMBERED])
            self.complaint = None

    def _stamp_now(self) -> tuple[int, ...] | None:
        """What tells that the file was replaced or changed; taken before it is read, so that no change is missed."""
        try:
            found = self.place.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def load_account_key(place: KeyPlace) -> AccountKey:
    """The key, made at its first use.

    Raises:
        AccountKeyUnusable: when the file is not a key, its group or others may read it, or the disk refuses.
    """
    make_key(place)
    return AccountKey(place)


def _ciphers_of(keys: tuple[bytes, ...]) -> dict[bytes, AESGCM]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return {key: AESGCM(key) for key in keys}


def _bound_to(name_key: str) -> bytes:
    return b"device-update account nt-hash 1\0" + name_key.encode()
