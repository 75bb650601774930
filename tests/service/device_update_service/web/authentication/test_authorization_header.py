"""Reading the header that a token comes in: total, bounded, and nothing but the two schemes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.identity.handshakes import MOST_TOKEN_BYTES
from device_update_service.web.authentication.authorization_header import SchemeToken, read_token


@given(st.text(max_size=200))
def test_any_text_is_read_as_a_token_or_as_none(text: str) -> None:
    found = read_token(text)
    assert found is None or found.token


@given(st.sampled_from(["NTLM", "ntlm", "Negotiate", "NEGOTIATE"]), st.binary(min_size=1, max_size=400))
def test_a_token_is_read_as_it_was_sent(name: str, token: bytes) -> None:
    assert read_token(f"{name} {base64.b64encode(token).decode()}") == SchemeToken(name.lower(), token)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["", "NTLM", "NTLM ", "NTLM =", "NTLM QQ", "NTLM QQ=\n=", "NTLM Q Q=", "Basic QQ==", "Bearer QQ==", "QQ=="]
)
def test_what_is_no_token_is_none(value: str) -> None:
    assert read_token(value) is None


@pytest.mark.parametrize(("size", "is_read"), [(MOST_TOKEN_BYTES, True), (MOST_TOKEN_BYTES + 1, False)])
def test_a_token_has_a_greatest_length(size: int, is_read: bool) -> None:
    assert (read_token(f"Negotiate {base64.b64encode(bytes(size)).decode()}") is not None) == is_read


@pytest.mark.parametrize(
    ("token", "is_first"),
    [
        (b"NTLMSSP\0\x01\0\0\0", True),
        (b"\x60\x48", True),
        (b"NTLMSSP\0\x03\0\0\0", False),
        (b"\xa1\x48", False),
        (b"junk", False),
    ],
)
def test_first_messages_are_told_from_later_ones(token: bytes, is_first: bool) -> None:
    assert SchemeToken("negotiate", token).is_first is is_first
