"""Files appear whole or not at all; what the system says of them is told in the window's language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_update_console.core.files.whole_file import FileNotWritten, whole_file, write_whole
from device_update_console.core.texts.language import choose, language_of


@pytest.fixture
def german() -> Iterator[None]:
    choose(language_of("de"))
    yield
    choose(language_of("en"))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_that_cannot_be_replaced_stays_as_it_is_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(target, b"content")
    assert names(tmp_path) == ["target"]


async def test_two_that_write_one_file_at_the_same_time_write_it_whole_one_after_the_other(tmp_path: Path) -> None:
    target = tmp_path / "target"
    async with whole_file(target) as first:
        await first.write("fir")
        async with whole_file(target) as second:
            await second.write("second")
        assert target.read_bytes() == b"second"
        await first.write("st")
    assert target.read_bytes() == b"first"
    assert names(tmp_path) == ["target"]


async def test_a_write_that_is_cut_off_leaves_the_older_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"older")
    with pytest.raises(RuntimeError):
        await _cut_off(target)
    assert target.read_bytes() == b"older"
    assert names(tmp_path) == ["target"]


async def _cut_off(target: Path) -> None:
    async with whole_file(target) as file:
        await file.write(b"new")
        raise RuntimeError


@pytest.mark.usefixtures("german")
async def test_why_a_file_cannot_be_written_is_said_in_the_language_of_the_window(tmp_path: Path) -> None:
    target = tmp_path / "gone" / "target"
    with pytest.raises(FileNotWritten) as refused:
        await _cut_off(target)
    assert refused.value.sentence == f"{target} kann nicht geschrieben werden: Datei oder Verzeichnis nicht gefunden."
