"""Files that were chosen or dropped: which can be sent, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_update_console.core.uploads.package_files import is_package_name, look_at


@pytest.mark.parametrize(
    ("name", "expected"),
    [("UCUpdates.cab", True), ("UCUPDATES.EXE", True), ("notes.txt", False), ("cab", False), ("a.cab.zip", False)],
)
def test_a_package_is_known_by_its_name(name: str, expected: bool) -> None:
    assert is_package_name(name) is expected


def test_each_path_is_a_file_with_its_size_or_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "phone.cab").write_bytes(b"12345")
    (tmp_path / "empty.cab").touch()
    (tmp_path / "folder.cab").mkdir()
    names = ("phone.cab", "empty.cab", "folder.cab", "missing.cab")
    looked = look_at(tmp_path / name for name in names)
    assert [(file.name, file.size) for file in looked.files] == [("phone.cab", 5), ("empty.cab", 0)]
    assert looked.unusable == (
        "folder.cab is a folder; choose the files in it.",
        "missing.cab cannot be read: No such file or directory.",
    )
