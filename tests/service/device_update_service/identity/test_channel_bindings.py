"""Sign-ins are bound to the TLS connection on which they arrive, as far as the listener demands it."""

from __future__ import annotations

import hashlib

import pytest
import spnego
from spnego._ntlm_raw.crypto import md5
from spnego.channel_bindings import GssChannelBindings
from tests.support.handshake_clients import (
    CERTIFICATE_HASH,
    SCHEMES,
    HashKeepingDomain,
    binding_to,
    client_of,
    find_nt_hash,
    held_up,
    refusal_of,
    sign_in,
)

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.channel_bindings import ChannelBindings
from device_update_service.identity.claims import Claim
from device_update_service.identity.handshakes import Acceptor, HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash

OTHER_HASH = hashlib.sha256(b"the certificate of a machine in the middle").digest()
RIGHT, WRONG, ABSENT = binding_to(CERTIFICATE_HASH), binding_to(OTHER_HASH), None

both_schemes = pytest.mark.parametrize("scheme", SCHEMES)


@both_schemes
@pytest.mark.parametrize(
    ("policy", "sent", "own", "is_taken"),
    [
        ("off", RIGHT, CERTIFICATE_HASH, True),
        ("off", WRONG, CERTIFICATE_HASH, True),
        ("off", ABSENT, CERTIFICATE_HASH, True),
        ("off", RIGHT, None, True),
        ("allow", RIGHT, CERTIFICATE_HASH, True),
        ("allow", WRONG, CERTIFICATE_HASH, False),
        ("allow", ABSENT, CERTIFICATE_HASH, True),
        ("allow", ABSENT, None, True),
        ("allow", RIGHT, None, False),  # the client saw TLS where there is none: something in between ended it
        ("require", RIGHT, CERTIFICATE_HASH, True),
        ("require", WRONG, CERTIFICATE_HASH, False),
        ("require", ABSENT, CERTIFICATE_HASH, False),
        ("require", RIGHT, None, False),
        ("require", ABSENT, None, False),
    ],
)
def test_a_client_has_to_be_bound_as_the_policy_says(
    scheme: HandshakeScheme,
    policy: ChannelBindingPolicy,
    sent: GssChannelBindings | None,
    own: bytes | None,
    *,
    is_taken: bool,
) -> None:
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding=policy)
    client = client_of(scheme, bindings=sent)
    if is_taken:
        assert sign_in(acceptor, scheme, client, endpoint_binding=own).user == "phone"
    else:
        attempt = held_up(acceptor, scheme, client, endpoint_binding=own)
        refused = refusal_of(attempt.handshake, attempt.last_token)
        assert (refused.cause, refused.claim) == (SignInCause.CHANNEL_BINDING, Claim("phone", None))


@pytest.mark.parametrize(("policy", "is_taken"), [("allow", True), ("require", False)])
def test_sixteen_zero_bytes_are_no_binding(policy: ChannelBindingPolicy, *, is_taken: bool) -> None:
    bindings = ChannelBindings(policy, CERTIFICATE_HASH)
    if is_taken:
        bindings.check(Claim("phone", None), bytes(16))
    else:
        with pytest.raises(Exception, match="not bound"):
            bindings.check(Claim("phone", None), bytes(16))


@both_schemes
def test_zero_bindings_of_a_real_message_are_refused_where_bindings_are_required(
    scheme: HandshakeScheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spnego._ntlm.md5", lambda _: bytes(16))  # the client's hash of its bindings
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="require")
    attempt = held_up(acceptor, scheme, client_of(scheme, bindings=RIGHT), endpoint_binding=CERTIFICATE_HASH)
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.CHANNEL_BINDING


@both_schemes
def test_a_wrong_password_is_told_before_a_wrong_binding(scheme: HandshakeScheme) -> None:
    """Else a guess would not count as one where nothing is bound."""
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="require")
    attempt = held_up(acceptor, scheme, client_of(scheme, known_hash=bytes(16)), endpoint_binding=CERTIFICATE_HASH)
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.WRONG_PASSWORD


@both_schemes
def test_users_of_a_domain_are_bound_like_local_ones(scheme: HandshakeScheme) -> None:
    domain = HashKeepingDomain("corp", "kenmyer", nt_hash("elsewhere"))
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow", verifier=domain)

    def client(bindings: GssChannelBindings) -> spnego.ContextProxy:
        return client_of(scheme, "CORP\\kenmyer", known_hash=nt_hash("elsewhere"), bindings=bindings)

    assert sign_in(acceptor, scheme, client(RIGHT), endpoint_binding=CERTIFICATE_HASH).source == "winbind"
    attempt = held_up(acceptor, scheme, client(WRONG), endpoint_binding=CERTIFICATE_HASH)
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.CHANNEL_BINDING


def test_bindings_are_hashed_as_pyspnego_hashes_them() -> None:
    ChannelBindings("require", CERTIFICATE_HASH).check(Claim("phone", None), md5(RIGHT.pack()))


@both_schemes
def test_a_binding_to_nothing_does_not_do_where_there_is_no_tls(scheme: HandshakeScheme) -> None:
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="require")
    attempt = held_up(acceptor, scheme, client_of(scheme, bindings=binding_to(b"")))
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.CHANNEL_BINDING
