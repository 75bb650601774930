"""Where an export is to go is judged while it is typed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from device_update_console.core.lists.export import ExportFormat
from device_update_console.core.lists.export_form import PathAdvice, in_form, path_advice, proposed_path


def test_the_proposed_name_tells_list_and_day_and_is_one_everywhere() -> None:
    day = date(2026, 5, 3)
    assert proposed_path(Path("x"), "Devices", ExportFormat.CSV, day) == Path("x/Devices 2026-05-03.csv")
    assert proposed_path(Path("x"), 'a/b\\c:"*?<>| (1,204)', ExportFormat.JSON, day) == Path(
        "x/abc 1204 2026-05-03.json"
    )
    assert proposed_path(Path("x"), "\N{GRINNING FACE}", ExportFormat.CSV, day) == Path("x/list 2026-05-03.csv")


def test_an_ending_follows_the_format_and_a_name_of_one_s_own_stays() -> None:
    assert in_form(Path("a.csv"), ExportFormat.JSON) == Path("a.json")
    assert in_form(Path("a.txt"), ExportFormat.JSON) == Path("a.txt")
    assert in_form(Path("a"), ExportFormat.CSV) == Path("a")


@pytest.mark.parametrize("typed", ["", "  ", ".", "no such folder/x.csv", "a\0b", "x" * 5000])
def test_where_nothing_can_be_written_is_said(typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    advice = path_advice(typed)
    assert not advice.fits
    assert advice.sentence.endswith(".")


def test_a_file_that_is_there_is_told_and_a_new_one_is_fine(tmp_path: Path) -> None:
    assert path_advice(str(tmp_path / "new.csv")) == PathAdvice()
    (tmp_path / "old.csv").touch()
    advice = path_advice(str(tmp_path / "old.csv"))
    assert advice.fits
    assert "replaced" in advice.sentence
