"""Backups and restores that are refused: one sentence, and everything as it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.backups import MODELS, back_up, files_below, manifest_of, pool_of, refused, restore
from tests.support.plain_calls import Administrator
from tests.support.sample_packages import package_of_files
from tests.support.service_process import ServiceProcess, run_service_command
from tests.support.small_disks import small_disk
from tests.support.soundness import rows

from device_update_service.storage.data_folder import DataFolder

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(240)]


def test_a_damaged_backup_is_told_file_by_file_and_not_restored(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(filled, folder)
    manifest = manifest_of(folder)
    images = [file for file in manifest.files if file.path.startswith("images/")]
    (folder / "files" / images[0].sha256[:2] / images[0].sha256).unlink()
    damaged = folder / "files" / images[1].sha256[:2] / images[1].sha256
    damaged.write_bytes(b"y" + damaged.read_bytes()[1:])
    code, said = refused("backup", "--verify", folder)
    assert code == 1
    assert len(said.splitlines()) == 2
    assert f"{images[0].path} is missing" in said
    assert f"{images[1].path} is damaged: delete {damaged}, and the next backup copies it again." in said
    code, said = refused("restore", folder, "--data", tmp_path / "new")
    assert (code, len(said.splitlines())) == (1, 1)
    assert not (tmp_path / "new").exists(), "nothing is left behind"
    damaged.unlink()
    back_up(filled, folder)
    restore(folder, tmp_path / "new")


@pytest.mark.parametrize("verb", ["verify", "restore", "backup"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "was made by a newer version"),
        ({"migrations": ["9999_later"]}, "was made by a newer version of this service (0.1.0, 9999_later)"),
        ({"files": []}, "manifest is damaged"),
    ],
)
def test_a_backup_that_is_newer_or_damaged_stays_as_it_is(
    filled: Path, tmp_path: Path, change: Mapping[str, Any], sentence: str, verb: str
) -> None:
    folder = tmp_path / "backup"
    back_up(filled, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    before = pool_of(folder)
    arguments: dict[str, list[str | Path]] = {
        "verify": ["backup", "--verify", folder],
        "restore": ["restore", folder, "--data", tmp_path / "new"],
        "backup": ["backup", folder, "--data", filled],
    }
    code, said = refused(*arguments[verb])
    assert (code, len(said.splitlines())) == (1, 1)
    assert sentence in said
    assert pool_of(folder) == before
    assert not (tmp_path / "new").exists()


def test_what_is_not_there_is_said_in_a_sentence(filled: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    assert refused("restore", nothing, "--data", tmp_path / "new") == (1, f"There is no backup in {nothing}.\n")
    assert refused("backup", "--verify", nothing) == (1, f"There is no backup in {nothing}.\n")
    assert refused("backup", tmp_path / "backup", "--data", nothing) == (
        1,
        f"There is no service's data in {nothing}.\n",
    )
    not_mounted = nothing / "disk"
    assert refused("backup", not_mounted, "--data", filled) == (
        1,
        f"There is no folder {nothing} to make a backup in.\n",
    )
    assert not (tmp_path / "backup").exists()
    assert not nothing.exists()


def test_a_folder_with_something_else_in_it_is_no_place_for_a_backup(filled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("work of years")
    code, said = refused("backup", other, "--data", filled)
    assert (code, "thesis.txt" in said) == (1, True)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("inside", [".", "backups", "images/backup"])
def test_a_backup_inside_the_data_folder_is_wrong_usage(filled: Path, inside: str) -> None:
    before = files_below(filled)
    code, said = refused("backup", filled / inside, "--data", filled)
    assert (code, "a backup has to be elsewhere" in said) == (2, True)
    code, said = refused("backup", filled.parent, "--data", filled)
    assert (code, "a backup has to be elsewhere" in said) == (2, True)
    assert files_below(filled) == before


def test_two_backups_into_one_folder_at_once_are_one(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(filled, folder)
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: run_service_command("backup", str(folder), "--data", str(filled)), range(6)))
    assert {done.returncode for done in ended} <= {0, 1}
    assert any(done.returncode == 0 for done in ended)
    for done in ended:
        assert done.returncode == 0 or done.stderr == f"Another command works on the backup in {folder}.\n"
    manifest_of(folder)


def test_only_an_empty_folder_is_restored_into(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    before = files_below(filled)
    code, said = refused("restore", tmp_path / "backup", "--data", filled)
    assert (code, "is not empty" in said) == (1, True)
    assert files_below(filled) == before
    empty = tmp_path / "empty"
    empty.mkdir()
    restore(tmp_path / "backup", empty)
    assert DataFolder(empty).database.is_file()


def test_a_folder_of_another_user_is_not_restored_into(filled: Path, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    if os.geteuid() == 0:
        os.chown(theirs, 12345, 12345)
        code, said = refused("restore", tmp_path / "backup", "--data", theirs)
        assert (code, "belongs to user 12345" in said) == (1, True)
    assert list(theirs.iterdir()) == []


def test_a_missing_image_stops_the_backup_and_a_missing_log_does_not(filled: Path, tmp_path: Path) -> None:
    folder, data = tmp_path / "backup", DataFolder(filled)
    log = next(data.device_logs.glob("*/*"))
    log.unlink()
    done = run_service_command("backup", str(folder), "--data", str(filled))
    assert done.returncode == 0
    assert "Device logs that are left out, because their files are missing or damaged: 1" in done.stderr
    assert manifest_of(folder).counts.device_logs == 4
    before = pool_of(folder)
    image = next(data.images.glob("*/*"))
    image.write_bytes(b"damaged")
    back_up(filled, folder)  # the backup has it
    shutil.rmtree(folder)
    code, said = refused("backup", folder, "--data", filled)
    assert (code, f"{image.relative_to(filled)} is damaged" in said) == (1, True)
    assert not folder.exists()
    assert before


def test_a_damaged_database_never_takes_the_place_of_a_good_backup(filled: Path, tmp_path: Path) -> None:
    folder, database = tmp_path / "backup", DataFolder(filled).database
    back_up(filled, folder)
    before = manifest_of(folder)
    place, size = rows(
        database,
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'unread_body'",
    )[0]
    with database.open("r+b") as file:  # nothing that is read for a backup is in this page
        file.seek((place - 1) * size)
        file.write(b"\xff" * size)
    code, said = refused("backup", folder, "--data", filled)
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith("The database is damaged (")
    assert manifest_of(folder) == before
    assert pool_of(folder).keys() == {file.sha256 for file in before.files}


def test_a_damaged_day_of_the_update_log_is_left_out_and_named(filled: Path, tmp_path: Path) -> None:
    (day,) = DataFolder(filled).update_log.glob("*.sqlite")
    day.write_bytes(b"no database" * 1000)
    done = run_service_command("backup", str(tmp_path / "backup"), "--data", str(filled))
    assert done.returncode == 0, done.stderr
    assert f"The update log's day {day.name} is damaged and left out." in done.stderr
    restore(tmp_path / "backup", tmp_path / "new")


def test_a_full_disk_leaves_the_last_backup_and_room(filled: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size=3 * 1024 * 1024) as disk:
        folder = disk / "backup"
        back_up(filled, folder)
        before, pool = manifest_of(folder), pool_of(folder)
        service = ServiceProcess(filled)
        service.start()
        Administrator(service).import_package(package_of_files("3.0", models=MODELS, size=900_000))
        service.stop()
        code, said = refused("backup", folder, "--data", filled)
        assert (code, said) == (1, f"The backup in {folder} cannot be written: No space left on device.\n")
        assert (manifest_of(folder), pool_of(folder)) == (before, pool), "what was copied in vain is gone"
        back_up(filled, tmp_path / "elsewhere")
        code, said = refused("restore", tmp_path / "elsewhere", "--data", disk / "data")
        assert (code, said) == (1, f"The data folder {disk / 'data'} cannot be restored: No space left on device.\n")
        assert sorted(path.name for path in disk.iterdir()) == ["backup"]
