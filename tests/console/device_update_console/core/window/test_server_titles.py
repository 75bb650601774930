"""Servers are told apart by their names."""

from __future__ import annotations

import pytest

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.window.server_titles import NamedServer, distinct_titles, title_problem

ONE, OTHER = (parse_server_address(f"https://{name}.contoso.com:8444") for name in ("one", "other"))


def test_a_person_s_name_goes_before_the_pool_s_and_that_before_the_host() -> None:
    assert NamedServer(ONE).title == "one.contoso.com"
    assert NamedServer(ONE, pool="Berlin").title == "Berlin"
    assert NamedServer(ONE, given="Headquarters", pool="Berlin").title == "Headquarters"


def test_two_servers_of_one_name_have_their_addresses_behind_it() -> None:
    named = (NamedServer(ONE, pool="default"), NamedServer(OTHER, given="Default"))
    assert distinct_titles(named) == {
        ONE.origin: "default (one.contoso.com:8444)",
        OTHER.origin: "Default (other.contoso.com:8444)",
    }
    assert distinct_titles(named[:1]) == {ONE.origin: "default"}


@pytest.mark.parametrize("name", ["", "Berlin", "x" * 64, "مكتب 📞"])
def test_a_line_of_visible_characters_is_a_name(name: str) -> None:
    assert title_problem(name) == ""


@pytest.mark.parametrize("name", ["x" * 65, "two\nlines", "a\tb", "\N{RIGHT-TO-LEFT OVERRIDE}a"])
def test_what_could_disguise_a_server_is_no_name(name: str) -> None:
    assert title_problem(name)
