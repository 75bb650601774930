"""A saved filter has a name of its own, and tells how many devices it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.filled_service import filled_service

from device_update_console.core.filters.saved_filters import (
    LONGEST_NAME,
    count_devices,
    filter_line,
    name_fault,
    rename_filter,
    replaced_by,
    save_filter,
)
from device_update_console.core.window.remembered import Remembered
from device_update_console.core.window.scope_tree import SavedFilter


@pytest.mark.parametrize(
    "name", ["Silent in Berlin", "\N{GRINNING FACE}", "\N{ARABIC LETTER ALEF}", "x" * LONGEST_NAME, " x "]
)
def test_a_name_may_be_any_text_of_a_line(name: str) -> None:
    assert name_fault(name, ["Other"]) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "Give"), ("  ", "Give"), ("x" * (LONGEST_NAME + 1), "at most"), ("a\nb", "control"), ("OTHER", "There is a")],
)
def test_a_name_that_cannot_be_given_is_said_in_a_sentence(name: str, said: str) -> None:
    assert said in name_fault(name, ["Other"])


def test_a_filter_of_the_same_name_is_replaced_whatever_its_case(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "console.json")
    save_filter(remembered, "Silent", {"status": "silent"})
    saved = save_filter(remembered, " SILENT ", {"status": "silent", "model": "CX700"})
    assert remembered.filters() == [saved] == [SavedFilter("SILENT", (("status", "silent"), ("model", "CX700")))]
    assert replaced_by("silent", remembered.filters()) == saved
    assert filter_line(saved) == "status:silent model:CX700"


def test_a_renamed_filter_finds_the_same_by_its_new_name_alone(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "console.json")
    saved = save_filter(remembered, "Silent", {"status": "silent"})
    renamed = rename_filter(remembered, saved, "Quiet")
    assert Remembered(tmp_path / "console.json").filters() == [renamed] == [SavedFilter("Quiet", saved.fields)]


async def test_the_count_is_what_the_service_finds_now(tmp_path: Path) -> None:
    everything, cx700 = SavedFilter("All", ()), SavedFilter("CX700", (("model", "CX700"),))
    unknown = SavedFilter("Of another version", (("colour", "red"),))
    async with filled_service(tmp_path) as service, service.client() as client:
        assert [await count_devices(client, each) for each in (everything, cx700, unknown)] == ["4", "3", "?"]
        await service.check("00-04-F2-00-00-09")
        assert await count_devices(client, cx700) == "4"
