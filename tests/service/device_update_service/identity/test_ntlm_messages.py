"""NTLM's messages on the wire, compared with pyspnego's reading and writing of them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spnego._ntlm_raw.messages import Authenticate as TheirAuthenticate
from spnego._ntlm_raw.messages import AvId as TheirAvId
from spnego._ntlm_raw.messages import Challenge as TheirChallenge
from spnego._ntlm_raw.messages import Negotiate as TheirNegotiate
from spnego._ntlm_raw.messages import NegotiateFlags, Version

from device_update_service.identity.claims import Claim, HandshakeRefused
from device_update_service.identity.ntlm_messages import (
    Authenticate,
    AvId,
    Flag,
    Negotiate,
    agreed_flags,
    read_attributes,
    read_message,
    write_challenge,
)

NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=40)
DAMAGED = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(b"NTLMSSP\0".__add__),
    st.builds(
        lambda kind, rest: b"NTLMSSP\0" + struct.pack("<I", kind) + rest, st.integers(0, 4), st.binary(max_size=300)
    ),
)


def challenge(flags: int = Flag.UNICODE, *, name: str = "updates.example") -> bytes:
    return write_challenge(flags=flags, server_name=name, server_challenge=b"12345678", filetime=10**17)


@given(user=NAMES, domain=NAMES, responses=st.tuples(st.binary(max_size=30), st.binary(max_size=90)))
def test_a_last_message_is_read_as_it_was_written(user: str, domain: str, responses: tuple[bytes, bytes]) -> None:
    flags = NegotiateFlags.unicode | NegotiateFlags.ntlm
    lm, nt = responses
    message = read_message(
        TheirAuthenticate(flags, lm, nt, domain, user, "here", b"k" * 16, Version.get_current()).pack()
    )
    assert isinstance(message, Authenticate)
    assert message.claim == Claim(user, domain or None)
    assert (message.lm_response, message.nt_response) == (lm, nt)
    assert message.encrypted_session_key == b"k" * 16
    assert message.mic_offset == 72


@pytest.mark.parametrize(("version", "offset"), [(None, 64), (Version.get_current(), 72)])
def test_the_integrity_code_is_found_with_a_version_before_it_and_without(version: Version | None, offset: int) -> None:
    message = TheirAuthenticate(NegotiateFlags.unicode, b"l", b"n", username="phone", version=version)
    message.mic = b"M" * 16
    read = read_message(message.pack())
    assert isinstance(read, Authenticate)
    assert read.mic_offset == offset
    assert read.raw[offset : offset + 16] == b"M" * 16


@given(DAMAGED)
def test_any_bytes_are_a_message_or_refused(token: bytes) -> None:
    try:
        message = read_message(token)
    except HandshakeRefused:
        return
    assert message.raw == token


@given(st.binary(max_size=100))
def test_any_bytes_are_attributes_or_refused(target_info: bytes) -> None:
    try:
        attributes = read_attributes(target_info)
    except HandshakeRefused:
        return
    assert sum(4 + len(value) for value in attributes.values()) <= len(target_info)


@pytest.mark.parametrize("at", range(12, 60, 8))
def test_a_field_outside_of_the_message_is_malformed(at: int) -> None:
    whole = TheirAuthenticate(NegotiateFlags.unicode, b"l" * 24, b"n" * 60, "d", "u", "w", b"k" * 16).pack()
    read_message(whole)
    for length, offset in ((8, len(whole) - 7), (8, 0xFFFFFFFF), (0xFFFF, 64), (8, 0), (8, 60)):
        damaged = whole[:at] + struct.pack("<HHI", length, length, offset) + whole[at + 8 :]
        with pytest.raises(HandshakeRefused):
            read_message(damaged)


def test_a_challenge_is_read_by_pyspnego_as_it_was_meant() -> None:
    theirs = TheirChallenge.unpack(challenge(Flag.UNICODE | Flag.VERSION | Flag.TARGET_INFO))
    assert theirs.server_challenge == b"12345678"
    assert theirs.target_name == "UPDATES"
    assert theirs.version is not None
    info = theirs.target_info
    assert info is not None
    assert info[TheirAvId.nb_computer_name] == info[TheirAvId.nb_domain_name] == "UPDATES"
    assert info[TheirAvId.dns_computer_name] == "updates.example"
    assert info[TheirAvId.timestamp].pack() == struct.pack("<Q", 10**17)


def test_a_host_name_of_any_length_is_announced() -> None:
    for name in ("", "h", "h" * 64 + ".example", "tür.example"):
        for flags in (Flag.UNICODE, Flag.OEM):
            theirs = TheirChallenge.unpack(challenge(flags, name=name))
            assert len(theirs.target_name or "") <= 15
            assert theirs.target_info is not None
            assert theirs.target_info[TheirAvId.dns_computer_name] == name


def test_only_what_the_client_offers_is_agreed_to() -> None:
    everything = Negotiate(raw=b"", flags=0xFFFFFFFF)
    flags = agreed_flags(everything)
    assert flags & Flag.UNICODE
    assert not flags & Flag.OEM
    assert not flags & NegotiateFlags.lm_key
    assert not flags & NegotiateFlags.anonymous
    assert not flags & NegotiateFlags.datagram
    assert not agreed_flags(Negotiate(raw=b"", flags=Flag.OEM)) & (Flag.UNICODE | Flag.SIGN | Flag.KEY_EXCHANGE)
    with pytest.raises(HandshakeRefused):
        agreed_flags(Negotiate(raw=b"", flags=Flag.SIGN))


def test_the_shortest_first_message_is_enough() -> None:
    message = read_message(TheirNegotiate(NegotiateFlags.unicode).pack()[:16])
    assert isinstance(message, Negotiate)
    assert agreed_flags(message) & Flag.UNICODE


def test_of_two_attributes_of_one_kind_the_first_counts() -> None:
    pairs = struct.pack("<HH1s", AvId.FLAGS, 1, b"\2") + struct.pack("<HH1s", AvId.FLAGS, 1, b"\0")
    assert read_attributes(pairs + bytes(4)) == {AvId.FLAGS: b"\2"}
