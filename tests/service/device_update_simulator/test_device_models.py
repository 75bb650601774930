from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.identifiers import parse_mac, parse_serial
from device_update_contract.versions import Version
from device_update_simulator.device_models import MAX_DEVICES, MODELS, draw, identity_of

numbers = st.integers(0, MAX_DEVICES - 1)
seeds = st.integers(-(2**40), 2**40)


@given(seed=seeds, number=numbers)
def test_a_device_has_identifiers_in_their_canonical_form(seed: int, number: int) -> None:
    identity = identity_of(seed, number)
    assert parse_mac(identity.mac) == identity.mac
    assert parse_serial(identity.serial) == identity.serial
    assert identity.mac.startswith(identity.model.mac_prefix)


@given(seed=seeds, first=numbers, second=numbers)
def test_two_devices_of_a_seed_never_share_an_identifier(seed: int, first: int, second: int) -> None:
    if first != second:
        one, other = identity_of(seed, first), identity_of(seed, second)
        assert one.mac[9:] != other.mac[9:]
        assert one.serial[4:] != other.serial[4:]


def test_device_n_of_a_seed_is_the_same_device_in_every_release() -> None:
    identity = identity_of(7, 42)
    assert (identity.mac, identity.serial, identity.model.title, identity.first_version) == (
        "00-04-F2-ED-91-54",
        "PC7-15569236",
        "Polycom CX700",
        "3.5.6907.187",
    )


def test_the_mix_is_that_of_the_inventory() -> None:
    devices = [identity_of(1, number) for number in range(20_000)]
    seen = Counter(identity.model.title for identity in devices)
    whole = sum(model.share for model in MODELS)
    for model in MODELS:
        assert seen[model.title] / 20_000 == pytest.approx(model.share / whole, abs=0.01)
    assert {identity.mac[:8] for identity in devices if identity.model.vendor == "Polycom"} == {"00-04-F2"}
    assert {identity.mac[:8] for identity in devices if identity.model.vendor == "Aastra"} == {"00-08-5D"}


def test_every_version_of_the_mix_is_one() -> None:
    for model in MODELS:
        assert len({Version.parse(text) for text, _ in model.versions}) == len(model.versions)


@given(seed=seeds, number=numbers, occasion=st.text())
def test_a_draw_is_a_share_and_the_same_again(seed: int, number: int, occasion: str) -> None:
    drawn = draw(seed, number, occasion)
    assert 0 <= drawn < 1
    assert draw(seed, number, occasion) == drawn


@pytest.mark.parametrize("number", [-1, MAX_DEVICES])
def test_a_number_without_a_mac_address_of_its_own_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="is not between"):
        identity_of(0, number)
