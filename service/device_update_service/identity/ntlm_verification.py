r"""NTLM on the server (MS-NLMP 3.2.5): a challenge is given once, and its answer proves who the client is, or nothing.

This is not pyspnego's acceptor. At its default level that lets a known user in without a password; it reads accounts
from one file per process, skips the integrity code of a message that leaves no room for one, compares the client's
target information after writing it anew, and knows no other machine that could verify an answer. Here only NTLMv2
exists: there is no code that could verify anything older.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import SourceName
from device_update_service.identity.channel_bindings import ChannelBindings
from device_update_service.identity.claims import (
    Claim,
    DomainVerifier,
    HandshakeRefused,
    NtlmResponse,
    VerifiedNtlm,
    VerifiedUser,
)
from device_update_service.identity.nt_hashes import NT_HASH_BYTES
from device_update_service.identity.ntlm_messages import (
    MIC_BYTES,
    Authenticate,
    AvId,
    Negotiate,
    agreed_flags,
    read_attributes,
    write_challenge,
)
from device_update_service.identity.ntlm_session import NtlmSession, session_key

_PROOF_BYTES: Final = 16
_ATTRIBUTES_AT: Final = _PROOF_BYTES + 28
"""Behind the proof: two versions, reserved, time, the client's challenge, reserved (NTLMv2_CLIENT_CHALLENGE)."""

_NTLMV1_BYTES: Final = 24
_HAS_MIC: Final = 0x2
_FILETIME_OF_1970: Final = 116_444_736_000_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NtlmSources:
    """Where answers are verified: by the hash of an account of the service's own, or by the verifier of a domain."""

    find_nt_hash: Callable[[Claim], bytes | None]
    verifier: DomainVerifier | None

    def domain_of(self, claim: Claim) -> DomainVerifier | None:
        """Who verifies the claim, when it is one of a domain."""
        return self.verifier if self.verifier is not None and self.verifier.claims(claim) else None


@dataclass(frozen=True, slots=True)
class _Given:
    """The challenge that was given, with the two messages that an integrity code covers."""

    server_challenge: bytes
    negotiate: bytes
    challenge: bytes


class NtlmExchange:
    """One challenge and one answer."""

    def __init__(self, sources: NtlmSources, server_name: str, bindings: ChannelBindings) -> None:
        self._sources = sources
        self._server_name = server_name
        self._bindings = bindings
        self._given: _Given | None = None
        self._begun = False

    def asks_domain(self, claim: Claim) -> bool:
        """Whether `verify` would wait for a domain."""
        return self._sources.domain_of(claim) is not None

    def challenge(self, negotiate: Negotiate) -> bytes:
        """The answer to the first message, which may come once."""
        if self._begun:
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER)
        self._begun = True
        server_challenge = secrets.token_bytes(8)
        challenge = write_challenge(
            flags=agreed_flags(negotiate),
            server_name=self._server_name,
            server_challenge=server_challenge,
            filetime=_FILETIME_OF_1970 + time.time_ns() // 100,
        )
        self._given = _Given(server_challenge, negotiate.raw, challenge)
        return challenge

    def verify(self, authenticate: Authenticate) -> VerifiedUser:
        """The user whose answer this is; the challenge is used up, whatever comes of it."""
        given, self._given = self._given, None
        claim = authenticate.claim
        if given is None:
            raise HandshakeRefused(SignInCause.OUT_OF_ORDER, claim)
        _refuse_what_is_not_ntlmv2(authenticate)
        verified, source = self._verified(authenticate, given.server_challenge)
        attributes = read_attributes(authenticate.nt_response[_ATTRIBUTES_AT:])
        key = session_key(authenticate, verified.session_base_key)
        if int.from_bytes(attributes.get(AvId.FLAGS, b""), "little") & _HAS_MIC:
            _check_integrity(authenticate, given, key)
        self._bindings.check(claim, attributes.get(AvId.CHANNEL_BINDINGS))
        return VerifiedUser(
            user=claim.account_name,
            domain=None if source == "local" else claim.named_domain,
            source=source,
            groups=verified.groups,
            session=NtlmSession(authenticate.flags, key),
        )

    def _verified(self, authenticate: Authenticate, server_challenge: bytes) -> tuple[VerifiedNtlm, SourceName]:
        response = NtlmResponse(
            claim=authenticate.claim,
            server_challenge=server_challenge,
            nt_response=authenticate.nt_response,
            lm_response=authenticate.lm_response,
        )
        try:
            domain = self._sources.domain_of(response.claim)
            if domain is not None:
                return domain.verify(response), "winbind"
            nt_hash = self._sources.find_nt_hash(response.claim)
        except HandshakeRefused:
            raise
        except Exception as error:  # a source that fails lets nobody in, and ends nothing
            _log.exception("The source of an account failed.")
            raise HandshakeRefused(SignInCause.SOURCE_UNAVAILABLE, response.claim) from error
        return verify_with_hash(response, nt_hash), "local"


def verify_with_hash(response: NtlmResponse, nt_hash: bytes | None) -> VerifiedNtlm:
    """Verify an answer with the account's hash; without one (no such account) the same is done, and refused.

    The key is made of user and domain as the client wrote them, since that is what the client made it of.
    """
    claim = response.claim
    named = (claim.user.upper() + (claim.domain or "")).encode("utf-16-le")
    key = hmac.digest(nt_hash or secrets.token_bytes(NT_HASH_BYTES), named, "md5")
    proof, said = response.nt_response[:_PROOF_BYTES], response.nt_response[_PROOF_BYTES:]
    is_right = hmac.compare_digest(hmac.digest(key, response.server_challenge + said, "md5"), proof)
    if nt_hash is None or not is_right:
        raise HandshakeRefused(SignInCause.WRONG_PASSWORD, claim)
    return VerifiedNtlm(session_base_key=hmac.digest(key, proof, "md5"))


def _refuse_what_is_not_ntlmv2(authenticate: Authenticate) -> None:
    claim, nt_response = authenticate.claim, authenticate.nt_response
    if not claim.account_name:  # NTLM's anonymous user
        raise HandshakeRefused(SignInCause.UNKNOWN_ACCOUNT, claim)
    if len(nt_response) in {0, _NTLMV1_BYTES}:  # LM has no NT response, NTLMv1 one of just this length
        raise HandshakeRefused(SignInCause.OLD_PROTOCOL, claim)
    if len(nt_response) < _ATTRIBUTES_AT or nt_response[_PROOF_BYTES : _PROOF_BYTES + 2] != b"\x01\x01":
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, claim)


def _check_integrity(authenticate: Authenticate, given: _Given, key: bytes) -> None:
    """Refuse when one of the three messages is not the one that was sent."""
    at, raw = authenticate.mic_offset, authenticate.raw
    if at is None:
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, authenticate.claim)
    unsigned = raw[:at] + bytes(MIC_BYTES) + raw[at + MIC_BYTES :]
    code = hmac.digest(key, given.negotiate + given.challenge + unsigned, "md5")
    if not hmac.compare_digest(code, raw[at : at + MIC_BYTES]):
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, authenticate.claim)
