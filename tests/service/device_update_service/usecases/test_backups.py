"""What goes on while a backup is made: a moment is pinned again when its files are gone, or when the key is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.stores import open_stores

from device_update_service.domain.backups import Manifest
from device_update_service.storage.backups.backup_folder import read_backup
from device_update_service.storage.data_folder import DataFolder
from device_update_service.usecases.backups import FileMissing, faults_of_backup, make_backup

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder with two versions and a key."""
    with open_stores(tmp_path / "data") as stores:
        work = tmp_path / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        for version in ("1.0", "2.0"):
            administrator.verb("approve", administrator.import_version(version))
        stores.folder.account_key.write_bytes(b"old key")
    return stores.folder


def at_each_moment(folder: DataFolder, root: Path, *events: Callable[[], object]) -> tuple[Manifest, int]:
    """Make a backup; the events happen one after the other, each when a moment was pinned. How many moments it took."""
    coming, moments = iter(events), 0

    def clock() -> datetime:
        nonlocal moments
        moments += 1
        next(coming, lambda: None)()
        return NOW

    made = make_backup(folder, root, key_file=folder.account_key, version="0.1.0", clock=clock)
    return made.manifest, moments


def purge_rows(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute("UPDATE rule_update SET stored = 0 WHERE version = '1.0'")


def images_of(folder: DataFolder, version: str) -> set[str]:
    statement = (
        "SELECT sha256, signature_sha256 FROM image_file JOIN rule_update ON rule_update.id = update_id"
        " WHERE version = ?"
    )
    with closing(sqlite3.connect(folder.database)) as database:
        return {sha256 for row in database.execute(statement, (version,)) for sha256 in row if sha256}


def test_files_that_were_purged_under_a_pinned_moment_make_another_moment_count(
    folder: DataFolder, tmp_path: Path
) -> None:
    purged = images_of(folder, "1.0") - images_of(folder, "2.0")
    assert purged
    for sha256 in purged:
        (folder.images / sha256[:2] / sha256).unlink()
    manifest, moments = at_each_moment(folder, tmp_path / "backup", lambda: purge_rows(folder))
    assert moments == 2
    assert not purged & {file.sha256 for file in manifest.files}
    assert faults_of_backup(tmp_path / "backup") == (manifest, [])


def test_a_file_that_stays_missing_is_named_and_nothing_is_left(folder: DataFolder, tmp_path: Path) -> None:
    (sha256, *_) = sorted(images_of(folder, "2.0"))
    (folder.images / sha256[:2] / sha256).unlink()
    with pytest.raises(FileMissing, match=f"images/{sha256[:2]}/{sha256} is missing"):
        at_each_moment(folder, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_key_that_is_changed_meanwhile_is_the_one_of_the_moment(folder: DataFolder, tmp_path: Path) -> None:
    manifest, moments = at_each_moment(
        folder, tmp_path / "backup", lambda: folder.account_key.write_bytes(b"new key, and old key")
    )
    assert moments == 2
    key = manifest.file("account.key")
    assert key is not None
    with read_backup(tmp_path / "backup") as (backup, _):
        assert backup.path(key.sha256).read_bytes() == b"new key, and old key"
