"""The keys and signatures of an NTLM session are those of pyspnego."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spnego._ntlm_raw.crypto import rc4init, rc4k, sealkey, signkey
from spnego._ntlm_raw.security import sign

from device_update_service.identity.claims import Claim, HandshakeRefused
from device_update_service.identity.ntlm_messages import Authenticate, Flag
from device_update_service.identity.ntlm_session import NtlmSession, session_key

KEYS = st.binary(min_size=16, max_size=16)
FLAGS = st.sampled_from([0, Flag.KEY_56, Flag.KEY_128, Flag.KEY_128 | Flag.KEY_56]).flatmap(
    lambda lengths: st.sampled_from([0, Flag.KEY_EXCHANGE]).map(lambda exchange: int(lengths | exchange))
)


def authenticate(flags: int, encrypted_session_key: bytes) -> Authenticate:
    return Authenticate(b"", flags, Claim("phone", None), b"", b"", encrypted_session_key, None)


def their_signature(flags: int, key: bytes, usage: str, message: bytes) -> bytes:
    return sign(flags, rc4init(sealkey(flags, key, usage)), signkey(flags, key, usage), 0, message)


@given(FLAGS, KEYS, st.binary(max_size=60))
def test_signatures_are_those_that_pyspnego_makes(strength: int, key: bytes, message: bytes) -> None:
    flags = int(strength | Flag.SIGN | Flag.EXTENDED_SESSION_SECURITY | Flag.ALWAYS_SIGN)
    session = NtlmSession(flags, key)
    assert session.signature(message) == their_signature(flags, key, "accept", message)
    from_client = their_signature(flags, key, "initiate", message)
    assert session.is_signed(message, from_client)
    assert not session.is_signed(message + b"x", from_client)
    assert not session.is_signed(message, session.signature(message))
    assert not session.is_signed(message, b"")


@given(KEYS)
def test_without_integrity_signatures_are_those_of_windows(key: bytes) -> None:
    flags = int(Flag.ALWAYS_SIGN | Flag.EXTENDED_SESSION_SECURITY)
    assert NtlmSession(flags, key).signature(b"list") == their_signature(flags, key, "accept", b"list")


@given(KEYS)
def test_signatures_without_extended_session_security_count_for_nothing(key: bytes) -> None:
    session = NtlmSession(int(Flag.SIGN), key)
    assert not session.is_signed(b"list", session.signature(b"list"))
    for flags in (Flag.SIGN, Flag.SIGN | Flag.EXTENDED_SESSION_SECURITY):
        assert not session.is_signed(b"list", their_signature(int(flags), key, "initiate", b"list"))


@given(KEYS, KEYS)
def test_a_random_key_of_the_client_is_decrypted_where_one_was_agreed_on(base: bytes, sent: bytes) -> None:
    exchanged = Flag.KEY_EXCHANGE | Flag.SIGN
    assert session_key(authenticate(exchanged, sent), base) == rc4k(base, sent)
    assert session_key(authenticate(Flag.KEY_EXCHANGE, sent), base) == base
    assert session_key(authenticate(Flag.SIGN, sent), base) == base


@pytest.mark.parametrize("length", [0, 1, 15, 17])
def test_a_random_key_of_another_length_is_malformed(length: int) -> None:
    with pytest.raises(HandshakeRefused):
        session_key(authenticate(Flag.KEY_EXCHANGE | Flag.SIGN, bytes(length)), bytes(16))
