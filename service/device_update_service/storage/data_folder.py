"""The data folder: what is where in it, and the lock that keeps a second service out."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_service.storage.errors import DataFolderInUse, HalfRestored, StorageUnavailable

LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The layout of one service's data folder."""

    root: Path

    @property
    def database(self) -> Path:
        """The main database."""
        return self.root / "device-update.sqlite"

    @property
    def update_log(self) -> Path:
        """The folder of the update log's day files."""
        return self.root / "update-log"

    @property
    def images(self) -> Path:
        """The folder of the content-addressed image files."""
        return self.root / "images"

    @property
    def device_logs(self) -> Path:
        """The folder of the content-addressed device logs; on the disk of `Logs`, so that they can be linked."""
        return self.root / "Logs" / "Store"

    @property
    def readable_device_logs(self) -> Path:
        """The folder of the device logs' readable links (contract section 8)."""
        return self.root / "Logs" / "Client"

    @property
    def update_log_files(self) -> Path:
        """The folder of the update log's text files (contract section 8)."""
        return self.root / "Logs" / "Server" / "Audit" / "imageUpdates"

    @property
    def uploads(self) -> Path:
        """The folder of uploads under way or waiting for their import."""
        return self.root / "uploads"

    @property
    def account_key(self) -> Path:
        """The key that encrypts the accounts' NT hashes, mode 0600."""
        return self.root / "account.key"

    @property
    def restoring(self) -> Path:
        """Where a backup is put together while it is restored; nothing else may be made in the folder meanwhile."""
        return self.root / "restoring"

    def create(self) -> None:
        """Make the folders that are missing, readable by the service's user only.

        Raises:
            HalfRestored: a restore did not end. StorageUnavailable: when the disk refuses.
        """
        if self.restoring.exists():
            raise HalfRestored(f"A restore into the data folder {self.root} did not end; run it again.")
        try:
            folders = (
                self.root,
                self.update_log,
                self.images,
                self.uploads,
                self.device_logs,
                self.readable_device_logs,
            )
            for folder in folders:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"The data folder {self.root} cannot be made: {error.strerror}.") from error


class DataFolderLock:
    """An exclusive lock on the data folder for the life of this process; the kernel drops it if the process dies.

    The descriptor is not inheritable (PEP 446), so that no worker process keeps the lock of a killed service.
    """

    def __init__(self, folder: DataFolder) -> None:
        try:
            self._descriptor = os.open(folder.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageUnavailable(f"The data folder {folder.root} cannot be locked: {error.strerror}.") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise DataFolderInUse(f"Another service uses the data folder {folder.root}.") from error

    def release(self) -> None:
        """Let another service take the folder."""
        os.close(self._descriptor)


def is_in_use(folder: DataFolder) -> bool:
    """Whether a service owns the data folder now; nothing is made to find out.

    Raises:
        StorageUnavailable: this user may not look.
    """
    try:
        descriptor = os.open(folder.root / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageUnavailable(f"The data folder {folder.root} cannot be read: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
