"""Signing in with name and password, and the sessions that come of it (contract section 5).

Judging a password needs no transaction and must count failures exactly, so it is done between reading the account and
writing the session, on one thread; what it decided is checked again when the session is written.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_SESSIONS
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_contract.administration.server import SessionAnswer, SessionModel, SessionQuery
from device_update_contract.audit import AuditVerb
from device_update_contract.identifiers import account_key
from device_update_contract.refusals import Refusal
from device_update_service.domain.actors import ADMINISTRATION_API
from device_update_service.identity.account_key import AccountKey, AccountKeyUnusable
from device_update_service.identity.lockouts import Lockouts, LockoutSettings, RowState
from device_update_service.identity.nt_hashes import NT_HASH_BYTES, hashes_match
from device_update_service.identity.permissions import NotPermitted, SignedIn
from device_update_service.identity.tokens import new_token, token_hash
from device_update_service.storage.accounts import account_records, session_records
from device_update_service.storage.accounts.account_records import AccountRecord
from device_update_service.storage.accounts.session_records import SessionRecord
from device_update_service.storage.paging import page_request
from device_update_service.usecases.outcomes import Actor, AuditedAction, Outcome
from device_update_service.usecases.record_ids import parse_record_id

_log = logging.getLogger(__name__)

_STORED_HASH_BYTES = 12 + NT_HASH_BYTES + 16  # nonce, hash, tag
_LONGEST_NAME = 64  # of an account
TOUCH_EVERY = timedelta(minutes=1)


class SignInRefused(Refusal):
    """The name or password is wrong, or the account is disabled or locked: one sentence for all of them."""

    code = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("The account name or the password is wrong, or the account may not sign in now.")


class SessionEnded(Refusal):
    """The token opens no session: it ended, was revoked, or never was one."""

    code = "session-ended"

    def __init__(self) -> None:
        super().__init__("The session has ended; sign in again.")


class NoSessionForRole(NotPermitted):
    """Name and password are right, and the account may only authenticate a device."""

    def __init__(self, account: AccountRecord) -> None:
        super().__init__(
            f"The account {account.name} may only authenticate a device.", parameters={"role": account.role.value}
        )
        self.account = account.name


class UnknownSession(Refusal):
    """There is no such session."""

    code = "not-found"


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long sessions live (contract section 7)."""

    idle_minutes: int
    days: int

    def used_after(self, now: datetime) -> datetime:
        """A session that was not used since has ended."""
        return now - timedelta(minutes=self.idle_minutes)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in from an address; `nt_hash` is of the given password, `mark` was taken before the account was read."""

    name: str
    nt_hash: bytes
    address: str
    mark: int

    @property
    def name_key(self) -> str:
        """The name in the form in which it is compared; of one that is too long for any account, its beginning."""
        return account_key(self.name[: _LONGEST_NAME + 1])


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the attempt is accepted; `lock_until` is set when it was the one that locks the account."""

    accepted: bool
    lock_until: datetime | None = None


class SignInJudge:
    """Compares passwords and counts failures; one for the life of the service, because the counts are in memory."""

    def __init__(self, key: AccountKey, lockouts: Lockouts) -> None:
        self._key = key
        self.lockouts = lockouts

    def judge(
        self, attempt: Attempt, account: AccountRecord | None, settings: LockoutSettings, now: datetime
    ) -> Judgement:
        """Compare the password and count a failure; the same work whether or not there is such an account.

        An attempt inside a lock-out is not evaluated and not counted.
        """
        is_locked = account is None or (account.locked_until is not None and account.locked_until > now)
        if self.lockouts.is_locked(attempt.name_key, attempt.address, now, RowState(is_locked, attempt.mark)):
            _log.warning("Sign-in of %.64r from %s refused: locked out", attempt.name, attempt.address)
            return Judgement(accepted=False)
        is_right = hashes_match(attempt.nt_hash, self._known_hash(attempt, account)) and account is not None
        if is_right and account is not None and account.enabled:
            self.lockouts.succeeded(attempt.name_key, attempt.address)
            return Judgement(accepted=True)
        reason = _why(account, is_right=is_right)
        _log.warning("Sign-in of %.64r from %s refused: %s", attempt.name, attempt.address, reason)
        is_account = account is not None
        until = self.lockouts.failed(attempt.name_key, attempt.address, now, settings, is_account=is_account)
        return Judgement(accepted=False, lock_until=until)

    def _known_hash(self, attempt: Attempt, account: AccountRecord | None) -> bytes:
        """The account's hash, or one that nobody's password has."""
        stored = account.nt_hash if account is not None else secrets.token_bytes(_STORED_HASH_BYTES)
        try:
            return self._key.decrypt(attempt.name_key, stored)
        except AccountKeyUnusable as error:
            if account is not None:
                _log.error("%s", error.sentence)
            return secrets.token_bytes(NT_HASH_BYTES)


def _why(account: AccountRecord | None, *, is_right: bool) -> str:
    if account is None:
        return "no such account"
    return "the account is disabled" if is_right else "wrong password"


