"""The file that holds the key of the stored passwords: where it is, how it is read, made and replaced.

It holds one key of 32 bytes, or, while the key is being changed, the new one and then the one before it: whoever is
killed in the middle of a change leaves a file that opens every stored hash, whichever of the two encrypted it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_contract.refusals import Refusal

KEY_BYTES: Final = 32
_MOST_KEYS: Final = 2
_CREDENTIAL: Final = "account.key"


class AccountKeyUnusable(Refusal):
    """The key file cannot be read or made, others could read it, or it did not encrypt what it should open."""

    code = "account-key-unusable"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key is; as a systemd credential it is kept by systemd, and never made or changed here."""

    path: Path
    is_credential: bool = False


def key_place(key_file: Path | None, in_data_folder: Path, environment: Mapping[str, str]) -> KeyPlace:
    """The configured file, else systemd's credential ``account.key`` where there is one, else the data folder's."""
    if key_file is not None:
        return KeyPlace(key_file)
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / _CREDENTIAL).exists():
        return KeyPlace(Path(credentials) / _CREDENTIAL, is_credential=True)
    return KeyPlace(in_data_folder)


def read_keys(place: KeyPlace) -> tuple[bytes, ...]:
    """The keys of the file: the one that encrypts, and the one before it while it is being changed.

    systemd shows a credential's access list as rights of the group, so that only the others' rights count there.

    Raises:
        AccountKeyUnusable: when it holds no key, others may read it, or it cannot be read.
    """
    try:
        descriptor = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC | (0 if place.is_credential else os.O_NOFOLLOW))
        try:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, _MOST_KEYS * KEY_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unusable(place.path, error) from error
    if mode & (0o007 if place.is_credential else 0o077):
        raise AccountKeyUnusable(
            f"The key file {place.path} can be read or changed by other users; allow its owner only (chmod 600)."
        )
    if len(content) not in {KEY_BYTES, _MOST_KEYS * KEY_BYTES}:
        raise AccountKeyUnusable(f"The key file {place.path} is damaged: {KEY_BYTES} bytes are expected.")
    return tuple(content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES))


def make_key(place: KeyPlace) -> None:
    """Make the file if there is none; two processes that do so at once end up with the same key.

    It is written under a name of its own, then linked: the key is there whole or not at all, and the first one stays.

    Raises:
        AccountKeyUnusable: when the disk refuses.
    """
    path = place.path
    try:
        if path.exists():
            return
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            _write_durably(draft, secrets.token_bytes(KEY_BYTES))
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error


def replace_keys(place: KeyPlace, keys: Sequence[bytes]) -> None:
    """Put other keys into the file: a reader finds the old ones or the new ones, also after a power cut.

    Only for the holder of `sole_changer`.

    Raises:
        AccountKeyUnusable: when the disk refuses; the old ones stay.
    """
    draft = place.path.with_name(f"{place.path.name}.new")
    try:
        draft.unlink(missing_ok=True)  # of a change that was killed
        _write_durably(draft, b"".join(keys))
        draft.replace(place.path)
        _sync_folder(place.path.parent)
    except OSError as error:
        raise _unusable(place.path, error) from error


@contextlib.contextmanager
def sole_changer(place: KeyPlace) -> Iterator[None]:
    """Keep other commands from changing the key; the kernel ends it with the process.

    Raises:
        AccountKeyUnusable: when another command changes it now, or the folder cannot be read.
    """
    try:
        descriptor = os.open(place.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(place.path, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AccountKeyUnusable(f"The key file {place.path} is being changed by another command.") from error
        yield
    finally:
        os.close(descriptor)


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unusable(path: Path, error: OSError) -> AccountKeyUnusable:
    return AccountKeyUnusable(f"The key file {path} cannot be used: {error.strerror}.")
