"""Clients of NTLM and SPNEGO for an `Acceptor` in the same process: pyspnego's, as they are and held up on the way."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import spnego
from spnego._context import GSSMech
from spnego._ntlm_raw.messages import Authenticate, Negotiate, NegotiateFlags
from spnego._spnego import NegState, NegTokenInit, NegTokenResp
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import NegotiateOptions

from device_update_service.identity.claims import Claim, HandshakeRefused, NtlmResponse, VerifiedNtlm
from device_update_service.identity.handshakes import Accepted, Acceptor, Challenge, Handshake, HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.identity.ntlm_verification import verify_with_hash

PASSWORD: Final = "Secret-123"
ACCOUNTS: Final = {"phone": nt_hash(PASSWORD), "alice": nt_hash("another one")}
CERTIFICATE_HASH: Final = hashlib.sha256(b"the certificate of this service").digest()
SCHEMES: Final[tuple[HandshakeScheme, ...]] = ("ntlm", "negotiate")

_OPTIONS = {"ntlm": NegotiateOptions.use_ntlm, "negotiate": NegotiateOptions.use_negotiate}
FLAGS: Final = (
    NegotiateFlags.unicode
    | NegotiateFlags.ntlm
    | NegotiateFlags.extended_session_security
    | NegotiateFlags.always_sign
    | NegotiateFlags.request_target
    | NegotiateFlags.key_128
    | NegotiateFlags.key_56
)


def find_nt_hash(claim: Claim) -> bytes | None:
    """The hash of an account of these tests."""
    return ACCOUNTS.get(claim.account_name.lower())


def plain_acceptor() -> Acceptor:
    """An acceptor with the accounts of these tests only, as a service without further configuration has it."""
    return Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow")


def binding_to(certificate_hash: bytes) -> GssChannelBindings:
    """What a client binds to that saw a certificate of this hash."""
    return GssChannelBindings(application_data=b"tls-server-end-point:" + certificate_hash)


def client_of(
    scheme: HandshakeScheme,
    user: str = "phone",
    *,
    known_hash: bytes = ACCOUNTS["phone"],
    bindings: GssChannelBindings | None = None,
) -> spnego.ContextProxy:
    """A client that knows the hash of a password."""
    credential = spnego.NTLMHash(username=user, lm_hash="0" * 32, nt_hash=known_hash.hex())
    return spnego.client(
        credential,
        hostname="updates.example",
        service="HTTP",
        protocol=scheme,
        channel_bindings=bindings,
        options=_OPTIONS[scheme],
    )


@dataclass
class HeldUp:
    """A handshake just before its last token: the challenge was given, and nothing yet proved."""

    handshake: Handshake
    client: spnego.ContextProxy
    last_token: bytes
    tokens: list[bytes] = field(default_factory=list)


def _unchanged(token: bytes) -> bytes:
    return token


def held_up(
    acceptor: Acceptor,
    scheme: HandshakeScheme,
    client: spnego.ContextProxy | None = None,
    *,
    endpoint_binding: bytes | None = None,
    first_token_changed: Callable[[bytes], bytes] = _unchanged,
) -> HeldUp:
    """Bring a handshake to where the client's last token is ready."""
    client = client or client_of(scheme)
    handshake = acceptor.begin(scheme, endpoint_binding)
    first = client.step() or b""
    answer = handshake.step(first_token_changed(first))
    assert isinstance(answer, Challenge)
    last = client.step(answer.token) or b""
    return HeldUp(handshake, client, last, [first, answer.token])


def sign_in(
    acceptor: Acceptor,
    scheme: HandshakeScheme,
    client: spnego.ContextProxy | None = None,
    *,
    endpoint_binding: bytes | None = None,
) -> Accepted:
    """A whole handshake; the client too is content at its end."""
    attempt = held_up(acceptor, scheme, client, endpoint_binding=endpoint_binding)
    accepted = attempt.handshake.step(attempt.last_token)
    assert isinstance(accepted, Accepted)
    if accepted.token is not None:
        attempt.client.step(accepted.token)
    assert attempt.client.complete
    return accepted


def refusal_of(handshake: Handshake, token: bytes) -> HandshakeRefused:
    """How a token is refused; that it is not refused is a failure."""
    try:
        outcome = handshake.step(token)
    except HandshakeRefused as refused:
        return refused
    raise AssertionError(f"not refused: {type(outcome).__name__}")


def negotiate_message() -> bytes:
    """A first message of NTLM."""
    return Negotiate(FLAGS).pack()


def authenticate_message(
    user: str, *, domain: str | None = None, lm: bytes = b"", nt: bytes = b"", flags: int = FLAGS
) -> bytes:
    """A third message of NTLM that was put together by hand."""
    return Authenticate(flags, lm, nt, domain_name=domain, username=user).pack()


def offer(token: bytes | None, *mechanisms: str, mic: bytes | None = None) -> bytes:
    """A first token of SPNEGO, by default with NTLM only."""
    return NegTokenInit(list(mechanisms) or [GSSMech.ntlm.value], mech_token=token, mech_list_mic=mic).pack()


def reply(
    token: bytes | None = None,
    *,
    state: NegState | None = NegState.accept_incomplete,
    mechanism: str | None = None,
    mic: bytes | None = None,
) -> bytes:
    """A later token of SPNEGO."""
    return NegTokenResp(state, mechanism, token, mic).pack()


def in_scheme(scheme: HandshakeScheme, message: bytes) -> bytes:
    """An NTLM message as the scheme sends it: bare, or in a token of SPNEGO."""
    if scheme == "ntlm":
        return message
    return offer(message) if message[8:9] == b"\x01" else reply(message)


class HashKeepingDomain:
    """A domain with one user, whose machine knows the hash that the service does not have."""

    def __init__(self, domain: str, user: str, known_hash: bytes, groups: tuple[str, ...] = ()) -> None:
        self._domain, self._user, self._hash, self._groups = domain, user, known_hash, groups
        self.asked: list[NtlmResponse] = []

    def claims(self, claim: Claim) -> bool:
        return (claim.named_domain or "").casefold() == self._domain.casefold()

    def verify(self, response: NtlmResponse) -> VerifiedNtlm:
        self.asked.append(response)
        known = self._hash if response.claim.account_name == self._user else secrets.token_bytes(16)
        return VerifiedNtlm(verify_with_hash(response, known).session_base_key, self._groups)

    def groups_now(self, account: str) -> tuple[str, ...] | None:
        return self._groups if account.rpartition("\\")[2] == self._user else None
