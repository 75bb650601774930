"""Tickets of a real KDC: let in are users of the configured realms, with a ticket for here, once."""

from __future__ import annotations

from pathlib import Path

import pytest
import spnego
from spnego._context import GSSMech
from spnego._spnego import NegState, NegTokenResp, pack_mech_type_list, unpack_token
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import NegotiateOptions
from tests.support.handshake_clients import (
    CERTIFICATE_HASH,
    binding_to,
    client_of,
    find_nt_hash,
    offer,
    refusal_of,
    reply,
    sign_in,
)
from tests.support.kerberos_realm import (
    ADMINISTRATION_OF_USER,
    OTHER_REALM,
    OTHER_SERVICE,
    PASSWORD,
    REALM,
    SERVICE,
    STRANGER,
    USER,
    KerberosRealm,
)

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import KerberosSource
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.claims import Claim
from device_update_service.identity.handshakes import Accepted, Acceptor, Challenge

PROTOCOLS = ("negotiate", "kerberos")  # a ticket in SPNEGO, and a bare one
NEGOEX, KERBEROS, NTLM = "1.3.6.1.4.1.311.2.2.30", GSSMech.kerberos.value, GSSMech.ntlm.value


@pytest.fixture(autouse=True)
def in_the_realm(realm: KerberosRealm, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in realm.environment().items():
        monkeypatch.setenv(name, value)


def acceptor_with(keytab: Path, *realms: str, policy: ChannelBindingPolicy = "allow") -> Acceptor:
    return Acceptor(
        find_nt_hash=find_nt_hash,
        channel_binding=policy,
        kerberos=KerberosSource(keytab=keytab, realms=realms or (REALM,)),
        group_names=lambda user, realm: (f"group of {user} in {realm}",),
    )


def ticket_client(
    protocol: str = "negotiate",
    user: str = f"{USER}@{REALM}",
    service: str = "HTTP",
    *,
    host: str = "localhost",
    bindings: GssChannelBindings | None = None,
) -> spnego.ContextProxy:
    options = NegotiateOptions.use_negotiate if protocol == "negotiate" else NegotiateOptions.none
    return spnego.client(
        user, PASSWORD, hostname=host, service=service, protocol=protocol, channel_bindings=bindings, options=options
    )


def cause_of(acceptor: Acceptor, client: spnego.ContextProxy, endpoint_binding: bytes | None = None) -> SignInCause:
    return refusal_of(acceptor.begin("negotiate", endpoint_binding), client.step() or b"").cause


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_ticket_signs_its_user_in_at_once_and_proves_the_service_to_the_client(
    realm: KerberosRealm, protocol: str
) -> None:
    handshake = acceptor_with(realm.keytab, REALM.lower()).begin("negotiate", None)
    client = ticket_client(protocol)
    token = client.step() or b""
    assert handshake.blocks(token)
    accepted = handshake.step(token)
    assert isinstance(accepted, Accepted)
    assert (accepted.user, accepted.domain, accepted.source) == (USER, REALM, "kerberos")
    assert accepted.groups == (f"group of {USER} in {REALM}",)
    assert accepted.token is not None
    client.step(accepted.token)
    assert client.complete


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_ticket_that_is_sent_a_second_time_is_refused(realm: KerberosRealm, protocol: str) -> None:
    token = ticket_client(protocol).step() or b""
    assert isinstance(acceptor_with(realm.keytab).begin("negotiate", None).step(token), Accepted)
    again = refusal_of(acceptor_with(realm.keytab).begin("negotiate", None), token)
    assert again.cause is SignInCause.TICKET_REFUSED


def test_a_user_of_a_realm_that_is_not_let_in_is_refused_though_the_keytab_has_a_key_of_it(
    realm: KerberosRealm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5_CONFIG", realm.environment(OTHER_REALM)["KRB5_CONFIG"])
    stranger = f"{STRANGER}@{OTHER_REALM}"
    handshake = acceptor_with(realm.keytab, REALM).begin("negotiate", None)
    refused = refusal_of(handshake, ticket_client(user=stranger).step() or b"")
    assert (refused.cause, refused.claim) == (SignInCause.TICKET_REFUSED, Claim(STRANGER, OTHER_REALM))
    assert sign_in_with_ticket(acceptor_with(realm.keytab, REALM, OTHER_REALM), ticket_client(user=stranger))


def sign_in_with_ticket(acceptor: Acceptor, client: spnego.ContextProxy) -> Accepted:
    accepted = acceptor.begin("negotiate", None).step(client.step() or b"")
    assert isinstance(accepted, Accepted)
    return accepted


def test_a_ticket_for_another_service_of_the_host_is_refused_though_the_keytab_has_its_key(
    realm: KerberosRealm,
) -> None:
    keytab = realm.keytab_of("host-and-http.keytab", SERVICE, OTHER_SERVICE)
    assert sign_in_with_ticket(acceptor_with(keytab), ticket_client())
    assert cause_of(acceptor_with(keytab), ticket_client(service="host")) is SignInCause.TICKET_REFUSED


def test_an_instance_of_a_user_is_not_the_user(realm: KerberosRealm) -> None:
    client = ticket_client(user=f"{ADMINISTRATION_OF_USER}@{REALM}")
    assert cause_of(acceptor_with(realm.keytab), client) is SignInCause.TICKET_REFUSED


def test_a_ticket_is_refused_where_the_keytab_has_no_key_of_the_service(realm: KerberosRealm) -> None:
    keytab = realm.keytab_of("host.keytab", OTHER_SERVICE)
    assert cause_of(acceptor_with(keytab), ticket_client()) is SignInCause.TICKET_REFUSED


def test_a_ticket_is_refused_once_the_service_has_new_keys_that_the_keytab_has_not(realm: KerberosRealm) -> None:
    realm.administer("addprinc -randkey HTTP/renewed.test")
    keytab = realm.keytab_of("renewed.keytab", "HTTP/renewed.test")
    assert sign_in_with_ticket(acceptor_with(keytab), ticket_client(host="renewed.test"))
    realm.administer("cpw -randkey HTTP/renewed.test")
    assert cause_of(acceptor_with(keytab), ticket_client(host="renewed.test")) is SignInCause.TICKET_REFUSED


BINDINGS = {"right": binding_to(CERTIFICATE_HASH), "wrong": binding_to(b"x" * 32), "none": None}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("bound", BINDINGS)
@pytest.mark.parametrize("policy", ["off", "allow", "require"])
def test_bindings_of_tickets_keep_the_listeners_policy(
    realm: KerberosRealm, policy: ChannelBindingPolicy, bound: str, protocol: str
) -> None:
    acceptor = acceptor_with(realm.keytab, policy=policy)
    handshake = acceptor.begin("negotiate", CERTIFICATE_HASH)
    token = ticket_client(protocol, bindings=BINDINGS[bound]).step() or b""
    if (policy, bound) in {("allow", "wrong"), ("require", "wrong"), ("require", "none")}:
        assert refusal_of(handshake, token).cause is SignInCause.CHANNEL_BINDING
    else:
        assert isinstance(handshake.step(token), Accepted)


@pytest.mark.parametrize("policy", ["allow", "require"])
def test_a_ticket_that_is_bound_to_tls_is_refused_where_there_is_none(
    realm: KerberosRealm, policy: ChannelBindingPolicy
) -> None:
    client = ticket_client(bindings=BINDINGS["right"])
    assert cause_of(acceptor_with(realm.keytab, policy=policy), client) is SignInCause.CHANNEL_BINDING


OFFERED = [NEGOEX, KERBEROS, NTLM]


@pytest.mark.parametrize(
    ("signed", "is_accepted"), [(OFFERED, True), ([KERBEROS], False), ([KERBEROS, NTLM], False), (None, False)]
)
def test_where_kerberos_was_not_the_first_choice_the_client_signs_what_it_offered(
    realm: KerberosRealm, signed: list[str] | None, *, is_accepted: bool
) -> None:
    """As Windows does, which offers NEGOEX first: without the signature somebody could have taken Kerberos away."""
    handshake = acceptor_with(realm.keytab).begin("negotiate", None)
    client = ticket_client("kerberos")
    chosen = handshake.step(offer(b"a token of NEGOEX", *OFFERED))
    assert isinstance(chosen, Challenge)
    asked_for_signature = handshake.step(reply(client.step()))
    assert isinstance(asked_for_signature, Challenge)
    answer = unpack_token(asked_for_signature.token)
    assert isinstance(answer, NegTokenResp)
    client.step(answer.response_token)
    client.verify(pack_mech_type_list(OFFERED), answer.mech_list_mic or b"")
    if signed is None:
        last = reply(None, state=NegState.accept_complete)
    else:
        last = reply(None, mic=client.sign(pack_mech_type_list(signed)))
    if is_accepted:
        assert isinstance(handshake.step(last), Accepted)
    else:
        assert refusal_of(handshake, last).cause is not SignInCause.WRONG_PASSWORD


def test_accounts_of_the_service_sign_in_beside_the_realm(realm: KerberosRealm) -> None:
    assert sign_in(acceptor_with(realm.keytab), "negotiate", client_of("negotiate")).source == "local"
