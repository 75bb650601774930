"""``kill -9`` at every step of a backup and of a restore: the last one or the new one, nothing or all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.backups import back_up, files_below, manifest_of, pool_of, restore, send_log
from tests.support.device_checks import ordinary_check
from tests.support.killed_commands import KILLED, KilledCommands, killed_commands
from tests.support.plain_calls import Administrator, check
from tests.support.sample_packages import package, package_of_files
from tests.support.service_process import NotReady, ServiceProcess, add_administrator

from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.errors import HalfRestored

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]

GO_ON = 4
"""After every so many kills the command is run again, to its end."""


@pytest.fixture
def memory_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder where thousands of commands cost no disk; what a killed process leaves is the same everywhere."""
    shared_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared_memory if shared_memory.is_dir() else tmp_path) as name:
        yield Path(name)


@pytest.fixture
def few_files(folder_with_administrator: Path, memory_disk: Path) -> Path:
    """A data folder with one file of each kind."""
    folder = shutil.copytree(folder_with_administrator, memory_disk / "data")
    service = ServiceProcess(folder)
    service.start()
    Administrator(service).import_package(package("1.0"))
    check(service, ordinary_check("00-04-F2-00-00-00"))
    send_log(service, b"log", 0)
    service.stop()
    return folder


@pytest.fixture(scope="module")
def commands() -> Iterator[KilledCommands]:
    """Commands that can be killed at every step."""
    with killed_commands() as running:
        yield running


def test_a_backup_that_is_killed_leaves_the_last_one_or_the_new_one(
    few_files: Path, memory_disk: Path, commands: KilledCommands
) -> None:
    last, folder = memory_disk / "last", memory_disk / "killed"
    back_up(few_files, last)
    service = ServiceProcess(few_files)
    service.start()
    Administrator(service).import_package(package_of_files("2.0", models=["CX700", "CX3000"], size=3000))
    service.stop()
    rules_found = []
    for step in range(1, 1000):
        shutil.copytree(last, folder)
        ended = commands.run("backup", folder, "--data", few_files, step=step, within=[folder])
        rules_found.append(manifest_of(folder).counts.rules)
        if step % GO_ON == 0:
            assert commands.run("backup", folder, "--data", few_files) == 0
            assert manifest_of(folder).counts.rules == 2
            assert_nothing_left_over(folder)
        shutil.rmtree(folder)
        if ended != KILLED:
            break
    assert ended == 0
    assert len(rules_found) > 30
    assert rules_found == sorted(rules_found), "first the last one, then the new one"
    assert set(rules_found) == {1, 2}


def test_a_first_backup_that_is_killed_is_none_or_whole(
    few_files: Path, memory_disk: Path, commands: KilledCommands
) -> None:
    folder, wholes = memory_disk / "killed", []
    for step in range(1, 1000):
        ended = commands.run("backup", folder, "--data", few_files, step=step, within=[folder])
        wholes.append((folder / "manifest.json").exists())
        if wholes[-1]:
            manifest_of(folder)
        if step % GO_ON == 0:
            assert commands.run("backup", folder, "--data", few_files) == 0
            assert_nothing_left_over(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if ended != KILLED:
            break
    assert ended == 0
    assert wholes == sorted(wholes)
    assert set(wholes) == {False, True}


def assert_nothing_left_over(folder: Path) -> None:
    """A whole backup and no file more."""
    assert pool_of(folder).keys() == {file.sha256 for file in manifest_of(folder).files}
    assert list((folder / "incoming").iterdir()) == []


def test_a_restore_that_is_killed_restores_nothing_or_all(
    few_files: Path, memory_disk: Path, commands: KilledCommands
) -> None:
    backup, folder = memory_disk / "backup", memory_disk / "killed"
    back_up(few_files, backup)
    restore(backup, memory_disk / "whole")
    files, seen = files_below(memory_disk / "whole"), set()
    for step in range(1, 1000):
        ended = commands.run("restore", backup, "--data", folder, step=step, within=[folder])
        seen.add(state_of(DataFolder(folder), files))
        if step % GO_ON == 0 and "restored" not in seen:
            assert commands.run("restore", backup, "--data", folder) == 0
            assert files_below(folder) == files
        shutil.rmtree(folder, ignore_errors=True)
        if ended != KILLED:
            break
    assert ended == 0
    assert seen == {"nothing", "under way", "restored"}


def state_of(data: DataFolder, files: set[str]) -> str:
    """How far a restore came: as long as it is under way nobody may make anything in the folder."""
    if data.restoring.exists():
        with pytest.raises(HalfRestored, match="run it again"):
            data.create()
        if data.database.exists():
            assert files_below(data.root) == files, "the database comes last"
        return "under way"
    if data.database.exists():
        assert files_below(data.root) == files
        return "restored"
    assert not data.root.exists() or files_below(data.root) <= {"lock"}
    return "nothing"


def test_no_service_starts_in_a_half_restored_folder(filled: Path, tmp_path: Path, commands: KilledCommands) -> None:
    back_up(filled, tmp_path / "backup")
    folder = tmp_path / "half"
    assert commands.run("restore", tmp_path / "backup", "--data", folder, step=15, within=[folder]) == KILLED
    service = ServiceProcess(folder)
    with pytest.raises(NotReady, match=r"A restore into the data folder .* did not end; run it again\."):
        service.start()
    with pytest.raises(AssertionError, match=r"did not end; run it again\."):
        add_administrator(folder)
    restore(tmp_path / "backup", folder)
