"""The folder of a backup: a pool of files by their SHA-256, and the manifest that makes some of them a backup.

``files/ab/abcd...``, ``manifest.json``, ``lock``, and ``incoming/`` for what is not whole yet. A file gets its name in
the pool when it is on the disk, and the manifest is replaced in one step when all are: whoever is killed before leaves
the last backup, and whoever is killed after the new one, with some files more than it needs, which the next sweeps.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from device_update_service.domain.backups import BackupDamaged, Manifest, manifest_text, parse_manifest, superfluous
from device_update_service.storage.backups.durable_copies import sync_file
from device_update_service.storage.durable_files import sync_folder
from device_update_service.storage.errors import StorageError, refused_by_disk
from device_update_service.storage.schema_history import known_migrations

_MANIFEST: Final = "manifest.json"
_POOL: Final = "files"
_INCOMING: Final = "incoming"
_LOCK: Final = "lock"
_OWN: Final = frozenset({_MANIFEST, _POOL, _INCOMING, _LOCK})
OF_DISKS: Final = frozenset({"lost+found"})
"""What is in a folder that is a disk of its own, and nobody's."""


class BackupFolderUnusable(StorageError):
    """The folder is none for a backup, or somebody works on it."""

    code = "backup-folder-unusable"


@dataclass(slots=True)
class BackupFolder:
    """A backup on the disk, locked by whoever has it from `written_backup` or `read_backup`."""

    root: Path
    _touched: set[Path] = field(default_factory=set)
    _numbers: int = 0

    def manifest(self) -> Manifest | None:
        """What makes some of the files a backup; None where there is none.

        Raises:
            BackupDamaged. NewerBackup. OSError.
        """
        try:
            text = (self.root / _MANIFEST).read_bytes()
        except FileNotFoundError:
            return None
        return parse_manifest(text, known_migrations())

    def path(self, sha256: str) -> Path:
        """Where a file of the pool is, or would be."""
        return self.root / _POOL / sha256[:2] / sha256

    def pool(self) -> dict[str, int]:
        """The files of the pool with their sizes."""
        folders = [folder for folder in (self.root / _POOL).glob("*") if folder.is_dir()]
        entries = [entry for folder in folders for entry in os.scandir(folder)]
        return {entry.name: entry.stat(follow_symlinks=False).st_size for entry in entries}

    def incoming(self) -> Path:
        """A name for a file that is not whole yet."""
        self._numbers += 1
        return self.root / _INCOMING / str(self._numbers)

    def adopt(self, incoming: Path, sha256: str) -> None:
        """Give a file that is on the disk its name in the pool.

        Raises:
            OSError.
        """
        target = self.path(sha256)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        incoming.replace(target)
        self._touched.add(target.parent)

    def commit(self, manifest: Manifest) -> None:
        """Make the pool's files this backup, in one step.

        Raises:
            OSError: before that step.
        """
        for folder in (*self._touched, self.root / _POOL):
            sync_folder(folder)
        new = self.incoming()
        new.write_text(manifest_text(manifest), encoding="utf-8")
        sync_file(new)
        new.replace(self.root / _MANIFEST)
        sync_folder(self.root)

    def sweep(self, manifest: Manifest | None) -> None:
        """Delete what a backup does not need."""
        for sha256 in superfluous(self.pool(), manifest):
            self.path(sha256).unlink(missing_ok=True)
            with suppress(OSError):  # others are in it
                self.path(sha256).parent.rmdir()
        self.clear_incoming()

    def clear_incoming(self) -> None:
        """Delete what was not whole."""
        for file in (self.root / _INCOMING).glob("*"):
            file.unlink(missing_ok=True)


@contextmanager
def written_backup(root: Path) -> Iterator[BackupFolder]:
    """The folder, made if need be, for one who makes a backup; without a new one it is as it was before.

    Only its last part is made: a disk that is not mounted must not be filled in its place.

    Raises:
        BackupFolderUnusable. BackupDamaged. NewerBackup: there is one already, of a newer version.
        StorageUnavailable: the disk refuses.
    """
    is_new = not root.exists()
    try:
        _refuse_others(root)
        root.mkdir(mode=0o700, exist_ok=True)
        with _locked(root, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
            folder = BackupFolder(root)
            last = folder.manifest()
            try:
                for part in (_POOL, _INCOMING):
                    (root / part).mkdir(mode=0o700, exist_ok=True)
                folder.clear_incoming()
                yield folder
                last = folder.manifest()
            finally:
                folder.sweep(last)
                if last is None:
                    _remove_empty(root, is_new=is_new)
    except OSError as error:
        raise refused_by_disk(f"The backup in {root} cannot be written", error) from error


@contextmanager
def read_backup(root: Path) -> Iterator[tuple[BackupFolder, Manifest]]:
    """A backup that nobody changes meanwhile.

    Raises:
        BackupDamaged: there is none, or its manifest is damaged. NewerBackup. BackupFolderUnusable. StorageUnavailable.
    """
    try:
        with _locked(root, os.O_RDONLY, fcntl.LOCK_SH):
            folder = BackupFolder(root)
            manifest = folder.manifest()
            if manifest is None:
                raise BackupDamaged(f"There is no backup in {root}.")
            yield folder, manifest
    except OSError as error:
        raise refused_by_disk(f"The backup in {root} cannot be read", error) from error


@contextmanager
def _locked(root: Path, flags: int, kind: int) -> Iterator[None]:
    try:
        descriptor = os.open(root / _LOCK, flags | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:  # a copy of a backup, without its lock
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFolderUnusable(f"Another command works on the backup in {root}.") from error
        yield
    finally:
        os.close(descriptor)


def _refuse_others(root: Path) -> None:
    """Raise BackupFolderUnusable where something else than a backup is, or nothing that could hold one."""
    if not root.parent.is_dir():
        raise BackupFolderUnusable(f"There is no folder {root.parent} to make a backup in.")
    if not root.exists():
        return
    if not root.is_dir():
        raise BackupFolderUnusable(f"{root} is no folder.")
    others = sorted({entry.name for entry in root.iterdir()} - _OWN - OF_DISKS)
    if others:
        raise BackupFolderUnusable(
            f"In {root} is something else than a backup ({others[0]}); name an empty folder, or that of a backup."
        )


def _remove_empty(root: Path, *, is_new: bool) -> None:
    """Take away what was made for a first backup that did not come about."""
    for part in (_POOL, _INCOMING):
        with suppress(FileNotFoundError):
            (root / part).rmdir()
    (root / _LOCK).unlink(missing_ok=True)
    if is_new:
        root.rmdir()
