"""Whether the files that must stay secret are: the key of the stored passwords, and the private keys of TLS."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from device_update_contract.administration.server import HealthCheck
from device_update_service.configuration.listeners import Listeners
from device_update_service.identity.account_key_file import KeyPlace


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A secret file; the group may read a private key of TLS (Debian's ``ssl-cert``), and nothing else."""

    path: Path
    holds: str
    group_may_read: bool = False


def key_files(account_key: KeyPlace, listeners: Listeners) -> tuple[KeyFile, ...]:
    """The key of the stored passwords and the listeners' private keys; a credential is systemd's to guard."""
    tls_keys = (listener.tls_key for listener in (listeners.external, listeners.admin) if listener is not None)
    listed = [] if account_key.is_credential else [KeyFile(account_key.path, "the key of the stored passwords")]
    listed += [KeyFile(path, "a private key of TLS", group_may_read=True) for path in dict.fromkeys(tls_keys) if path]
    return tuple(listed)


def too_open(file: KeyFile) -> str | None:
    """The sentence when others than its owner may get at it; a missing file is no secret.

    Raises:
        OSError: when its permissions cannot be seen.
    """
    try:
        mode = stat.S_IMODE(file.path.stat().st_mode)
    except FileNotFoundError:
        return None
    if not mode & (0o037 if file.group_may_read else 0o077):
        return None
    return (
        f"{file.path}, {file.holds}, has mode {mode:04o}: other users of this host can get at it. Treat it as known to"
        f" them, and allow its owner only (chmod 600 {file.path})."
    )


def key_files_check(files: Iterable[KeyFile]) -> HealthCheck:
    """All of them as one health check."""
    sentences = [_seen(file) for file in files]
    faults = [sentence for sentence in sentences if sentence is not None]
    if faults:
        return HealthCheck(name="key-files", status="degraded", detail=" ".join(faults))
    return HealthCheck(name="key-files", status="ok", detail="No other user of this host can read a key file.")


def _seen(file: KeyFile) -> str | None:
    try:
        return too_open(file)
    except OSError as error:
        return f"The permissions of {file.path} cannot be seen: {error.strerror}."
