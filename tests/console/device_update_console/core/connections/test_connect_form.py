"""An address is understood as people type it, and refused in a sentence while they do."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies

from device_update_console.core.connections.connect_form import typed_address


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://updates.contoso.com", "https://updates.contoso.com"),
        ("https://updates.contoso.com:8444/", "https://updates.contoso.com:8444"),
        ("  updates.contoso.com ", "https://updates.contoso.com:8444"),
        ("updates.contoso.com:443", "https://updates.contoso.com:443"),
        ("updates", "https://updates:8444"),
        ("10.1.2.3", "https://10.1.2.3:8444"),
        ("[2001:db8::1]", "https://[2001:db8::1]:8444"),
        ("localhost", "http://localhost:8444"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_what_people_leave_out_is_completed_and_shown(typed: str, origin: str) -> None:
    found = typed_address(typed)
    assert found.address is not None
    assert found.address.origin == origin
    assert found.remark == f"Connects to {origin}"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("ftp://updates.contoso.com", "An address such as"),
        ("http://updates.contoso.com", "Over http your password could be read"),
        ("updates.contoso.com:port", "An address such as"),
        ("updates.contoso.com:99999", "An address such as"),
        ("updates.contoso.com/path", "without anything after the port"),
        ("anna:secret@updates.contoso.com", "without an account or password"),
        ("https://", "An address such as"),
        ("two words", "An address such as"),
        ("https://two words", "An address such as"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(typed: str, why: str) -> None:
    found = typed_address(typed)
    assert found.address is None
    assert why in found.problem
    assert "secret" not in found.problem


def test_nothing_is_said_before_anything_was_typed() -> None:
    assert typed_address("  ").remark == ""


def test_a_server_that_is_there_already_is_not_added_again() -> None:
    found = typed_address("UPDATES.contoso.com:8444", {"https://updates.contoso.com:8444"})
    assert (found.address, found.problem) == (None, "https://updates.contoso.com:8444 is in this console already.")


@hypothesis.given(typed=strategies.text())
def test_whatever_is_typed_there_is_an_address_or_a_reason(typed: str) -> None:
    found = typed_address(typed)
    assert bool(found.address) != bool(found.problem) or not typed.strip()
    assert found.address is None or found.address.private
