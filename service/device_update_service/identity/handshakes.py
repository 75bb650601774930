"""The server's side of signing in with NTLM or Negotiate, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from device_update_service.configuration.account_sources import KerberosSource, SourceName
from device_update_service.configuration.listeners import ChannelBindingPolicy
from device_update_service.identity.claims import Claim, DomainVerifier

HandshakeScheme = Literal["ntlm", "negotiate"]


@dataclass(frozen=True, slots=True)
class Challenge:
    """The handshake goes on: the token is sent with a 401."""

    token: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The client has proved to be this user; the token, if there is one, goes with the answer."""

    user: str
    domain: str | None
    source: SourceName
    groups: tuple[str, ...]
    token: bytes | None


class Acceptor:
    """Begins handshakes; one for the life of a listener."""

    def __init__(
        self,
        *,
        find_nt_hash: Callable[[Claim], bytes | None],
        channel_binding: ChannelBindingPolicy,
        verifier: DomainVerifier | None = None,
        kerberos: KerberosSource | None = None,
        group_names: Callable[[str, str], tuple[str, ...]] | None = None,
    ) -> None:
        raise NotImplementedError

    def begin(self, scheme: HandshakeScheme, endpoint_binding: bytes | None) -> Handshake:
        """A handshake on a connection whose certificate has this `tls-server-end-point` hash (None: no TLS)."""
        raise NotImplementedError


class Handshake:
    """One sign-in on one connection; any failure ends it."""

    def claim(self, token: bytes) -> Claim | None:
        """Who the token claims to be from, for NTLM's last message; raises `HandshakeRefused` only."""
        raise NotImplementedError

    def blocks(self, token: bytes) -> bool:
        """Whether `step` asks another machine, and so must run in a thread."""
        raise NotImplementedError

    def step(self, token: bytes) -> Challenge | Accepted:
        """Go on with the client's token; any failure whatever is `HandshakeRefused`."""
        raise NotImplementedError
