"""The sessions of people and scripts who have signed in (contract section 5).

Who somebody is has been judged from the accounts in memory; it is checked again when the session is written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_SESSIONS
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_contract.administration.server import SessionAnswer, SessionModel, SessionQuery
from device_update_contract.audit import AuditVerb
from device_update_contract.identifiers import account_key, quoted
from device_update_contract.refusals import Refusal
from device_update_service.domain.accounts import KnownAccount
from device_update_service.domain.actors import ADMINISTRATION_API
from device_update_service.identity.permissions import NotPermitted, SignedIn
from device_update_service.identity.tokens import new_token, token_hash
from device_update_service.storage.accounts import account_records, session_records
from device_update_service.storage.accounts.account_records import AccountRecord
from device_update_service.storage.accounts.session_records import SessionRecord
from device_update_service.storage.paging import page_request
from device_update_service.usecases.outcomes import Actor, AuditedAction, Outcome
from device_update_service.usecases.record_ids import parse_record_id

_log = logging.getLogger(__name__)

TOUCH_EVERY = timedelta(minutes=1)

MOST_SESSIONS = 1_000
"""Of one account: scripts that never sign out, or somebody who means it, must not fill the database."""


class SignInRefused(Refusal):
    """The name or password is wrong, or the account is disabled or locked: one sentence for all of them."""

    code = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("The account name or the password is wrong, or the account may not sign in now.")


class SessionEnded(Refusal):
    """The token opens no session: it ended, was revoked, or never was one."""

    code = "session-ended"

    def __init__(self) -> None:
        super().__init__("The session has ended.")


class NoSessionForRole(NotPermitted):
    """Name and password are right, and the account may only authenticate a device."""

    def __init__(self, account: str) -> None:
        super().__init__(
            f"The account {account} may only authenticate a device.", parameters={"role": Role.DEVICE_USER.value}
        )
        self.account = account


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


def open_session(
    *,
    judged: KnownAccount,
    address: str | None,
    settings: SessionSettings,
    now: datetime,
    through: str = ADMINISTRATION_API,
) -> Outcome[SessionAnswer]:
    """Open a session for an account that proved itself a moment ago; beyond `MOST_SESSIONS` the one least used ends.

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
    session_records.remove_sessions_beyond(account.id, MOST_SESSIONS - 1)
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
    raise NoSessionForRole(account.name)


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
            raise UnknownSession(f"There is no account {quoted(query.account)}.")
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
