"""The key that encrypts the accounts' NT hashes (AES-256-GCM), in a file that only the service's user can read.

An NT hash is as good as the password, so the database alone must not give it away: a backup of the database without
this file holds nothing that signs anyone in, and a lost file means that every password has to be set again.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from device_update_contract.refusals import Refusal

_KEY_BYTES = 32
_NONCE_BYTES = 12


class AccountKeyUnusable(Refusal):
    """The key file cannot be read or made, others could read it, or it did not encrypt what it should open."""

    code = "account-key-unusable"


class AccountKey:
    """Encrypts and opens NT hashes; the account's name is bound to its hash, so that rows cannot be swapped."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def encrypt(self, name_key: str, nt_hash: bytes) -> bytes:
        """The hash as it is stored: nonce, then ciphertext with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, nt_hash, _bound_to(name_key))

    def decrypt(self, name_key: str, stored: bytes) -> bytes:
        """The NT hash of the account with this name in its compared form.

        Raises:
            AccountKeyUnusable: when it was encrypted with another key or for another account, or was damaged.
        """
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _bound_to(name_key))
        except (InvalidTag, ValueError) as error:
            raise AccountKeyUnusable(
                f"The stored password of the account {name_key} does not fit the key file; set the password again.",
                parameters={"account": name_key},
            ) from error


def _bound_to(name_key: str) -> bytes:
    return b"device-update account nt-hash 1\0" + name_key.encode()


def load_account_key(path: Path) -> AccountKey:
    """Read the key, or make it at its first use; two processes that make it at once end up with the same one.

    Raises:
        AccountKeyUnusable: when the file is not a key, its group or others may read it, or the disk refuses.
    """
    try:
        if not path.exists():
            _make(path)
        return AccountKey(_read(path))
    except OSError as error:
        raise AccountKeyUnusable(f"The key file {path} cannot be used: {error.strerror}.") from error


def _make(path: Path) -> None:
    """Write under a name of its own, then link: the key is there whole or not at all, and the first one stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.write(descriptor, secrets.token_bytes(_KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise AccountKeyUnusable(
                f"The key file {path} can be read or changed by other users; allow its owner only (chmod 600)."
            )
        key = os.read(descriptor, _KEY_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(key) != _KEY_BYTES:
        raise AccountKeyUnusable(f"The key file {path} is damaged: {_KEY_BYTES} bytes are expected.")
    return key
