from __future__ import annotations

import pytest

from device_update_contract.device_messages.answers import OfferedUpdate
from device_update_simulator.failures import Refused, WrongUsage
from device_update_simulator.service_address import base_url_of, file_url, parse_service_address


@pytest.mark.parametrize(
    ("text", "with_account", "check_url", "external"),
    [
        ("http://127.0.0.1:8080", False, "http://127.0.0.1:8080/RequestHandler/ucdevice.upx", False),
        ("http://127.0.0.1:8080/", False, "http://127.0.0.1:8080/RequestHandler/ucdevice.upx", False),
        ("http://[::1]:8080", False, "http://[::1]:8080/RequestHandler/ucdevice.upx", False),
        ("https://up.example.com", True, "https://up.example.com:443/RequestHandlerExt/ucdevice.upx", True),
        ("http://h/requesthandlerext/UCDEVICE.upx", False, "http://h:80/requesthandlerext/UCDEVICE.upx", True),
        ("http://h/RequestHandler/ucdevice.upx", True, "http://h:80/RequestHandler/ucdevice.upx", True),
    ],
)
def test_the_route_follows_from_the_url_and_the_account(
    text: str, with_account: bool, check_url: str, external: bool
) -> None:
    address = parse_service_address(text, with_account=with_account)
    assert (address.check_url, address.external) == (check_url, external)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:8080",
        "ftp://h",
        "http://",
        "http://h:x",
        "http://h/other",
        "http://u:p@h",
        "http://h?x",
        "http://[",
    ],
)
def test_what_is_no_listener_is_wrong_usage(text: str) -> None:
    with pytest.raises(WrongUsage):
        parse_service_address(text)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("127.3.2.1", True),
        ("[::1]", False),
        ("10.0.0.1", False),
        ("h", False),
    ],
)
def test_only_the_loopback_network_has_addresses_to_choose_among(host: str, loopback: bool) -> None:
    assert parse_service_address(f"http://{host}:1").is_loopback == loopback


def test_a_file_name_becomes_one_part_of_the_url() -> None:
    assert file_url("http://h/a%20b", "CPE +#/ä.nbt") == "http://h/a%20b/CPE%20%2B%23%2F%C3%A4.nbt"


def test_a_device_takes_the_address_that_it_can_reach() -> None:
    offer = OfferedUpdate("http://inside/x", "https://outside/x", ())
    assert base_url_of(offer, external=False) == "http://inside/x"
    assert base_url_of(offer, external=True) == "https://outside/x"
    with pytest.raises(Refused, match="no address for devices outside"):
        base_url_of(OfferedUpdate("http://inside/x", None, ()), external=True)
    with pytest.raises(Refused, match="not an address for http"):
        base_url_of(OfferedUpdate("file:///etc", None, ()), external=False)
