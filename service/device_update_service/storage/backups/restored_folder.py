"""A data folder that is filled from a backup, out of sight until it is whole.

All is put together in ``restoring/`` inside the data folder, which need not be a folder that its user could make or
rename, as systemd's are not. Then its parts are moved out, the database last, and ``restoring/`` goes. As long as that
is there no service starts and no command makes anything in the folder; and a restore begins anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from device_update_service.domain.backups import DATABASE, BackupDamaged, BackupFile
from device_update_service.storage.backups.backup_folder import OF_DISKS, BackupFolder
from device_update_service.storage.backups.durable_copies import copy_file, no_pause
from device_update_service.storage.data_folder import LOCK, DataFolder, DataFolderLock
from device_update_service.storage.durable_files import sync_folder
from device_update_service.storage.errors import StorageError, refused_by_disk


class DataFolderNotEmpty(StorageError):
    """Something is in the folder that a backup should be restored into."""

    code = "data-folder-not-empty"


class OtherOwner(StorageError):
    """The folder belongs to another user, who could not use what would be made in it."""

    code = "other-owner"


@dataclass(frozen=True, slots=True)
class RestoredFolder:
    """A data folder being restored, locked by whoever has it from `restored_folder`."""

    target: DataFolder

    @property
    def stage(self) -> DataFolder:
        """The folder as it will be, out of sight."""
        return DataFolder(self.target.restoring)

    def take(self, backup: BackupFolder, file: BackupFile) -> None:
        """Copy one file of a backup.

        Raises:
            BackupDamaged: it is missing or not what it was. OSError: the disk refuses.
        """
        path = self.stage.root / file.path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            source = backup.path(file.sha256).open("rb")
        except OSError as error:
            raise BackupDamaged(f"{file.path} cannot be read from the backup: {error.strerror}.") from error
        with source:
            if copy_file(source, path, no_pause) != (file.sha256, file.size):
                raise BackupDamaged(f"{file.path} is damaged in the backup; nothing was restored.")

    def link_logs(self, links: Iterable[tuple[str, str]]) -> None:
        """Make the readable links of device logs again, where the file system has links; what leads elsewhere is left.

        Raises:
            OSError: a folder cannot be made.
        """
        for sha256, link in links:
            parts = Path(link).parts
            if len(parts) == 2 and ".." not in parts and not Path(link).is_absolute():
                target = self.stage.readable_device_logs / link
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(OSError):
                    os.link(self.stage.device_logs / sha256[:2] / sha256, target)

    def appear(self) -> None:
        """Move everything to its place, the database last: without it there is no service's data.

        Raises:
            OSError.
        """
        for folder, _, _ in os.walk(self.stage.root):
            sync_folder(Path(folder))
        for part in sorted(self.stage.root.iterdir(), key=lambda part: part.name == DATABASE):
            if part.name == DATABASE:
                sync_folder(self.target.root)
            part.rename(self.target.root / part.name)
        sync_folder(self.target.root)
        self.stage.root.rmdir()
        sync_folder(self.target.root)


@contextmanager
def restored_folder(target: DataFolder) -> Iterator[RestoredFolder]:
    """An empty data folder, made if need be, that no service uses; unless all is well it is as empty afterwards.

    Raises:
        DataFolderNotEmpty. DataFolderInUse. OtherOwner. StorageUnavailable: the disk refuses.
    """
    root = target.root
    is_new = not root.exists()
    try:
        _refuse_what_is_there(target)
        root.mkdir(mode=0o700, exist_ok=True)
        lock = DataFolderLock(target)
        try:
            _refuse_what_is_there(target)
            _clear(target)
            target.restoring.mkdir(mode=0o700)
            yield RestoredFolder(target)
        finally:
            if target.restoring.exists():
                _clear(target)
                (root / LOCK).unlink(missing_ok=True)
                if is_new:
                    root.rmdir()
            lock.release()
    except OSError as error:
        raise refused_by_disk(f"The data folder {root} cannot be restored", error) from error


def _refuse_what_is_there(target: DataFolder) -> None:
    """Raise where the folder is not one that a backup may be restored into; what an interrupted restore left may go."""
    root = target.root
    if not root.parent.is_dir():
        raise StorageError(f"There is no folder {root.parent} to make a data folder in.")
    if not root.exists():
        return
    if not root.is_dir():
        raise StorageError(f"{root} is no folder.")
    others = sorted({entry.name for entry in root.iterdir()} - OF_DISKS - {LOCK})
    if others and not target.restoring.exists():
        raise DataFolderNotEmpty(f"The data folder {root} is not empty ({others[0]}); move it away, or name another.")
    owner = root.stat().st_uid
    if owner != os.geteuid():
        raise OtherOwner(f"The data folder {root} belongs to user {owner}, who could not use it: restore as that user.")


def _clear(target: DataFolder) -> None:
    """Take away what a restore has made; what shows that it did not end goes last."""
    for entry in target.root.iterdir():
        if entry.name in OF_DISKS or entry.name == LOCK or entry == target.restoring:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    with suppress(FileNotFoundError):
        shutil.rmtree(target.restoring)
