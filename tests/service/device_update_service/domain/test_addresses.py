"""Addresses are compared and sorted as numbers, IPv4 within IPv6."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.domain.addresses import InvalidNetwork, address_key, network_bounds, written_address


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_keys_sort_as_addresses_do(first: IPv4Address, second: IPv4Address) -> None:
    one, two = address_key(str(first)), address_key(str(second))
    assert one is not None
    assert two is not None
    assert len(one) == 32
    assert (one < two) == (first < second)
    assert address_key(f"::ffff:{first}") == one


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_holds_exactly_the_addresses_between_its_bounds(
    member: IPv4Address, other: IPv4Address, length: int
) -> None:
    low, high = network_bounds(f"{member}/{length}")
    network = IPv4Network((member, length), strict=False)
    for address in (member, other):
        assert (low <= (address_key(str(address)) or "") <= high) == (address in network)


def test_one_address_is_a_network_of_its_own() -> None:
    assert network_bounds(" 2001:db8::1 ") == (address_key("2001:db8::1"),) * 2


@pytest.mark.parametrize("text", ["", "x", "10.0.0", "10.0.0.0/33", "10.0.0.256", "::/129"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert address_key(text) is None
    with pytest.raises(InvalidNetwork):
        network_bounds(text)
    with pytest.raises(InvalidNetwork):
        written_address(text)


def test_an_address_is_written_in_one_way() -> None:
    assert written_address(" 2001:DB8:0::1 ") == "2001:db8::1"
    assert written_address("::ffff:192.0.2.7") == written_address("192.0.2.7") == "192.0.2.7"
