"""Nobody gets in without the password: forged, replayed, tampered and mutated messages, bare and inside SPNEGO.

Several of these got into pyspnego 0.12's own acceptors; they stay here for good.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest
import spnego
from spnego._context import GSSMech
from spnego._ntlm_raw.messages import NegotiateFlags
from spnego._spnego import NegState, NegTokenInit, NegTokenResp
from tests.support.handshake_clients import (
    FLAGS,
    PASSWORD,
    SCHEMES,
    HeldUp,
    authenticate_message,
    client_of,
    held_up,
    in_scheme,
    negotiate_message,
    offer,
    plain_acceptor,
    refusal_of,
    reply,
)

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import HandshakeRefused
from device_update_service.identity.handshakes import Accepted, Challenge, Handshake, HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash

both_schemes = pytest.mark.parametrize("scheme", SCHEMES)
NTLM, KERBEROS = GSSMech.ntlm.value, GSSMech.kerberos.value


def challenged(scheme: HandshakeScheme) -> Handshake:
    """A handshake whose challenge was given."""
    handshake = plain_acceptor().begin(scheme, None)
    assert isinstance(handshake.step(in_scheme(scheme, negotiate_message())), Challenge)
    return handshake


@both_schemes
@pytest.mark.parametrize("level", [None, "0", "3", "5"])
def test_a_forged_message_lets_no_known_user_in_at_any_level(
    scheme: HandshakeScheme, level: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probes/ntlm_bypass.py: an empty NT response, and an LM response of 8 arbitrary and 16 zero bytes."""
    monkeypatch.delenv("LM_COMPAT_LEVEL", raising=False)
    if level is not None:
        monkeypatch.setenv("LM_COMPAT_LEVEL", level)
    forged = authenticate_message("phone", lm=b"A" * 8 + bytes(16))
    assert refusal_of(challenged(scheme), in_scheme(scheme, forged)).cause is SignInCause.OLD_PROTOCOL


