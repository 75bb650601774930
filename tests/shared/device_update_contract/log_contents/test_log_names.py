"""What a log's file name tells, by the original's conventions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.log_contents.log_names import NamedLog, told_by_name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "78491-322-0002937-00652-2007-06-08151023-WATSON-1.0.3626.0.kdmp",
            NamedLog("78491-322-0002937-00652", "2007-06-08 15:10:23", "1.0.3626.0"),
        ),
        ("20090501170926-CELOG0.clg", NamedLog(None, "2009-05-01 17:09:26", None)),
        (
            "UCPhone_0004F2000176-20090501-CELOG170926_1.CLG",
            NamedLog("UCPhone_0004F2000176", "2009-05-01 17:09:26", None),
        ),
    ],
)
def test_the_original_devices_names_tell_device_time_and_software(name: str, told: NamedLog) -> None:
    assert told_by_name(name) == told


@pytest.mark.parametrize(
    "name",
    [
        "boot.clg",
        "",
        "20091301170926-CELOG0.clg",
        "x-2007-06-08151023-WATSON-1.0.kdmp",
        "../20090501170926-CELOG0.clg",
    ],
)
def test_names_of_another_form_tell_nothing(name: str) -> None:
    assert told_by_name(name) is None


@given(st.text(max_size=300) | st.from_regex(r"[0-9-]{0,200}-WATSON-[0-9.]{0,40}\.kdmp", fullmatch=True))
def test_any_name_is_borne(name: str) -> None:
    found = told_by_name(name)
    assert found is None or len(found.written_at) == 19
