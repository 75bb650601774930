"""The data folder: who may look into it, and that one service at a time owns it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from device_update_service.storage.data_folder import DataFolder, DataFolderLock
from device_update_service.storage.errors import DataFolderInUse, StorageUnavailable

_OWNER = """
import sys
from pathlib import Path
from device_update_service.storage.data_folder import DataFolder, DataFolderLock
lock = DataFolderLock(DataFolder(Path(sys.argv[1])))
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "a" / "data")
    folder.create()
    return folder


def test_its_folders_are_made_for_their_owner_only(folder: DataFolder) -> None:
    for made in (folder.root, folder.update_log, folder.images, folder.uploads):
        assert made.stat().st_mode & 0o777 == 0o700


def test_folders_that_are_there_stay_with_what_is_in_them(folder: DataFolder) -> None:
    (folder.images / "x").write_text("kept")
    folder.create()
    assert (folder.images / "x").read_text() == "kept"


def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match=f"The data folder {tmp_path}/file/data cannot be made"):
        DataFolder(tmp_path / "file" / "data").create()


def test_a_folder_that_is_gone_can_not_be_locked(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be locked"):
        DataFolderLock(DataFolder(tmp_path / "gone"))


def test_a_second_service_is_kept_out_until_the_first_lets_go(folder: DataFolder) -> None:
    lock = DataFolderLock(folder)
    with pytest.raises(DataFolderInUse, match="Another service uses the data folder"):
        DataFolderLock(folder)
    lock.release()
    DataFolderLock(folder).release()


def test_a_service_that_was_killed_keeps_nobody_out_and_its_children_neither(folder: DataFolder) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(folder.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"locked\n"
        with pytest.raises(DataFolderInUse):
            DataFolderLock(folder)
        owner.kill()
        owner.wait()
    lock = DataFolderLock(folder)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:  # a worker that outlives it
        lock.release()
        DataFolderLock(folder).release()
        assert child.poll() is None
