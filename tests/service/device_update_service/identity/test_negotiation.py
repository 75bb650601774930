"""Choosing a mechanism: the client's first that the service knows, and its list signed where that is not its first."""

from __future__ import annotations

import pytest
from spnego._context import GSSMech
from spnego._spnego import NegState, NegTokenResp, pack_mech_type_list, unpack_token
from tests.support.handshake_clients import client_of, offer, plain_acceptor, refusal_of, reply

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.handshakes import Accepted, Challenge, Handshake

NTLM, KERBEROS, MICROSOFT_KERBEROS = GSSMech.ntlm.value, GSSMech.kerberos.value, GSSMech._ms_kerberos.value
NEGOEX = "1.3.6.1.4.1.311.2.2.30"
TICKET = b"\x60\x20 a ticket of Kerberos, as it were"


def answer_to(handshake: Handshake, token: bytes) -> NegTokenResp:
    outcome = handshake.step(token)
    assert isinstance(outcome, Challenge)
    answer = unpack_token(outcome.token)
    assert isinstance(answer, NegTokenResp)
    return answer


def test_a_client_with_a_ticket_goes_on_with_ntlm_where_kerberos_is_not_configured() -> None:
    mechanisms = [MICROSOFT_KERBEROS, KERBEROS, NEGOEX, NTLM]
    handshake = plain_acceptor().begin("negotiate", None)
    first = offer(TICKET, *mechanisms)
    assert not handshake.blocks(first)
    announced = answer_to(handshake, first)
    assert (announced.neg_state, announced.supported_mech) == (NegState.request_mic, NTLM)
    assert announced.response_token is None

    client = client_of("ntlm")
    challenged = answer_to(handshake, reply(client.step()))
    assert (challenged.neg_state, challenged.supported_mech) == (NegState.accept_incomplete, None)
    last = client.step(challenged.response_token)
    accepted = handshake.step(reply(last, mic=client.sign(pack_mech_type_list(mechanisms))))
    assert isinstance(accepted, Accepted)
    assert accepted.user == "phone"

    answer = unpack_token(accepted.token or b"")
    assert answer.neg_state == NegState.accept_complete
    client._reset_ntlm_crypto_state(outgoing=False)
    client.verify(pack_mech_type_list(mechanisms), answer.mech_list_mic)


@pytest.mark.parametrize("signed", [None, [NTLM], [NTLM, KERBEROS]])
def test_a_list_that_was_not_followed_has_to_be_signed_as_it_was_sent(signed: list[str] | None) -> None:
    """Else somebody in between could take away what the client prefers."""
    handshake = plain_acceptor().begin("negotiate", None)
    client = client_of("ntlm")
    answer_to(handshake, offer(TICKET, KERBEROS, NTLM))
    challenged = answer_to(handshake, reply(client.step()))
    last = client.step(challenged.response_token)
    mic = None if signed is None else client.sign(pack_mech_type_list(signed))
    assert refusal_of(handshake, reply(last, mic=mic)).cause is SignInCause.MALFORMED_TOKEN


def test_a_client_that_asks_for_signatures_has_to_give_one() -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    client = client_of("ntlm")
    challenged = answer_to(handshake, offer(client.step()))
    last = client.step(challenged.response_token)
    assert refusal_of(handshake, reply(last, state=NegState.request_mic)).cause is SignInCause.MALFORMED_TOKEN


def test_a_client_that_follows_its_own_list_need_not_sign_it() -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    client = client_of("ntlm")
    challenged = answer_to(handshake, offer(client.step(), NTLM, KERBEROS))
    assert (challenged.neg_state, challenged.supported_mech) == (NegState.accept_incomplete, NTLM)
    accepted = handshake.step(reply(client.step(challenged.response_token)))
    assert isinstance(accepted, Accepted)
    answer = unpack_token(accepted.token or b"")
    assert (answer.neg_state, answer.mech_list_mic) == (NegState.accept_complete, None)


def test_an_offer_without_a_token_is_told_the_mechanism() -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    announced = answer_to(handshake, offer(None, NTLM))
    assert (announced.neg_state, announced.supported_mech) == (NegState.accept_incomplete, NTLM)
    assert answer_to(handshake, reply(client_of("ntlm").step())).response_token


@pytest.mark.parametrize("mechanisms", [[KERBEROS], [NEGOEX], ["1.2.3.4", MICROSOFT_KERBEROS]])
def test_an_offer_of_nothing_that_the_service_knows_is_refused(mechanisms: list[str]) -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    assert refusal_of(handshake, offer(TICKET, *mechanisms)).cause is SignInCause.MALFORMED_TOKEN


def test_a_ticket_in_the_place_of_ntlm_is_refused() -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    assert refusal_of(handshake, offer(TICKET, NTLM)).cause is SignInCause.MALFORMED_TOKEN


def test_a_client_that_gives_up_is_refused() -> None:
    handshake = plain_acceptor().begin("negotiate", None)
    client = client_of("ntlm")
    challenged = answer_to(handshake, offer(client.step()))
    last = client.step(challenged.response_token)
    assert refusal_of(handshake, reply(last, state=NegState.reject)).cause is SignInCause.MALFORMED_TOKEN
