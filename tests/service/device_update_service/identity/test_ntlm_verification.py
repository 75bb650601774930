"""NTLMv2's calculation, with the examples of its specification (MS-NLMP 4.2.4) and against pyspnego's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spnego._ntlm_raw.crypto import hmac_md5, ntowfv2

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import Claim, HandshakeRefused, NtlmResponse
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.identity.ntlm_verification import verify_with_hash

SERVER_CHALLENGE = bytes.fromhex("0123456789abcdef")
EXAMPLE = bytes.fromhex(
    "68cd0ab851e51c96aabc927bebef6a1c"
    "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
    "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000"
)


def response(nt_response: bytes, *, user: str = "User", domain: str | None = "Domain") -> NtlmResponse:
    return NtlmResponse(Claim(user, domain), SERVER_CHALLENGE, nt_response, b"")


def test_the_example_of_the_specification_is_right_and_gives_its_key() -> None:
    verified = verify_with_hash(response(EXAMPLE), nt_hash("Password"))
    assert verified.session_base_key.hex() == "8de40ccadbc14a82f15cb0ad0de95ca3"


@pytest.mark.parametrize("password", ["password", "", "Password "])
def test_the_example_is_wrong_with_another_password(password: str) -> None:
    with pytest.raises(HandshakeRefused) as refused:
        verify_with_hash(response(EXAMPLE), nt_hash(password))
    assert refused.value.cause is SignInCause.WRONG_PASSWORD


@pytest.mark.parametrize(("user", "domain"), [("Other", "Domain"), ("User", "DOMAIN"), ("User", None)])
def test_the_answer_is_bound_to_user_and_domain_as_they_were_written(user: str, domain: str | None) -> None:
    with pytest.raises(HandshakeRefused):
        verify_with_hash(response(EXAMPLE, user=user, domain=domain), nt_hash("Password"))


def test_no_hash_verifies_nothing() -> None:
    for without in (None, b""):
        with pytest.raises(HandshakeRefused):
            verify_with_hash(response(EXAMPLE), without)


NAMES = st.text(st.characters(codec="utf-16-le", categories=("L", "N", "P", "S")), min_size=1, max_size=20)


@given(user=NAMES, domain=NAMES | st.none(), known=st.binary(min_size=16, max_size=16), said=st.binary(max_size=80))
def test_an_answer_made_as_pyspnego_makes_it_is_right(user: str, domain: str | None, known: bytes, said: bytes) -> None:
    key = ntowfv2(user, known, domain)
    proof = hmac_md5(key, SERVER_CHALLENGE + said)
    verified = verify_with_hash(response(proof + said, user=user, domain=domain), known)
    assert verified.session_base_key == hmac_md5(key, proof)
    with pytest.raises(HandshakeRefused):
        verify_with_hash(response(proof + said + b"\0", user=user, domain=domain), known)
