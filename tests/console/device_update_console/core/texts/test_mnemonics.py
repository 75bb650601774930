"""Labels that are put together at run time can be reached by keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.texts.mnemonics import mnemonic_of, with_mnemonics


@pytest.mark.parametrize(
    ("titles", "taken", "marked"),
    [
        (
            ["Valid log file types", "Valid log file extensions"],
            "",
            ["&Valid log file types", "Valid &log file extensions"],
        ),
        (["Apply", "Paper"], "a", ["A&pply", "Pap&er"]),
        (["ab", "a"], "", ["a&b", "&a"]),
        (["R&D"], "", ["&R&&D"]),
        (["a", "a"], "", ["&a", "a"]),
        (["Größe"], "gr", ["Gr&öße"]),
        (["..."], "", ["..."]),
    ],
)
def test_every_title_gets_a_letter_of_its_own_where_there_is_one(
    titles: list[str], taken: str, marked: list[str]
) -> None:
    assert with_mnemonics(titles, taken) == marked


@given(st.lists(st.text("abcAB &.ß", max_size=6), max_size=6), st.text("ab", max_size=2))
def test_no_letter_is_given_twice_and_no_title_is_changed_otherwise(titles: list[str], taken: str) -> None:
    marked = with_mnemonics(titles, taken)
    letters = [letter for letter in map(mnemonic_of, marked) if letter]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & set(taken)
    plain = [each.replace("&&", "\0").replace("&", "").replace("\0", "&") for each in marked]
    assert plain == titles
