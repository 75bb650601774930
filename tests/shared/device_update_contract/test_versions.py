"""Versions of contract section 1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import MAX_TEXT, InvalidVersion, Version, same_version

_numbers = st.integers(0, 2**32 - 1)
_parts = st.lists(_numbers, min_size=1, max_size=4).filter(lambda parts: len(".".join(map(str, parts))) <= MAX_TEXT)
_texts = _parts.map(lambda parts: ".".join(map(str, parts)))


@given(_texts, _texts)
def test_versions_compare_number_by_number(first: str, second: str) -> None:
    def numbers(text: str) -> list[int]:
        parts = [int(part) for part in text.split(".")]
        return parts + [0] * (4 - len(parts))

    a, b = Version.parse(first), Version.parse(second)
    assert (a < b, a == b, a > b) == (
        numbers(first) < numbers(second),
        numbers(first) == numbers(second),
        numbers(first) > numbers(second),
    )
    assert (a <= b, a >= b) == (numbers(first) <= numbers(second), numbers(first) >= numbers(second))
    assert (a.key < b.key, a.key == b.key) == (a < b, a == b)
    assert a != b or hash(a) == hash(b)
    assert same_version(a, b) == (a == b)


@given(_texts)
def test_the_text_is_kept_as_it_was_given(text: str) -> None:
    assert str(Version.parse(f"  {text}\n")) == text


@pytest.mark.parametrize(
    ("first", "second"), [("1.0.522.0101", "1.0.522.101"), ("4", "4.0.0.0"), ("1.2", "01.2.0"), ("0", "0.0")]
)
def test_leading_zeros_and_missing_parts_do_not_count(first: str, second: str) -> None:
    assert Version.parse(first) == Version.parse(second)


def test_numbers_are_compared_not_letters() -> None:
    assert Version.parse("1.0.522.101") < Version.parse("1.0.522.1000")
    assert Version.parse("3.5.6907.35") < Version.parse("3.5.6907.187")
    assert max(Version.parse(text) for text in ("1.9", "1.10", "1.2")).text == "1.10"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1.",
        ".1",
        "1..2",
        "1.2.3.4.5",
        "a",
        "1.0a",
        "-1",
        "+1",
        "1_0",
        "1 .2",
        "1,2",
        "0x1",
        "1e3",
        "٣.١",
        "1\n2",
        "1\x00",
    ],
)
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        Version.parse(text)
    assert caught.value.code == "invalid-version"
    assert isinstance(caught.value, InvalidValue)


def test_twenty_characters_are_accepted_and_twenty_one_are_not() -> None:
    assert Version.parse("1.0.0.00000000000001").text == "1.0.0.00000000000001"
    with pytest.raises(InvalidVersion):
        Version.parse("1.0.0.000000000000001")


def test_each_number_is_below_two_to_the_thirty_second() -> None:
    assert Version.parse("4294967295").numbers[0] == 2**32 - 1
    with pytest.raises(InvalidVersion):
        Version.parse("1.4294967296")


@given(st.text(max_size=30))
def test_any_text_is_a_version_or_is_refused_with_a_sentence(text: str) -> None:
    try:
        version = Version.parse(text)
    except InvalidVersion:
        return
    assert Version.parse(str(version)) == version


def test_a_version_is_never_equal_to_something_else() -> None:
    assert Version.parse("1") != "1"
    assert not same_version(Version.parse("1"), None)
    assert not same_version(None, None)
