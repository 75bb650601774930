"""SPNEGO's tokens on the wire, compared with pyspnego's reading and writing of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spnego._context import GSSMech
from spnego._spnego import (
    InitialContextToken,
    NegState,
    NegTokenInit,
    NegTokenResp,
    pack_mech_type_list,
    unpack_token,
)

from device_update_service.identity.claims import HandshakeRefused
from device_update_service.identity.spnego_tokens import (
    KERBEROS,
    MICROSOFT_KERBEROS,
    NTLM,
    KerberosToken,
    NegotiationOffer,
    NegotiationReply,
    NegotiationState,
    is_kerberos,
    read_negotiation,
    write_offer,
    write_reply,
)

IDENTIFIERS = {
    GSSMech.ntlm.value: NTLM,
    GSSMech.kerberos.value: KERBEROS,
    GSSMech._ms_kerberos.value: MICROSOFT_KERBEROS,
}
MECHANISMS = st.lists(st.sampled_from(sorted(IDENTIFIERS)), min_size=1, max_size=5)
TOKENS = st.none() | st.binary(min_size=1, max_size=300)


@given(mechanisms=MECHANISMS, token=TOKENS, mic=TOKENS, has_hints=st.booleans())
def test_an_offer_is_read_as_it_was_written(
    mechanisms: list[str], token: bytes | None, mic: bytes | None, *, has_hints: bool
) -> None:
    hint = b"not_defined_in_RFC4178@please_ignore" if has_hints else None
    read = read_negotiation(NegTokenInit(mechanisms, mech_token=token, mech_list_mic=mic, hint_name=hint).pack())
    assert isinstance(read, NegotiationOffer)
    assert read.mechanisms == tuple(IDENTIFIERS[each] for each in mechanisms)
    assert read.mechanism_list == pack_mech_type_list(mechanisms)
    assert (read.token, read.mic) == (token, mic)


@given(st.none() | st.sampled_from(NegState), st.none() | st.just(GSSMech.ntlm.value), TOKENS, TOKENS)
def test_a_reply_is_read_as_it_was_written(
    state: NegState | None, mechanism: str | None, token: bytes | None, mic: bytes | None
) -> None:
    read = read_negotiation(NegTokenResp(state, mechanism, token, mic).pack())
    assert isinstance(read, NegotiationReply)
    assert read.state == (None if state is None else int(state))
    assert read.mechanism == (mechanism and NTLM)
    assert read.token == token
    assert read.mic == (None if mic == token else mic)


def test_a_signature_that_only_repeats_the_token_is_none() -> None:
    read = read_negotiation(NegTokenResp(None, None, b"token", b"token").pack())
    assert isinstance(read, NegotiationReply)
    assert (read.token, read.mic) == (b"token", None)


@given(st.sampled_from(NegotiationState), st.sampled_from([None, NTLM, KERBEROS]), TOKENS, TOKENS)
def test_a_reply_of_the_service_is_read_by_pyspnego_as_it_was_meant(
    state: NegotiationState, mechanism: bytes | None, token: bytes | None, mic: bytes | None
) -> None:
    theirs = unpack_token(write_reply(state, mechanism=mechanism, token=token, mic=mic))
    assert isinstance(theirs, NegTokenResp)
    assert int(theirs.neg_state or 0) == int(state)
    assert (theirs.supported_mech and IDENTIFIERS[theirs.supported_mech]) == mechanism
    assert (theirs.response_token, theirs.mech_list_mic) == (token, mic)


@given(st.binary(max_size=70_000))
def test_an_offer_of_ours_is_read_by_pyspnego_as_it_was_meant(token: bytes) -> None:
    theirs = unpack_token(write_offer(NTLM, token))
    assert isinstance(theirs, NegTokenInit)
    assert (theirs.mech_types, theirs.mech_token) == ([GSSMech.ntlm.value], token)


def test_a_bare_kerberos_token_is_told_by_its_mechanism() -> None:
    for mechanism in (GSSMech.kerberos, GSSMech._ms_kerberos):
        bare = InitialContextToken(mechanism, b"\x01\x00anything").pack()
        assert read_negotiation(bare) == KerberosToken(bare)
        assert is_kerberos(bare)
    assert not is_kerberos(write_offer(KERBEROS, b"token"))
    with pytest.raises(HandshakeRefused):
        read_negotiation(InitialContextToken("1.2.3.4", b"\xa0\x00").pack())


OFFER = NegTokenInit(sorted(IDENTIFIERS), mech_token=b"token", mech_list_mic=b"mic").pack()
REPLY = NegTokenResp(NegState.accept_incomplete, GSSMech.ntlm.value, b"token", b"mic").pack()


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda rest: b"\x60" + bytes((len(rest),)) + rest))
def test_any_bytes_are_a_token_or_refused(token: bytes) -> None:
    _read_or_refused(token)


@given(st.sampled_from([OFFER, REPLY]), st.data())
def test_any_damage_leaves_a_token_or_is_refused(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    _read_or_refused(whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 6)) :])
    with pytest.raises(HandshakeRefused):
        read_negotiation(whole[:at])
    with pytest.raises(HandshakeRefused):
        read_negotiation(whole + b"\0")


def test_an_offer_of_nothing_or_of_very_much_is_malformed() -> None:
    for mechanisms in ([], [GSSMech.ntlm.value] * 33):
        with pytest.raises(HandshakeRefused):
            read_negotiation(NegTokenInit(mechanisms, mech_token=b"token").pack())


def test_a_field_that_comes_twice_is_malformed() -> None:
    whole = NegTokenResp(response_token=b"token").pack()
    field = whole[4:]
    twice = b"\xa1" + bytes((2 + 2 * len(field),)) + b"\x30" + bytes((2 * len(field),)) + field * 2
    assert whole == b"\xa1" + bytes((2 + len(field),)) + b"\x30" + bytes((len(field),)) + field
    with pytest.raises(HandshakeRefused):
        read_negotiation(twice)


def _read_or_refused(token: bytes) -> None:
    try:
        read = read_negotiation(token)
    except HandshakeRefused:
        return
    assert isinstance(read, NegotiationOffer | NegotiationReply | KerberosToken)
