"""What a sign-in claims before it is verified, how it is refused, and who verifies claims of a domain.

These are the terms in which the modules of a handshake, the HTTP side and the sources of accounts speak.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from device_update_contract.refusals import Refusal
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_service.configuration.account_sources import SourceName


@dataclass(frozen=True, slots=True)
class Claim:
    r"""Who an NTLM response claims to be from, exactly as the client wrote it: nothing of it is proved.

    Clients write an account as ``DOMAIN\user`` (in two fields, or all in the user's), ``user@domain`` or ``user``, and
    when they were told no domain many take the server's announced name for one.
    """

    user: str
    domain: str | None

    @property
    def account_name(self) -> str:
        r"""The name without any domain: ``phone`` for ``X\phone``, ``phone@x`` and ``phone``."""
        return self.user.rpartition("\\")[2].partition("@")[0]

    @property
    def named_domain(self) -> str | None:
        """The domain that the client named, wherever it wrote it; None when it named none."""
        before = self.user.rpartition("\\")[0]
        return self.domain or before or self.user.partition("@")[2] or None

    def __str__(self) -> str:
        return f"{self.domain}\\{self.user}" if self.domain else self.user


class HandshakeRefused(Refusal):
    """A sign-in was refused; the cause is for the log and help desk, the caller is told none.

    ``detail`` is what a source of accounts says of it, for the log: anybody can be refused, as often as they like, so
    that whoever raises this logs nothing.
    """

    code = "sign-in-refused"

    def __init__(self, cause: SignInCause, claim: Claim | None = None, *, detail: str = "") -> None:
        super().__init__(sign_in_sentence(cause), parameters={"cause": cause.value})
        self.cause = cause
        self.claim = claim
        self.detail = detail


@dataclass(frozen=True, slots=True)
class NtlmResponse:
    """The answer to a server's challenge (8 bytes): what another machine needs to verify it in the service's place."""

    claim: Claim
    server_challenge: bytes
    nt_response: bytes
    lm_response: bytes


@dataclass(frozen=True, slots=True)
class VerifiedNtlm:
    """What the verifier of a right answer knows: the session base key (16 bytes, secret) and the user's groups."""

    session_base_key: bytes = field(repr=False)
    groups: tuple[str, ...] = ()


class SourceUnavailable(Exception):
    """A domain cannot be asked now; says why."""


class DomainVerifier(Protocol):
    """Verifies the answers of users whose hashes the service does not have."""

    def claims(self, claim: Claim) -> bool:
        """Whether this verifier is to be asked about the claim: quick, and by configured domains only."""

    def verify(self, response: NtlmResponse) -> VerifiedNtlm:
        """Ask the domain; blocks, and raises `HandshakeRefused` for a wrong answer or when nobody can be asked."""

    def groups_now(self, account: str) -> tuple[str, ...] | None:
        r"""The groups of ``DOMAIN\user`` without a proof; None when the domain knows no such user. Blocks.

        Raises:
            SourceUnavailable.
        """


class SessionSignatures(Protocol):
    """Signs with the keys of a session that a mechanism has set up: the side that can is the one that was verified."""

    def signature(self, message: bytes) -> bytes:
        """The service's signature."""

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this is the client's signature."""


@dataclass(frozen=True, slots=True)
class VerifiedUser:
    """A user whom a mechanism has verified, with its last token for the client, if it has one.

    ``user`` is the bare name; ``domain`` is None for the service's own accounts, else the domain that the client named
    or its Kerberos realm.
    """

    user: str
    domain: str | None
    source: SourceName
    groups: tuple[str, ...]
    session: SessionSignatures
    token: bytes | None = None
