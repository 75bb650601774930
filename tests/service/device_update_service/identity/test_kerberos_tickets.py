"""Kerberos without a KDC: what cannot be used is refused at the start, and what is no ticket is refused.

Real tickets are in the tests with a loopback KDC.
"""

from __future__ import annotations

import secrets
import struct
import sys
import time
from pathlib import Path

import pytest
from spnego._context import GSSMech
from spnego._spnego import InitialContextToken, NegState, NegTokenResp, unpack_token
from tests.support.handshake_clients import client_of, find_nt_hash, offer, refusal_of, sign_in

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import KerberosSource
from device_update_service.identity.handshakes import Acceptor, Challenge
from device_update_service.identity.kerberos_tickets import KerberosNotUsable

KERBEROS, MICROSOFT_KERBEROS, NTLM = GSSMech.kerberos.value, GSSMech._ms_kerberos.value, GSSMech.ntlm.value
TICKET = InitialContextToken(GSSMech.kerberos, b"\x01\x00\x6e\x03\x30\x01\x00").pack()
AES256 = 18


def write_keytab(path: Path) -> None:
    """A keytab (version 2 of MIT's format) with one random key of HTTP/updates.example."""

    def counted(text: bytes) -> bytes:
        return struct.pack(">H", len(text)) + text

    entry = struct.pack(">H", 2) + counted(b"EXAMPLE.TEST") + counted(b"HTTP") + counted(b"updates.example")
    entry += struct.pack(">IIBH", 3, int(time.time()), 1, AES256) + counted(secrets.token_bytes(32))
    path.write_bytes(b"\x05\x02" + struct.pack(">i", len(entry)) + entry)


def acceptor_with(keytab: Path) -> Acceptor:
    return Acceptor(
        find_nt_hash=find_nt_hash,
        channel_binding="allow",
        kerberos=KerberosSource(keytab=keytab, realms=("EXAMPLE.TEST",)),
    )


@pytest.fixture
def acceptor(tmp_path: Path) -> Acceptor:
    write_keytab(tmp_path / "http.keytab")
    return acceptor_with(tmp_path / "http.keytab")


def test_without_the_extra_a_configured_kerberos_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gssapi", None)
    with pytest.raises(KerberosNotUsable, match="the extra `kerberos` is not installed") as refused:
        acceptor_with(tmp_path / "http.keytab")
    assert refused.value.code == "kerberos-not-usable"


@pytest.mark.parametrize("content", [None, b"", b"\x05\x02", b"no keytab"])
def test_a_keytab_that_is_missing_or_empty_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    keytab = tmp_path / "http.keytab"
    if content is not None:
        keytab.write_bytes(content)
    with pytest.raises(KerberosNotUsable) as refused:
        acceptor_with(keytab)
    assert str(keytab) in refused.value.sentence
    assert "\n" not in refused.value.sentence


@pytest.mark.parametrize(
    "token", [TICKET, offer(TICKET, KERBEROS), offer(TICKET, MICROSOFT_KERBEROS, KERBEROS, NTLM)], ids=len
)
def test_a_ticket_is_looked_at_in_a_thread_and_refused_when_it_is_none(acceptor: Acceptor, token: bytes) -> None:
    handshake = acceptor.begin("negotiate", None)
    assert handshake.claim(token) is None
    assert handshake.blocks(token)
    assert refusal_of(handshake, token).cause is SignInCause.TICKET_REFUSED


@pytest.mark.parametrize("inner", [b"\x60\x00", offer(TICKET, KERBEROS), InitialContextToken("1.2.3.4", b"x").pack()])
def test_what_is_no_token_of_kerberos_never_reaches_it(acceptor: Acceptor, inner: bytes) -> None:
    refused = refusal_of(acceptor.begin("negotiate", None), offer(inner, KERBEROS))
    assert refused.cause in {SignInCause.MALFORMED_TOKEN, SignInCause.TICKET_REFUSED}


def test_a_ticket_is_refused_where_kerberos_is_not_configured() -> None:
    handshake = Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow").begin("negotiate", None)
    assert not handshake.blocks(TICKET)
    assert refusal_of(handshake, TICKET).cause is SignInCause.TICKET_REFUSED


def test_ntlm_goes_on_beside_kerberos(acceptor: Acceptor) -> None:
    assert sign_in(acceptor, "negotiate").source == "local"
    assert sign_in(acceptor, "ntlm").source == "local"


def test_ntlm_cannot_be_sent_in_the_place_of_a_ticket(acceptor: Acceptor) -> None:
    message = client_of("ntlm").step() or b""
    refused = refusal_of(acceptor.begin("negotiate", None), offer(message, KERBEROS, NTLM))
    assert refused.cause is SignInCause.MALFORMED_TOKEN


def test_kerberos_is_chosen_where_the_client_prefers_something_unknown(acceptor: Acceptor) -> None:
    outcome = acceptor.begin("negotiate", None).step(offer(b"\x60\x00", "1.2.3.4", MICROSOFT_KERBEROS, NTLM))
    assert isinstance(outcome, Challenge)
    answer = unpack_token(outcome.token)
    assert isinstance(answer, NegTokenResp)
    assert (answer.neg_state, answer.supported_mech) == (NegState.request_mic, MICROSOFT_KERBEROS)
