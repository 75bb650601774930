"""Commands on the host while the service is being upgraded: nobody's schema changes under a service that runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from peewee import SqliteDatabase
from playhouse.migrations import Runner

from device_update_service.commands.command_line import command_line
from device_update_service.domain.actors import HOST, Actor
from device_update_service.storage.data_folder import DataFolder, DataFolderLock, is_in_use
from device_update_service.storage.database_glance import glance_at_database
from device_update_service.storage.errors import NewerSchema
from device_update_service.storage.schema_history import MIGRATIONS, known_migrations
from device_update_service.usecases.backups import BackupMade, make_backup
from device_update_service.usecases.restoring import restore_backup

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def older(tmp_path: Path) -> DataFolder:
    """A data folder of the version before device logs."""
    folder = DataFolder(tmp_path / "data")
    folder.create()
    with closing(SqliteDatabase(str(folder.database), pragmas={"journal_mode": "wal"})) as database:
        Runner(database, str(MIGRATIONS)).up("0002_who_may_do_what")
    return folder


def run(folder: DataFolder, *arguments: str) -> Result:
    return CliRunner().invoke(command_line, [*arguments, "--data", str(folder.root)])


def back_up(folder: DataFolder, target: Path) -> BackupMade:
    return make_backup(folder, target, key_file=None, version="0.1.0", clock=lambda: NOW)


@pytest.mark.parametrize("arguments", [("account", "list"), ("settings", "list")])
def test_a_newer_command_leaves_the_database_of_a_running_service_alone(
    older: DataFolder, arguments: tuple[str, ...]
) -> None:
    running = DataFolderLock(older)
    refused = run(older, *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "The service that runs is of an older version than this command: restart it first.\n"
    assert glance_at_database(older.database).missing == known_migrations()[2:]
    running.release()
    assert run(older, *arguments).exit_code == 0
    assert glance_at_database(older.database).missing == ()


@pytest.mark.parametrize("arguments", [("account", "list"), ("settings", "list")])
def test_a_command_works_beside_a_service_of_its_own_version(older: DataFolder, arguments: tuple[str, ...]) -> None:
    assert run(older, *arguments).exit_code == 0
    running = DataFolderLock(older)
    assert run(older, *arguments).exit_code == 0
    running.release()


def test_a_step_of_an_upgrade_that_fails_leaves_the_schema_before_it_whole(older: DataFolder) -> None:
    with closing(sqlite3.connect(older.database)) as database, database:
        database.execute("CREATE INDEX device_log_content ON device (id)")  # in the way of the last of a step's indexes
    refused = run(older, "account", "list")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The database cannot be opened: index device_log_content already exists")
    with closing(sqlite3.connect(older.database)) as database, database:
        assert database.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'device_log'").fetchall() == []
        database.execute("DROP INDEX device_log_content")
    assert glance_at_database(older.database).missing == known_migrations()[2:]
    assert run(older, "account", "list").exit_code == 0
    assert glance_at_database(older.database).missing == ()


def test_whether_a_folder_is_in_use_is_found_out_without_making_anything(older: DataFolder) -> None:
    assert not is_in_use(older)
    assert not (older.root / "lock").exists()
    running = DataFolderLock(older)
    assert is_in_use(older)
    running.release()
    assert not is_in_use(older)


def test_a_backup_made_before_an_upgrade_is_brought_up_to_date_when_it_is_restored(
    older: DataFolder, tmp_path: Path
) -> None:
    made = back_up(older, tmp_path / "backup")
    assert made.manifest.migrations == known_migrations()[:2]
    assert glance_at_database(older.database).missing == known_migrations()[2:], "a backup changes nothing"
    target = DataFolder(tmp_path / "restored")
    restore_backup(tmp_path / "backup", target, actor=Actor("host:ada", None, HOST), now=NOW)
    assert glance_at_database(target.database).missing == ()


def test_a_database_of_a_newer_version_is_not_backed_up_and_the_last_backup_stays(
    older: DataFolder, tmp_path: Path
) -> None:
    back_up(older, tmp_path / "backup")
    before = (tmp_path / "backup" / "manifest.json").read_bytes()
    with closing(sqlite3.connect(older.database)) as database, database:
        database.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '')")
    with pytest.raises(NewerSchema, match=r"newer version of this service \(9999_later\); use that one for the backup"):
        back_up(older, tmp_path / "backup")
    assert (tmp_path / "backup" / "manifest.json").read_bytes() == before