@both_schemes
@pytest.mark.parametrize("level", ["0", "1", "2"])
def test_clients_of_lm_and_ntlmv1_are_refused_with_the_right_password(
    scheme: HandshakeScheme, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", level)
    options = spnego.NegotiateOptions.use_ntlm if scheme == "ntlm" else spnego.NegotiateOptions.use_negotiate
    attempt = held_up(plain_acceptor(), scheme, spnego.client("phone", PASSWORD, protocol=scheme, options=options))
    refused = refusal_of(attempt.handshake, attempt.last_token)
    assert refused.cause is SignInCause.OLD_PROTOCOL
    assert str(refused.claim) == "phone"


@both_schemes
@pytest.mark.parametrize("length", [0, 1, 8, 16, 23, 24, 25, 40, 43, 44, 60])
@pytest.mark.parametrize("lm", [b"", b"\0", bytes(24)])
def test_responses_of_zeros_let_nobody_in(scheme: HandshakeScheme, length: int, lm: bytes) -> None:
    refusal_of(challenged(scheme), in_scheme(scheme, authenticate_message("phone", lm=lm, nt=bytes(length))))


@both_schemes
@pytest.mark.parametrize("user", ["", "@x", "X\\", "\\"])
def test_the_anonymous_user_is_refused(scheme: HandshakeScheme, user: str) -> None:
    for nt, lm in ((b"", b"\0"), (b"", b""), (bytes(44), b"")):
        refused = refusal_of(challenged(scheme), in_scheme(scheme, authenticate_message(user, nt=nt, lm=lm)))
        assert refused.cause is SignInCause.UNKNOWN_ACCOUNT


@both_schemes
@pytest.mark.parametrize(
    "user", ["phone\0", "\0phone", "pho\nne", "phone\u202e", "phone\ud800", "\udc00", "p" * 257], ids=ascii
)
def test_names_that_no_person_could_read_are_malformed(scheme: HandshakeScheme, user: str) -> None:
    encoded = user.encode("utf-16-le", "surrogatepass")
    placeholder = "Q" * (len(encoded) // 2)
    message = authenticate_message(placeholder, nt=b"\1" * 60).replace(placeholder.encode("utf-16-le"), encoded)
    handshake = challenged(scheme)
    with pytest.raises(HandshakeRefused) as refused:
        handshake.claim(in_scheme(scheme, message))
    assert refused.value.cause is SignInCause.MALFORMED_TOKEN
    assert refusal_of(handshake, in_scheme(scheme, message)).cause is SignInCause.MALFORMED_TOKEN


@both_schemes
def test_a_name_in_a_code_page_of_old_is_read_where_it_is_ascii(scheme: HandshakeScheme) -> None:
    flags = (FLAGS & ~NegotiateFlags.unicode) | NegotiateFlags.oem
    response = bytes(16) + b"\1\1" + bytes(60)
    message = in_scheme(scheme, authenticate_message("phone", nt=response, flags=flags))
    assert str(challenged(scheme).claim(message)) == "phone"
    refused = refusal_of(challenged(scheme), in_scheme(scheme, authenticate_message("tür", nt=response, flags=flags)))
    assert refused.cause is SignInCause.MALFORMED_TOKEN


@both_schemes
def test_a_replayed_last_message_is_refused_everywhere(scheme: HandshakeScheme) -> None:
    attempt = held_up(plain_acceptor(), scheme)
    assert isinstance(attempt.handshake.step(attempt.last_token), Accepted)
    assert refusal_of(challenged(scheme), attempt.last_token).cause is SignInCause.WRONG_PASSWORD
    assert refusal_of(plain_acceptor().begin(scheme, None), attempt.last_token).cause is SignInCause.OUT_OF_ORDER


@both_schemes
def test_a_first_message_that_was_changed_on_the_way_is_noticed(scheme: HandshakeScheme) -> None:
    def without_integrity(token: bytes) -> bytes:
        at = token.index(b"NTLMSSP\0") + 12
        return token[:at] + bytes((token[at] & ~int(NegotiateFlags.sign),)) + token[at + 1 :]

    attempt = held_up(plain_acceptor(), scheme, first_token_changed=without_integrity)
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.MALFORMED_TOKEN


def test_no_byte_of_a_last_message_with_an_integrity_code_can_be_changed() -> None:
    length = len(held_up(plain_acceptor(), "ntlm").last_token)
    for at in range(length):
        attempt = held_up(plain_acceptor(), "ntlm")
        changed = bytearray(attempt.last_token)
        changed[at] ^= 1 << at % 8
        refusal_of(attempt.handshake, bytes(changed))


def test_an_integrity_code_cannot_be_left_out_by_leaving_no_room_for_it() -> None:
    """pyspnego takes a message that says it has a code, and has no room for one, without looking for it."""
    attempt = held_up(plain_acceptor(), "ntlm")
    message = attempt.last_token
    fields = bytearray(message[:64])
    payload = min(int.from_bytes(fields[at + 4 : at + 8], "little") for at in range(12, 60, 8) if fields[at])
    for at in range(12, 60, 8):
        offset = int.from_bytes(fields[at + 4 : at + 8], "little")
        fields[at + 4 : at + 8] = max(offset - payload + 64, 64).to_bytes(4, "little")
    assert refusal_of(attempt.handshake, bytes(fields) + message[payload:]).cause is SignInCause.MALFORMED_TOKEN


def test_the_answer_of_one_user_lets_no_other_in() -> None:
    attempt = held_up(plain_acceptor(), "ntlm")
    user = "phone".encode("utf-16-le")
    other = attempt.last_token.replace(user, "alice".encode("utf-16-le"))
    assert other != attempt.last_token
    assert refusal_of(attempt.handshake, other).cause is SignInCause.WRONG_PASSWORD


# What only a negotiation can get wrong


def test_a_client_that_says_the_negotiation_is_complete_is_not_believed() -> None:
    """pyspnego's acceptor is `complete` after this, with nobody verified."""
    complete = reply(state=NegState.accept_complete)
    assert refusal_of(challenged("negotiate"), complete).cause is SignInCause.MALFORMED_TOKEN
    assert refusal_of(plain_acceptor().begin("negotiate", None), complete).cause is SignInCause.OUT_OF_ORDER
    announced = plain_acceptor().begin("negotiate", None)
    assert isinstance(announced.step(offer(None)), Challenge)
    assert refusal_of(announced, complete).cause is SignInCause.MALFORMED_TOKEN


@pytest.mark.parametrize("state", [None, *NegState])
@pytest.mark.parametrize("mechanism", [None, NTLM])
@pytest.mark.parametrize("mic", [None, b"\x01" + bytes(15)])
def test_no_state_that_a_client_claims_makes_up_for_a_password(
    state: NegState | None, mechanism: str | None, mic: bytes | None
) -> None:
    for message in (None, authenticate_message("phone", lm=bytes(24)), negotiate_message(), b"\x60\x00"):
        refusal_of(challenged("negotiate"), reply(message, state=state, mechanism=mechanism, mic=mic))


@pytest.mark.parametrize("state", [None, NegState.accept_complete, NegState.accept_incomplete])
def test_a_right_answer_counts_whatever_state_the_client_claims(state: NegState | None) -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    token = reply(ntlm_message_of(attempt), state=state)
    assert isinstance(attempt.handshake.step(token), Accepted)


def ntlm_message_of(attempt: HeldUp) -> bytes:
    """The NTLM message in the client's last token."""
    start = attempt.last_token.index(b"NTLMSSP\0")
    unpacked = spnego._spnego.unpack_token(attempt.last_token)
    assert isinstance(unpacked, NegTokenResp)
    assert unpacked.response_token == attempt.last_token[start : start + len(unpacked.response_token or b"")]
    return unpacked.response_token or b""


@pytest.mark.parametrize("mechanism", [KERBEROS, GSSMech.spnego.value, "1.2.3.4"])
def test_the_mechanism_cannot_be_changed_in_the_middle(mechanism: str) -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    changed = reply(ntlm_message_of(attempt), mechanism=mechanism)
    assert refusal_of(attempt.handshake, changed).cause is SignInCause.MALFORMED_TOKEN


def test_a_second_offer_in_the_middle_is_out_of_order() -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    assert refusal_of(attempt.handshake, offer(ntlm_message_of(attempt))).cause is SignInCause.OUT_OF_ORDER


def test_bare_and_negotiated_messages_do_not_mix() -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    assert refusal_of(attempt.handshake, ntlm_message_of(attempt)).cause is SignInCause.OUT_OF_ORDER
    bare = held_up(plain_acceptor(), "negotiate", client_of("ntlm"))
    assert refusal_of(bare.handshake, reply(bare.last_token)).cause is SignInCause.OUT_OF_ORDER


def test_the_last_message_of_ntlm_is_out_of_order_in_an_offer() -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    elsewhere = plain_acceptor().begin("negotiate", None)
    assert refusal_of(elsewhere, offer(ntlm_message_of(attempt))).cause is SignInCause.OUT_OF_ORDER


@pytest.mark.parametrize("mic", [b"\x01" + bytes(15), bytes(16), b"x", b"\x01\0\0\0" + b"12345678" + bytes(4)])
def test_a_wrong_signature_of_the_mechanisms_is_refused_though_the_password_is_right(mic: bytes) -> None:
    attempt = held_up(plain_acceptor(), "negotiate")
    assert refusal_of(attempt.handshake, reply(ntlm_message_of(attempt), mic=mic)).cause is SignInCause.MALFORMED_TOKEN


def test_a_list_of_mechanisms_that_was_changed_on_the_way_is_noticed() -> None:
    """Somebody in between takes Kerberos away; the client signed what it had sent."""
    acceptor = plain_acceptor()
    client = client_of("negotiate")

    def with_another(token: bytes) -> bytes:
        start = spnego._spnego.unpack_token(token)
        assert isinstance(start, NegTokenInit)
        return offer(start.mech_token, NTLM, KERBEROS)

    attempt = held_up(acceptor, "negotiate", client, first_token_changed=with_another)
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.MALFORMED_TOKEN


# Mutations: the same at every run, and others with HUNT set


def _mutated(token: bytes, chance: random.Random) -> bytes:
    changed = bytearray(token)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(changed) or 1)
        match chance.randrange(6):
            case 0:
                changed[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                changed[at : at + 4] = chance.choice((bytes(4), b"\xff" * 4, b"\1\0\0\0"))
            case 2:
                del changed[at : at + chance.randrange(1, 32)]
            case 3:
                changed[at:at] = chance.randbytes(chance.randrange(1, 32))
            case 4:
                length = chance.randrange(1, 32)
                changed[at : at + length] = bytes(length)
            case _:
                other = chance.randrange(len(changed) or 1)
                changed[at : at + 8] = changed[other : other + 8]
    return bytes(changed)


def _seed() -> int:
    return random.SystemRandom().randrange(2**32) if os.environ.get("HUNT") else 20090501


def _outcome(attempt: HeldUp, token: bytes) -> Accepted | Challenge | None:
    try:
        attempt.handshake.claim(token)
        attempt.handshake.blocks(token)
        return attempt.handshake.step(token)
    except HandshakeRefused:
        return None


@both_schemes
@pytest.mark.parametrize("known_hash", [nt_hash(PASSWORD), nt_hash("guess")], ids=["right", "wrong"])
def test_no_mutated_last_message_is_accepted(scheme: HandshakeScheme, known_hash: bytes) -> None:
    """With the right password too, since the client's integrity code covers all of NTLM's messages."""
    chance = random.Random(_seed())
    acceptor = plain_acceptor()
    for _ in range(1500):
        attempt = held_up(acceptor, scheme, client_of(scheme, known_hash=known_hash))
        message = ntlm_message_of(attempt) if scheme == "negotiate" else attempt.last_token
        token = _mutated(attempt.last_token, chance)
        outcome = _outcome(attempt, token)
        if isinstance(outcome, Accepted):  # what was changed is SPNEGO's state, and who is let in knows the password
            assert message in token
            assert known_hash == nt_hash(PASSWORD)
            assert outcome.user == "phone"


@both_schemes
def test_no_mutated_first_message_helps_a_client_without_the_password(scheme: HandshakeScheme) -> None:
    chance = random.Random(_seed())
    acceptor = plain_acceptor()
    messages: list[Callable[[], bytes]] = [
        lambda: in_scheme(scheme, authenticate_message("phone", lm=b"A" * 8 + bytes(16))),
        lambda: in_scheme(scheme, authenticate_message("phone", nt=bytes(16) + b"\1\1" + bytes(60))),
    ]
    for number in range(1500):
        handshake = acceptor.begin(scheme, None)
        attempt = HeldUp(handshake, client_of(scheme), b"")
        first = _outcome(attempt, _mutated(in_scheme(scheme, negotiate_message()), chance))
        assert not isinstance(first, Accepted)
        assert not isinstance(_outcome(attempt, messages[number % 2]()), Accepted)
