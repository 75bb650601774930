"""Values as people read them."""

from __future__ import annotations

import pytest

from device_update_console.core.texts.formats import counted, display_width, duration_text, one_line, size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (31_457_280, "31.5 MB"),
        (999_999_999, "1.0 GB"),
        (200_000_000, "200 MB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_sizes_are_short(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59, "59 s"), (3_725, "1 h 2 min"), (273_600, "3 d 4 h")])
def test_durations_have_two_units(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


def test_counts_carry_their_noun() -> None:
    assert [counted(n, "device") for n in (0, 1, 2)] == ["0 devices", "1 device", "2 devices"]


@pytest.mark.parametrize("hostile", ["\x1b]0;x\x07", "\r", "\n", "\x9b2J", "\u202e", "\u2028", "\ud800", "\x00"])
def test_no_control_or_direction_character_survives(hostile: str) -> None:
    safe = one_line(f"a{hostile}b")
    assert safe.isprintable()
    assert safe.startswith("a\\")


def test_text_of_other_scripts_stays_and_takes_its_columns() -> None:
    assert one_line("Gerät 電話") == "Gerät 電話"
    assert display_width("電話") == 4
