r"""Users of domains that Samba's winbindd asks about: their NTLM responses and their groups.

The service gives the challenge itself and winbindd verifies the response, with the domain's controller or a SAM of its
own, so that no hash of a domain is ever here. The service's user must be a member of the group ``winbindd_priv``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Final

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import WinbindSource
from device_update_service.identity.claims import Claim, HandshakeRefused, NtlmResponse, SourceUnavailable, VerifiedNtlm
from device_update_service.identity.ntlm_auth import NoAnswer, NtlmAuthProcesses, Verdict
from device_update_service.identity.winbind_groups import LookupFailed, NotFound, WinbindNames

LONGEST_NAME: Final = 200
"""Bytes of a user's or domain's name: winbindd cuts both after 255, and would verify another name than the claimed."""

_RESPONSE_BYTES: Final = range(25, 8 * 1024)
"""Of an NTLMv2 response: NTLMv1's have 24 bytes, and those of Windows, with all names of a domain, less than 1,024."""

_REFUSALS: Final = (
    (SignInCause.UNKNOWN_ACCOUNT, ("specified account does not exist", "NO_SUCH_USER")),
    (
        SignInCause.WRONG_PASSWORD,
        ("current password is not correct", "attempted logon is invalid", "WRONG_PASSWORD", "LOGON_FAILURE"),
    ),
    (
        SignInCause.ACCOUNT_DISABLED,
        (
            "currently disabled", "ACCOUNT_DISABLED", "automatically locked", "ACCOUNT_LOCKED_OUT",
            "account has expired", "ACCOUNT_EXPIRED", "password has expired", "PASSWORD_EXPIRED",
            "password must be changed", "PASSWORD_MUST_CHANGE", "account restriction", "ACCOUNT_RESTRICTION",
            "time restrictions", "INVALID_LOGON_HOURS", "source workstation", "INVALID_WORKSTATION",
            "logon type", "LOGON_TYPE_NOT_GRANTED",
        ),
    ),
)  # fmt: skip
"""Parts of the sentences (or codes) with which Samba says no; what says none of these is a failure to ask."""

_log = logging.getLogger(__name__)


class WinbindVerifier:
    """Verifies the responses of the configured domains' users; a `DomainVerifier`.

    ``group_names`` are the groups that matter (those with a role); a verified user's groups are among these.
    """

    def __init__(self, source: WinbindSource, group_names: Iterable[str] = (), *, seconds: float = 10.0) -> None:
        self._domains = frozenset(domain.casefold() for domain in source.domains)
        self._names = WinbindNames(source.wbinfo, source.domains, group_names)
        self._processes = NtlmAuthProcesses(source.ntlm_auth, source.processes)
        self._seconds = seconds
        self._trouble: str | None = None

    def claims(self, claim: Claim) -> bool:
        """Whether the claim names one of the configured domains."""
        return (claim.named_domain or "").casefold() in self._domains

    def verify(self, response: NtlmResponse) -> VerifiedNtlm:
        """Ask winbindd; blocks, at most for the configured seconds.

        Raises:
            HandshakeRefused.
        """
        claim = response.claim
        _refuse_what_winbind_reads_differently(response)
        until = time.monotonic() + self._seconds
        try:
            key = _key(claim, self._processes.ask(response, self._seconds))
            self._refuse_another_name(claim, until - time.monotonic())
            groups = self._names.groups_of(_full_name(claim), until - time.monotonic())
        except (NoAnswer, LookupFailed) as error:
            self._tell(str(error))
            raise HandshakeRefused(SignInCause.SOURCE_UNAVAILABLE, claim) from error
        except HandshakeRefused:
            self._tell(None)
            raise
        self._tell(None)
        return VerifiedNtlm(session_base_key=key, groups=groups)

    def groups_now(self, account: str) -> tuple[str, ...] | None:
        """The groups of a user who signed in some time ago, as winbindd knows them now.

        Of a domain's own groups it knows those of the user's last NTLM sign-in here, for as long as it keeps them.

        Raises:
            SourceUnavailable.
        """
        try:
            groups = self._names.groups_of(account, self._seconds)
        except NotFound:
            return None
        except LookupFailed as error:
            raise SourceUnavailable(str(error)) from error
        return groups

    def close(self) -> None:
        """End the processes."""
        self._processes.close()

    def _refuse_another_name(self, claim: Claim, seconds: float) -> None:
        """Refuse ``user@domain`` where the account has another name than ``user``.

        In Active Directory a user principal name need not begin with the account's name, and may begin with that of
        another account, who would be taken for the one that signed in.
        """
        if claim.domain:
            return
        name = self._names.account_name(_full_name(claim), seconds).rpartition("\\")[2]
        if name.casefold() != claim.account_name.casefold():
            detail = f"The account has to sign in with its name, which is {name!r}"
            raise HandshakeRefused(SignInCause.UNKNOWN_ACCOUNT, claim, detail=detail)

    def _tell(self, trouble: str | None) -> None:
        """Log when the source cannot be asked, once until that changes: every device outside asks it."""
        if trouble is not None and trouble != self._trouble:
            _log.warning("winbind cannot be asked, so its users are refused: %s", trouble)
        if trouble is None and self._trouble is not None:
            _log.info("winbind can be asked again.")
        self._trouble = trouble


def _refuse_what_winbind_reads_differently(response: NtlmResponse) -> None:
    """Refuse names that C cuts off or that say a domain twice; no client that is set up in earnest sends them."""
    claim = response.claim
    names = (claim.user, claim.domain or "x")
    is_plain = all(name.isprintable() and len(name.encode()) <= LONGEST_NAME for name in names)
    says_domain_once = "\\" not in claim.user and claim.user.count("@") == (0 if claim.domain else 1)
    if not is_plain or not says_domain_once:
        raise HandshakeRefused(SignInCause.UNKNOWN_ACCOUNT, claim)
    if len(response.nt_response) not in _RESPONSE_BYTES:
        raise HandshakeRefused(SignInCause.MALFORMED_TOKEN, claim)


def _full_name(claim: Claim) -> str:
    return str(claim)


def _key(claim: Claim, verdict: Verdict) -> bytes:
    """The session base key of a right response.

    A key of zeros belongs to nobody: a domain whose guest account is enabled lets strangers in with it.
    """
    if verdict.session_base_key is not None:
        if not any(verdict.session_base_key):
            raise HandshakeRefused(SignInCause.UNKNOWN_ACCOUNT, claim)
        return verdict.session_base_key
    for cause, sentences in _REFUSALS:
        if any(sentence in verdict.refusal for sentence in sentences):
            raise HandshakeRefused(cause, claim, detail=verdict.refusal)
    raise NoAnswer(verdict.refusal)
