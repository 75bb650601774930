"""Sessions in the main database: only the token's SHA-256 is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import ModelSelect

from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import LOCAL
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.paging import Keyset, PageRequest
from device_update_service.storage.tables import Account, Session


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session with what its account is now; `expires_at` is the absolute end, idle time not considered."""

    id: int
    account_id: int
    account: str
    role: Role
    account_enabled: bool
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def add_session(
    account_id: int, token_hash: bytes, address: str | None, now: datetime, expires_at: datetime
) -> SessionRecord:
    """Store a new session."""
    row = Session.create(
        account_id=account_id,
        token_hash=token_hash,
        address=address,
        created_at=to_milliseconds(now),
        last_used_at=to_milliseconds(now),
        expires_at=to_milliseconds(expires_at),
    )
    record = find_session(row.id)
    if record is None:
        raise AssertionError("a session whose account exists is found")
    return record


def session_of_token(token_hash: bytes) -> SessionRecord | None:
    """The session that a token opened, whether or not it has ended meanwhile."""
    return _first(_select().where(Session.token_hash == token_hash))


def find_session(session_id: int) -> SessionRecord | None:
    """The session of this id."""
    return _first(_select().where(Session.id == session_id))


def list_sessions(
    page: PageRequest, *, account_id: int | None, used_after: datetime, now: datetime
) -> list[SessionRecord]:
    """Sessions that have not ended, by id, one more than a page has; of all accounts when `account_id` is None."""
    keyset = Keyset(Session.id, Session.id)
    query = _live(account_id, used_after, now)
    beyond = keyset.beyond(page)
    if beyond is not None:
        query = query.where(beyond)
    rows: Any = query.order_by(*keyset.order(page)).limit(page.limit + 1).dicts()
    return [_record(row) for row in rows]


def count_sessions(*, account_id: int | None, used_after: datetime, now: datetime) -> int:
    """How many sessions have not ended."""
    return int(_live(account_id, used_after, now).count())


def domain_accounts_in_session(used_after: datetime, now: datetime) -> list[tuple[str, str]]:
    """Names and sources of the accounts of domains that have sessions which have not ended."""
    live = _live(None, used_after, now).where(Account.source != LOCAL)
    rows: Any = live.select(Account.name, Account.source).distinct().order_by(Account.name)
    return [(row["name"], row["source"]) for row in rows.dicts()]


def touch_session(session_id: int, now: datetime) -> None:
    """Remember that a session was used."""
    Session.update(last_used_at=to_milliseconds(now)).where(Session.id == session_id).execute()


def remove_session(session_id: int) -> None:
    """End a session."""
    Session.delete().where(Session.id == session_id).execute()


def remove_sessions_of(account_id: int, *, but: int | None = None) -> None:
    """End every session of an account, but for one."""
    query = Session.delete().where(Session.account_id == account_id)
    if but is not None:
        query = query.where(Session.id != but)
    query.execute()


def remove_sessions_beyond(account_id: int, most: int) -> None:
    """End the sessions of an account that were used longest ago, so that only so many are left."""
    newest = (
        Session.select(Session.id)
        .where(Session.account_id == account_id)
        .order_by(Session.last_used_at.desc(), Session.id.desc())
    )
    Session.delete().where(Session.id.in_(newest.limit(-1).offset(most))).execute()


def remove_ended_sessions(used_before: datetime, now: datetime) -> int:
    """Delete the sessions that ended by age or were idle since; how many these were."""
    ended = (Session.expires_at <= to_milliseconds(now)) | (Session.last_used_at <= to_milliseconds(used_before))
    return int(Session.delete().where(ended).execute())


def _select() -> ModelSelect[Session]:
    return Session.select(
        Session.id,
        Session.account_id,
        Account.name.alias("account"),
        Account.role,
        Account.enabled,
        Session.address,
        Session.created_at,
        Session.last_used_at,
        Session.expires_at,
    ).join(Account, on=(Session.account_id == Account.id))


def _live(account_id: int | None, used_after: datetime, now: datetime) -> ModelSelect[Session]:
    query = _select().where(
        (Session.expires_at > to_milliseconds(now)) & (Session.last_used_at > to_milliseconds(used_after))
    )
    return query if account_id is None else query.where(Session.account_id == account_id)


def _first(query: ModelSelect[Session]) -> SessionRecord | None:
    row: Any = query.dicts().first()
    return None if row is None else _record(row)


def _record(row: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(
        id=row["id"],
        account_id=row["account_id"],
        account=row["account"],
        role=Role(row["role"]),
        account_enabled=bool(row["enabled"]),
        address=row["address"],
        created_at=from_milliseconds(row["created_at"]),
        last_used_at=from_milliseconds(row["last_used_at"]),
        expires_at=from_milliseconds(row["expires_at"]),
    )
