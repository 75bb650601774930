from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_http_authentication.challenges import Scheme, authorization, read_offers
from device_update_http_authentication.identities import Credentials, SignedInUser

SOMEBODY = Credentials("ada", "correct horse")


@pytest.mark.parametrize(
    ("lines", "password", "ticket"),
    [
        ([], None, None),
        (['Basic realm="a, b"', "Bearer"], None, None),
        (["NTLM"], Scheme.NTLM, None),
        (["Negotiate"], Scheme.NEGOTIATE, Scheme.NEGOTIATE),
        (["Negotiate", "NTLM"], Scheme.NTLM, Scheme.NEGOTIATE),
        (["negotiate, ntlm, basic realm=x"], Scheme.NTLM, Scheme.NEGOTIATE),
    ],
)
def test_the_scheme_follows_from_what_is_offered_and_who_signs_in(
    lines: list[str], password: Scheme | None, ticket: Scheme | None
) -> None:
    offers = read_offers(lines)
    assert (offers.scheme_for(SOMEBODY), offers.scheme_for(SignedInUser())) == (password, ticket)


@given(st.binary(min_size=1, max_size=300), st.sampled_from(Scheme))
def test_a_token_comes_back_as_it_went(token: bytes, scheme: Scheme) -> None:
    assert read_offers([authorization(scheme, token)]).tokens == {scheme.lower(): token}


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_lines_are_read_without_an_error(lines: list[str]) -> None:
    read_offers(lines)


def test_a_token_of_more_than_64_kib_is_none() -> None:
    assert read_offers(["NTLM " + "A" * 65_540]).tokens == {"ntlm": None}
