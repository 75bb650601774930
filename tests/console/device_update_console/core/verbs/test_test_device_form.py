"""What is wrong with a test device's name and identifier while they are typed, and the requests made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration_samples import device

from device_update_console.core.verbs.test_device_form import (
    MAC,
    SERIAL,
    changed_test_device,
    identifier_problem,
    name_problem,
    new_test_device,
    suggested_values,
)
from device_update_contract.identifiers import InvalidIdentifier, parse_mac, parse_serial


@pytest.mark.parametrize("mac", ["010203040506", "01-02-03-04-05-06", "01:02:03:04:05:06", "0004.f200.0176"])
def test_every_way_to_write_a_mac_address_is_taken(mac: str) -> None:
    assert identifier_problem(MAC, mac) == ""


@pytest.mark.parametrize(
    ("kind", "identifier", "sentence"),
    [
        (MAC, "", "Type the device's MAC address."),
        (MAC, "01-02-03-04-05", "A MAC address has six to eight pairs"),
        (MAC, "01-02:03-04-05-06", "A MAC address has six to eight pairs"),
        (MAC, "00-00-00-00-00-00", "This names no device."),
        (SERIAL, " ", "Type the device's serial number."),
        (SERIAL, "A 17", "A serial number has 1 to 64"),
        (SERIAL, "0000", "This names no device."),
    ],
)
def test_what_is_wrong_with_an_identifier_is_a_sentence(kind: str, identifier: str, sentence: str) -> None:
    assert identifier_problem(kind, identifier).startswith(sentence)


@given(st.text(max_size=70), st.sampled_from([MAC, SERIAL]))
def test_what_the_contract_refuses_is_never_called_right(identifier: str, kind: str) -> None:
    try:
        parse_mac(identifier) if kind == MAC else parse_serial(identifier)
    except InvalidIdentifier:
        assert identifier_problem(kind, identifier)


def test_a_name_is_neither_empty_nor_holds_what_cannot_be_seen() -> None:
    assert name_problem("Reception \N{GRINNING FACE}") == ""
    assert name_problem(" ") == "Give the test device a name."
    assert name_problem("a\tb") == "A name has no control characters."


def test_a_known_device_is_named_by_its_label_and_known_by_its_mac_or_else_its_serial() -> None:
    assert suggested_values(device(label="Lobby")) == {
        "name": "Lobby",
        "identifier_type": MAC,
        "identifier": "00-04-F2-00-01-76",
    }
    by_serial = suggested_values(device(mac=None, label="x" * 100))
    assert by_serial == {"name": "x" * 64, "identifier_type": SERIAL, "identifier": "07823-A345"}


def test_of_a_change_only_what_changed_is_sent_but_type_and_identifier_together() -> None:
    filled_in = {"name": "Lobby", "identifier_type": SERIAL, "identifier": "A17"}
    assert changed_test_device(filled_in, {"name": "Lobby"}).model_dump(exclude_unset=True) == {"name": "Lobby"}
    changed = changed_test_device(filled_in, {"identifier": "A17"}).model_dump(exclude_unset=True)
    assert changed == {"identifier_type": SERIAL, "identifier": "A17"}
    assert new_test_device(filled_in).identifier == "A17"
