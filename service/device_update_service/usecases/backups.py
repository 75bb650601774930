"""Making a backup of a data folder, also while its service runs, and looking whether one is whole.

The order is what makes it one consistent point. First the files that rows name now are copied, which may take long and
holds up nothing. Then the databases are pinned at one moment; the files that the pinned rows name and that are not in
the pool yet are copied, before anything else: few, since it was just filled. Only then the rows, the main database
first, so that its write-ahead log need not grow for long; days of the update log that are at rest come last.

A purge or clean-up in between takes away files that a pinned row names; then another moment is pinned, at which those
rows are gone too. So no lock is needed that the service would have to heed, and none can be left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from device_update_contract.refusals import Refusal
from device_update_service.domain.backups import DEVICE_LOGS, FORMAT, BackupFile, Content, Manifest
from device_update_service.storage.backups.backup_folder import BackupFolder, read_backup, written_backup
from device_update_service.storage.backups.data_folder_copies import DataFolderCopies, NotCopied
from device_update_service.storage.backups.durable_copies import half_the_time, hash_file
from device_update_service.storage.backups.named_rows import applied_migrations, named_contents
from device_update_service.storage.backups.pinned_databases import PinnedDatabases, pinned_databases
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.errors import NewerSchema, StorageUnavailable, refused_by_disk
from device_update_service.storage.schema_history import known_migrations

_MOMENTS: Final = 5


class FileMissing(Refusal):
    """The data folder lacks a file that its database names."""

    code = "file-missing"


class FoldersWithin(Refusal):
    """The backup's folder and the data folder are not apart."""

    code = "folders-within"


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that was made, how much of it had to be copied, and what had to be left out, a sentence each."""

    manifest: Manifest
    copied: int
    copied_bytes: int
    left_out: tuple[str, ...]


def require_apart(data: Path, backup: Path) -> None:
    """See that neither folder is in the other.

    Raises:
        FoldersWithin.
    """
    data, backup = data.resolve(), backup.resolve()
    if data == backup or data in backup.parents:
        raise FoldersWithin(f"{backup} is in the data folder {data}; a backup has to be elsewhere.")
    if backup in data.parents:
        raise FoldersWithin(f"The data folder {data} is in {backup}; a backup has to be elsewhere.")


def make_backup(
    folder: DataFolder, root: Path, *, key_file: Path | None, version: str, clock: Callable[[], datetime]
) -> BackupMade:
    """Make a backup of a data folder; the one that was in its place counts until the new one is whole.

    ``key_file`` is the key of the stored passwords, where it goes with the backup.

    Raises:
        FileMissing. NewerSchema. Refusal: one sentence on what stops it; nothing was changed.
    """
    with written_backup(root) as backup:
        last = backup.manifest()
        copies = DataFolderCopies(folder, backup, half_the_time)
        with pinned_databases(folder) as pinned:
            wanted = _known_contents(pinned)
        copies.copy_contents(wanted)
        for moment in range(_MOMENTS):
            key = _read_key(key_file)
            with pinned_databases(folder) as pinned:
                made_at, wanted = clock(), _known_contents(pinned)
                missing = copies.copy_contents(wanted)
                if (missing and moment < _MOMENTS - 1) or _read_key(key_file) != key:
                    continue
                _require_images(missing)
                database, rows = copies.copy_database(pinned, [each.content.sha256 for each in missing])
                days, damaged = copies.copy_days(pinned.days, last)
            at_rest, damaged_at_rest = copies.copy_days(dict.fromkeys(pinned.at_rest), last)
            files = [database, *at_rest, *days, *_files_of(wanted, missing)]
            if key is not None:
                files.append(copies.copy_key(key))
            manifest = Manifest(
                format=FORMAT,
                made_at=made_at,
                version=version,
                migrations=rows.migrations,
                counts=rows.counts,
                audit_head=rows.audit_head,
                files=tuple(files),
            )
            backup.commit(manifest)
            return BackupMade(
                manifest, copies.files, copies.total_bytes, tuple(_left_out(missing, [*damaged_at_rest, *damaged]))
            )
    raise StorageUnavailable("The key of the stored passwords is being changed; try again when that is done.")


def faults_of_backup(root: Path) -> tuple[Manifest, list[str]]:
    """What is missing or damaged in a backup, a sentence each; every file of it is read.

    Raises:
        BackupDamaged: there is none, or its manifest is damaged. NewerBackup. BackupFolderUnusable. StorageUnavailable.
    """
    with read_backup(root) as (backup, manifest):
        distinct = {file.sha256: file for file in manifest.files}
        return manifest, [sentence for file in distinct.values() for sentence in _faults_of(backup, file)]


def _faults_of(backup: BackupFolder, file: BackupFile) -> Iterator[str]:
    path = backup.path(file.sha256)
    try:
        found = hash_file(path)
    except FileNotFoundError:
        yield f"{file.path} is missing: there is no {path}."
        return
    except OSError as error:
        yield f"{file.path} cannot be read: {path}: {error.strerror}."
        return
    if found != (file.sha256, file.size):
        yield f"{file.path} is damaged: delete {path}, and the next backup copies it again."


def _known_contents(pinned: PinnedDatabases) -> list[Content]:
    """The files that rows name.

    Raises:
        NewerSchema: a newer version may have files that this one does not know of.
    """
    unknown = sorted(set(applied_migrations(pinned.main)) - set(known_migrations()))
    if unknown:
        raise NewerSchema(
            f"The database was written by a newer version of this service ({unknown[-1]}); use that one for the backup."
        )
    return named_contents(pinned.main)


def _read_key(key_file: Path | None) -> bytes | None:
    """The key's file as it is; None where there is none, before the first account.

    Raises:
        StorageUnavailable: it cannot be read.
    """
    if key_file is None:
        return None
    try:
        return key_file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refused_by_disk(f"The key file {key_file} cannot be read", error) from error


def _require_images(missing: Sequence[NotCopied]) -> None:
    """See that no image file is missing: an earlier backup, which may have it, must not give way to one without.

    Raises:
        FileMissing.
    """
    for each in missing:
        if each.content.store != DEVICE_LOGS:
            raise FileMissing(
                f"{each.content.path} {each.fault} in the data folder, and the database names it: import its package"
                " again, or purge the version; nothing was backed up."
            )


def _files_of(wanted: Sequence[Content], missing: Sequence[NotCopied]) -> list[BackupFile]:
    left_out = {each.content.path for each in missing}
    copied = {content.path: content for content in wanted if content.path not in left_out}
    return [BackupFile(path=path, size=content.size, sha256=content.sha256) for path, content in copied.items()]


def _left_out(missing: Sequence[NotCopied], damaged: Sequence[str]) -> Iterator[str]:
    if missing:
        first = missing[0]
        yield (
            f"Device logs that are left out, because their files are missing or damaged: {len(missing)}"
            f" ({first.content.path} {first.fault})."
        )
    for name in damaged:
        yield f"The update log's day {name} is damaged and left out."
