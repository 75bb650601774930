"""The server's side of signing in with NTLM or Negotiate, token by token and without HTTP.

A `Handshake` ends with `Accepted` only where a mechanism has verified a user, and the user is the one that was
verified: nothing that a client says about the state of a negotiation counts. Whatever goes wrong is `HandshakeRefused`,
and ends the handshake.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import KerberosSource, SourceName
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.channel_bindings import ChannelBindings
from device_update_service.identity.claims import Claim, DomainVerifier, HandshakeRefused, VerifiedUser
from device_update_service.identity.kerberos_tickets import KerberosTickets
from device_update_service.identity.mechanisms import MechanismMessage, Mechanisms, read_mechanism_message
from device_update_service.identity.negotiation import Negotiation
from device_update_service.identity.ntlm_messages import SIGNATURE, Authenticate, read_message
from device_update_service.identity.ntlm_verification import NtlmExchange, NtlmSources
from device_update_service.identity.spnego_tokens import (
    KerberosToken,
    NegotiationOffer,
    NegotiationReply,
    read_negotiation,
)

HandshakeScheme = Literal["ntlm", "negotiate"]

MOST_TOKEN_BYTES: Final = 48 * 1024
"""64 KiB of base64: Kerberos tickets of users in many groups are the longest there are, and shorter."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The handshake goes on: the token is sent with a 401."""

    token: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The client has proved to be this user; the token, if there is one, goes with the answer.

    ``user`` is the bare name; ``domain`` is None for the service's own accounts, else the domain that the client named
    or its Kerberos realm.
    """

    user: str
    domain: str | None
    source: SourceName
    groups: tuple[str, ...]
    token: bytes | None


class Acceptor:
    """Begins handshakes; one for the life of a listener.

    ``find_nt_hash`` gives the hash of an account of the service's own for a claim's `Claim.account_name`, or None; it
    is called wherever `Handshake.step` is, and waits for nothing. ``verifier`` is asked about the claims that are its
    own. ``group_names`` gives the groups of a Kerberos user and realm, and may wait.
    """

    def __init__(
        self,
        *,
        find_nt_hash: Callable[[Claim], bytes | None],
        channel_binding: ChannelBindingPolicy,
        verifier: DomainVerifier | None = None,
        kerberos: KerberosSource | None = None,
        group_names: Callable[[str, str], tuple[str, ...]] | None = None,
    ) -> None:
        self._sources = NtlmSources(find_nt_hash, verifier)
        self._channel_binding = channel_binding
        self._tickets = None if kerberos is None else KerberosTickets(kerberos, group_names)
        self._server_name = socket.gethostname()

    def begin(self, scheme: HandshakeScheme, endpoint_binding: bytes | None) -> Handshake:
        """A handshake on a connection whose certificate has this ``tls-server-end-point`` hash (None: it has none)."""
        bindings = ChannelBindings(self._channel_binding, endpoint_binding)
        ntlm = NtlmExchange(self._sources, self._server_name, bindings)
        return Handshake(scheme, Mechanisms(ntlm=ntlm, tickets=self._tickets, bindings=bindings))


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A token that was read: the message of a mechanism, and the negotiation around it, if there is one."""

    negotiation: NegotiationOffer | NegotiationReply | None
    message: MechanismMessage | None

    @property
    def claim(self) -> Claim | None:
        return self.message.claim if isinstance(self.message, Authenticate) else None


class Handshake:
    """One sign-in on one connection: it goes on token by token, and is over with the first that does not go on."""

    def __init__(self, scheme: HandshakeScheme, mechanisms: Mechanisms) -> None:
        self._scheme = scheme
        self._mechanisms = mechanisms
        self._negotiation: Negotiation | None = None
        self._is_begun = False
        self._is_over = False
        self._last_read: tuple[bytes, _Incoming] | None = None

    def claim(self, token: bytes) -> Claim | None:
        """Who the token claims to be from, if it is NTLM's last message; raises `HandshakeRefused` only."""
        return self._read(token).claim

    def blocks(self, token: bytes) -> bool:
        """Whether `step` asks files or other machines, and so must run in a thread."""
        try:
            incoming = self._read(token)
        except HandshakeRefused:
            return False
        if incoming.claim is not None:
            return self._mechanisms.ntlm.asks_domain(incoming.claim)
        return isinstance(incoming.message, KerberosToken) and self._mechanisms.tickets is not None

    def step(self, token: bytes) -> Challenge | Accepted:
        """Go on with the client's token; any failure whatever is `HandshakeRefused`, and the end."""
        if self._is_over:
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER)
        self._is_over = True
        incoming = self._read(token)
        with _any_failure_refused(incoming.claim):
            outcome = self._advanced(incoming)
        if isinstance(outcome, VerifiedUser):
            return Accepted(outcome.user, outcome.domain, outcome.source, outcome.groups, outcome.token)
        self._is_over = False
        return Challenge(outcome)

    def _advanced(self, incoming: _Incoming) -> bytes | VerifiedUser:
        """Bare messages go to the mechanism, negotiated ones through the negotiation; the first decides for all."""
        is_negotiated = incoming.negotiation is not None
        if self._is_begun and is_negotiated != (self._negotiation is not None):
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER)
        self._is_begun = True
        if incoming.negotiation is not None:
            self._negotiation = self._negotiation or Negotiation(self._mechanisms)
            return self._negotiation.step(incoming.negotiation, incoming.message)
        if incoming.message is None:
            raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
        return self._mechanisms.step(incoming.message)

    def _read(self, token: bytes) -> _Incoming:
        """The token, read once for all three questions about it."""
        if self._last_read is None or self._last_read[0] != token:
            with _any_failure_refused(None):
                self._last_read = (token, _read_token(self._scheme, token))
        return self._last_read[1]


def _read_token(scheme: HandshakeScheme, token: bytes) -> _Incoming:
    """Read a token of a scheme; Negotiate takes bare NTLM and Kerberos too, as Windows does."""
    if not 0 < len(token) <= MOST_TOKEN_BYTES:
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN)
    if scheme == "ntlm" or token.startswith(SIGNATURE):
        return _Incoming(None, read_message(token))
    negotiation = read_negotiation(token)
    if isinstance(negotiation, KerberosToken):
        return _Incoming(None, negotiation)
    return _Incoming(negotiation, read_mechanism_message(negotiation.token) if negotiation.token else None)


@contextmanager
def _any_failure_refused(claim: Claim | None) -> Iterator[None]:
    """The edge behind which a failure of ours while looking at a stranger's token is a refusal, and a record."""
    try:
        yield
    except HandshakeRefused as refused:
        refused.claim = refused.claim or claim
        raise
    except Exception as error:
        _log.exception("A sign-in was refused because looking at it failed.")
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, claim) from error
