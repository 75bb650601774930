"""A text that was searched for is known in every notation of a MAC address, and is told what it cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.empty_lists import EmptyListCode
from device_update_service.domain.sought_texts import SoughtText, mistakes


def codes(text: str) -> list[EmptyListCode]:
    return [code for code, _ in mistakes(SoughtText(text))]


@pytest.mark.parametrize("text", ["4G2", "00-04-F2-0O-01", "0004.f2g0.0176", "4H2", "00:04:G2:00:01:76", "O4F2"])
def test_what_was_meant_as_a_mac_address_and_has_other_letters_is_no_part_of_one(text: str) -> None:
    assert codes(text) == [EmptyListCode.NO_MAC_PART]


@pytest.mark.parametrize(
    "text", ["kenmyer", "kenmyer@contoso.com", "Lobby 2", "07823-A345", "4F2", "10.3.1.9", "ü4F2", "Ab"]
)
def test_other_texts_are_told_nothing_of_mac_addresses(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0004F20001760", EmptyListCode.NO_MAC_LENGTH),
        ("00-04-F2-00-01-76-00-00-01", EmptyListCode.NO_MAC_LENGTH),
        ("10.3.1.999", EmptyListCode.NO_ADDRESS),
    ],
)
def test_a_wrong_length_or_number_is_told(text: str, code: EmptyListCode) -> None:
    assert codes(text) == [code]


def test_the_letters_that_are_wrong_are_named_once() -> None:
    [(_, parameters)] = mistakes(SoughtText("0G4-F2GH-0000"))
    assert parameters == {"search": "0G4-F2GH-0000", "characters": "G, H"}


@given(st.text(alphabet="0123456789abcdefABCDEF", min_size=1, max_size=12), st.sampled_from(["-", ":", "."]))
def test_a_part_of_a_mac_address_is_never_a_mistake_however_it_is_written(digits: str, separator: str) -> None:
    written = separator.join(digits[place : place + 2] for place in range(0, len(digits), 2))
    assert [code for code in codes(written) if code is not EmptyListCode.NO_ADDRESS] == []
    assert SoughtText(written).mac_part == digits.lower()


@given(st.text(alphabet="0123456789ABCDEF", min_size=12, max_size=12), st.text(alphabet="0123456789ABCDEF", max_size=6))
def test_a_mac_address_holds_a_form_of_a_text_exactly_where_its_digits_do(mac: str, part: str) -> None:
    canonical = "-".join(mac[place : place + 2] for place in range(0, 12, 2))
    for text in (part, mac[3:8], mac[2:5].lower()):
        assert any(form in canonical for form in SoughtText(text).in_macs) == (text != "" and text.upper() in mac)


@given(st.text(min_size=1, max_size=300).map(str.strip).filter(bool))
def test_any_text_can_be_looked_at(text: str) -> None:
    sought = SoughtText(text)
    assert len(sought.shown) <= 81
    assert all(form == form.upper() for form in sought.in_macs)
    for code, parameters in mistakes(sought):
        assert code in {EmptyListCode.NO_MAC_PART, EmptyListCode.NO_MAC_LENGTH, EmptyListCode.NO_ADDRESS}
        assert parameters["search"] == sought.shown
