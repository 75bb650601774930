"""From a proof of identity to an account: who may sign in on a listener, what counts as guessing, what is recorded."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from device_update_contract.administration.roles import Role
from device_update_contract.identifiers import account_key
from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import AccountSources
from device_update_service.domain.accounts import AccountSnapshot, KnownAccount
from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable
from device_update_service.identity.claims import Claim, DomainVerifier, HandshakeRefused
from device_update_service.identity.group_roles import role_of_groups
from device_update_service.identity.guessing import Guessing
from device_update_service.identity.handshakes import Accepted
from device_update_service.identity.nt_hashes import NT_HASH_BYTES, hashes_match
from device_update_service.web.authentication.principals import Principal
from device_update_service.web.authentication.refusal_log import RefusalLog
from device_update_service.web.metrics import ACCEPTED
from device_update_service.web.service import Service
from device_update_service.web.sign_in_records import SignInRecords

_log = logging.getLogger(__name__)

_NOBODY = ""
_LONGEST_NAME = 64  # of an account
_LONGEST_SHOWN_NAME = 256
_GUESSES = frozenset({SignInCause.UNKNOWN_ACCOUNT, SignInCause.WRONG_PASSWORD, SignInCause.ACCOUNT_DISABLED})
"""The refusals that were an attempt at a password. A ticket cannot be guessed, and a damaged message proves nothing."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A claimed name: in the form in which failures are counted, for display, and its row if there is one."""

    key: str
    shown: str
    account: KnownAccount | None
    is_local: bool

    @property
    def unlocks(self) -> int:
        """How often the account has been unlocked."""
        return 0 if self.account is None else self.account.unlocks