def open_session(
    *,
    judged: AccountRecord,
    address: str | None,
    settings: SessionSettings,
    now: datetime,
    through: str = ADMINISTRATION_API,
) -> Outcome[SessionAnswer]:
    """Open a session for an account whose password was right a moment ago.

    Raises:
        SignInRefused: when the account was changed meanwhile. NoSessionForRole: for a device user.
    """
    account = account_records.find_account(judged.name)
    if account is None or account.id != judged.id or not account.enabled or account.nt_hash != judged.nt_hash:
        raise SignInRefused
    if account.role is Role.DEVICE_USER:
        _refuse_device_user(account)
    token = new_token()
    expires_at = now + timedelta(days=settings.days)
    session_records.remove_ended_sessions(settings.used_after(now), now)
    session = session_records.add_session(account.id, token_hash(token), address, now, expires_at)
    account_records.note_sign_in(account.id, now)
    _log.info("%s signed in from %s", account.name, address)
    return Outcome(
        SessionAnswer(
            token=token,
            expires_at=expires_at,
            account=account.name,
            role=account.role,
            permissions=sorted(PERMISSIONS[account.role]),
        ),
        audited=(
            AuditedAction(
                Actor(account.name, address, through),
                AuditVerb.SESSION_OPEN,
                f"session {session.id}",
                None,
                {"role": account.role.value},
            ),
        ),
    )


def _refuse_device_user(account: AccountRecord) -> NoReturn:
    _log.warning("Sign-in of %s refused: a device user opens no session", account.name)
    raise NoSessionForRole(account)


def current_session(hashed_token: bytes, settings: SessionSettings, now: datetime) -> SessionRecord:
    """The live session behind a token.

    Raises:
        SessionEnded: when it ended by age, idle time or revocation, or its account is disabled or gone.
    """
    session = session_records.session_of_token(hashed_token)
    if (
        session is None
        or session.expires_at <= now
        or session.last_used_at <= settings.used_after(now)
        or not session.account_enabled
        or session.role is Role.DEVICE_USER
    ):
        raise SessionEnded
    return session


def touch_session(session_id: int, now: datetime) -> None:
    """Remember that a session was used; called at most once in `TOUCH_EVERY`, because it costs a commit."""
    session_records.touch_session(session_id, now)


def show_session(signed_in: SignedIn) -> SessionModel:
    """The session of the request.

    Raises:
        SessionEnded: when it ended a moment ago.
    """
    session = session_records.find_session(signed_in.session_id)
    if session is None:
        raise SessionEnded
    return _model(session, signed_in)


def list_sessions(
    query: SessionQuery, signed_in: SignedIn, settings: SessionSettings, now: datetime
) -> Page[SessionModel]:
    """One page of an account's live sessions; by default the caller's own.

    Raises:
        NotPermitted: when another account's are asked for without the permission. UnknownSession: no such account.
    """
    page = page_request(query, LIST_SESSIONS.sorts, "id")
    account_id = signed_in.account_id
    if query.account is not None and account_key(query.account) != account_key(signed_in.account):
        signed_in.require(Permission.MANAGE_SESSIONS)
        account = account_records.find_account(query.account)
        if account is None:
            raise UnknownSession(f"There is no account {query.account[:64]!r}.")
        account_id = account.id
    used_after = settings.used_after(now)
    records = session_records.list_sessions(page, account_id=account_id, used_after=used_after, now=now)
    total = session_records.count_sessions(account_id=account_id, used_after=used_after, now=now)
    shown = records[: page.limit]
    following = page.cursor(shown[-1].id, shown[-1].id) if len(records) > page.limit else None
    return Page(
        items=[_model(record, signed_in) for record in shown], next=following, total=total, total_at_least=total
    )


def revoke_session(session_id: str, signed_in: SignedIn, *, actor: Actor) -> Outcome[None]:
    """End the session of this id, as `close_session` does."""
    number = parse_record_id(session_id)
    if number is None:
        raise UnknownSession("There is no such session.")
    return close_session(number, signed_in, actor=actor)


def close_session(session_id: int, signed_in: SignedIn, *, actor: Actor) -> Outcome[None]:
    """End a session: one's own, or any with the permission.

    Raises:
        UnknownSession: also for another account's session without the permission, whose existence is not told.
    """
    session = session_records.find_session(session_id)
    if session is None or (
        session.account_id != signed_in.account_id and not signed_in.may(Permission.MANAGE_SESSIONS)
    ):
        raise UnknownSession("There is no such session.")
    session_records.remove_session(session_id)
    _log.info("%s ended a session of %s", signed_in.account, session.account)
    verb = AuditVerb.SESSION_CLOSE if session_id == signed_in.session_id else AuditVerb.SESSION_REVOKE
    action = AuditedAction(actor, verb, f"session {session_id}", {"account": session.account})
    return Outcome(None, audited=(action,))


def _model(session: SessionRecord, signed_in: SignedIn) -> SessionModel:
    return SessionModel(
        id=str(session.id),
        account=session.account,
        role=session.role,
        address=session.address,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.id == signed_in.session_id,
        permissions=sorted(PERMISSIONS[session.role]),
    )