class AccountJudge:
    """Judges the sign-ins of one listener, on the event loop; a sign-in waits for no database."""

    def __init__(
        self,
        service: Service,
        *,
        listener: str,
        key: AccountKey,
        sources: AccountSources,
        guessing: Guessing,
        records: SignInRecords,
        may_sign_in: Callable[[Role], bool],
        verifier: DomainVerifier | None = None,
        counts: Counter[tuple[str, str]],
    ) -> None:
        """``may_sign_in``: which roles the listener is for; ``counts``: by listener and cause, or ``accepted``."""
        self._service = service
        self._key = key
        self._nobodys_hash = key.encrypt(_NOBODY, secrets.token_bytes(NT_HASH_BYTES))
        self._sources = sources
        self._guessing = guessing
        self._records = records
        self._may_sign_in = may_sign_in
        self.verifier = verifier
        self._listener = listener
        self._counts = counts
        self._log = RefusalLog(listener)

    @property
    def accounts(self) -> AccountSnapshot:
        """All accounts as they are now."""
        return self._service.accounts

    def find_nt_hash(self, claim: Claim) -> bytes | None:
        """The NT hash of the local account that is claimed; for the handshake, which compares."""
        account = self._name(claim).account
        if account is None or not account.nt_hash:
            self._opened(_NOBODY, self._nobodys_hash)  # so that it takes no less time than for an account
            return None
        return self._opened(account.name_key, account.nt_hash)

    def _opened(self, name_key: str, stored: bytes) -> bytes | None:
        try:
            return self._key.decrypt(name_key, stored)
        except AccountKeyUnusable as error:
            if name_key != _NOBODY:
                _log.error("%s", error.sentence)
            return None

    def is_unchanged(self, principal: Principal) -> bool:
        """Whether the account is still there, enabled, of the same role and with the same password."""
        found, known = self.accounts.find(principal.account), principal.known
        if found is None or known is None:
            return found is known
        return (
            found.enabled
            and found.id == known.id
            and found.nt_hash == known.nt_hash
            and found.role == known.role
            and found.source == known.source
        )

    def refuse_unseen(self, claim: Claim | None, address: str) -> None:
        """Refuse a password that is not even looked at now. Messages that claim nobody are no attempts.

        Raises:
            HandshakeRefused.
        """
        if claim is None:
            return
        name = self._name(claim)
        cause = self._guessing.check(name.key, address, self._service.clock(), unlocks=name.unlocks)
        if cause is not None:
            raise HandshakeRefused(cause, claim)

    def refused(self, claim: Claim | None, address: str, cause: SignInCause, detail: str = "") -> SignInCause:
        """Count and record a refusal; its cause, now that it is known whether there is such an account.

        ``detail``: what the source of the account says, for the log.
        """
        name = None if claim is None else self._name(claim)
        if name is not None and name.is_local and cause is SignInCause.WRONG_PASSWORD and name.account is None:
            cause = SignInCause.UNKNOWN_ACCOUNT
        self._refuse(name, address, cause, detail)
        return cause

    def by_password(self, name: str, given: bytes, address: str) -> Principal | SignInCause:
        """Whose password this is the NT hash of, for accounts of the service's own; the same work whoever is named.

        An attempt during a delay or a lock-out is not evaluated.
        """
        claim = Claim(name, None)
        try:
            self.refuse_unseen(claim, address)
        except HandshakeRefused as refused:
            return self.refused(claim, address, refused.cause)
        if hashes_match(given, self.find_nt_hash(claim) or secrets.token_bytes(NT_HASH_BYTES)):
            return self.accepted(Accepted(claim.account_name, None, "local", (), None), address)
        return self.refused(claim, address, SignInCause.WRONG_PASSWORD)

    def accepted(self, accepted: Accepted, address: str) -> Principal | SignInCause:
        """Who it is that has proved it, or why that does not help."""
        name = _of_accepted(accepted, self.accounts)
        principal = self._principal(accepted, name)
        if isinstance(principal, SignInCause):
            self._refuse(name, address, principal)
            return principal
        self._guessing.succeeded(name.key, address, self._service.clock())
        self._counts[self._listener, ACCEPTED] += 1
        self._records.accepted(principal.account_id)
        return principal

    def _principal(self, accepted: Accepted, name: _Name) -> Principal | SignInCause:
        account = name.account
        if account is not None and not account.enabled:
            return SignInCause.ACCOUNT_DISABLED
        if account is None and name.is_local:
            return SignInCause.UNKNOWN_ACCOUNT  # removed a moment ago
        role = self._role(accepted, account)
        if role is None or not self._may_sign_in(role):
            return SignInCause.ROLE_NOT_ALLOWED
        return Principal(name.shown, role, accepted.source, account)

    def _role(self, accepted: Accepted, account: KnownAccount | None) -> Role | None:
        """An account of the service's own has its role; those of domains have it from their groups, each time."""
        if accepted.source == "local":
            return None if account is None else account.role
        return role_of_groups(accepted.groups, self._sources.roles, self._sources.domain_users)

    def _refuse(self, name: _Name | None, address: str, cause: SignInCause, detail: str = "") -> None:
        shown = "" if name is None else name.shown[:_LONGEST_SHOWN_NAME]
        if name is not None and cause in _GUESSES:
            lock = self._guessing.failed(
                name.key,
                address,
                self._service.clock(),
                self._service.guessing_settings,
                is_account=name.account is not None or (not name.is_local and cause is SignInCause.WRONG_PASSWORD),
                unlocks=name.unlocks,
            )
            if lock is not None:
                self._records.locked(self._listener, lock)
        self._counts[self._listener, cause.value] += 1
        self._log.refused(shown, address, cause, detail)
        self._records.refused(self._listener, shown, address, cause)

    def _name(self, claim: Claim) -> _Name:
        if self.verifier is not None and self.verifier.claims(claim):
            return _of_domain(claim.account_name, claim.named_domain or "", self.accounts)
        return _local(claim.account_name, str(claim), self.accounts)


def _local(name: str, shown: str, accounts: AccountSnapshot) -> _Name:
    account = accounts.find(name)
    if account is None or account.source != "local":
        return _Name(account_key(name[: _LONGEST_NAME + 1]), shown, None, is_local=True)
    return _Name(account.name_key, account.name, account, is_local=True)


def _of_domain(user: str, domain: str, accounts: AccountSnapshot) -> _Name:
    shown = domain_account_name(user, domain)
    account = accounts.find(shown)
    if account is None:
        return _Name(account_key(shown[:_LONGEST_SHOWN_NAME]), shown, None, is_local=False)
    return _Name(account.name_key, account.name, account, is_local=False)


def _of_accepted(accepted: Accepted, accounts: AccountSnapshot) -> _Name:
    if accepted.source == "local":
        return _local(accepted.user, accepted.user, accounts)
    return _of_domain(accepted.user, accepted.domain or "", accounts)


def domain_account_name(user: str, domain: str) -> str:
    r"""The name of a domain's account, as it is shown and as its row has it: ``DOMAIN\user``."""
    return f"{domain}\\{user}"
