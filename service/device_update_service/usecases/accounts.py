"""Accounts: adding, changing, removing, unlocking (contract section 5). Passwords come in and never go out.

A hash is made before a use case runs, because making it imports a heavy module and must not hold up the writer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from device_update_contract.administration.base import Page, rfc3339
from device_update_contract.administration.endpoints import LIST_ACCOUNTS
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import LOCAL, AccountModel, AccountQuery, AccountStatus
from device_update_contract.audit import AuditVerb
from device_update_contract.identifiers import account_key, parse_account_name, quoted
from device_update_contract.refusals import Refusal
from device_update_service.identity.account_key import AccountKey
from device_update_service.storage.accounts import account_records, lockout_records, session_records
from device_update_service.storage.accounts.account_records import AccountRecord
from device_update_service.storage.paging import page_request
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome

_log = logging.getLogger(__name__)

_MOST_LOCKED_ADDRESSES = 100


class UnknownAccount(Refusal):
    """There is no account of this name."""

    code = "not-found"


class AccountExists(Refusal):
    """The name is taken, without regard to case."""

    code = "account-exists"


class LastAdministrator(Refusal):
    """Without this account nobody could administer any more."""

    code = "last-administrator"


class AccountOfDomain(Refusal):
    """What is asked to be changed of the account is decided by its domain."""

    code = "account-of-domain"

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence, parameters={"account": name})


@dataclass(frozen=True, slots=True)
class AccountValues:
    """What to set of an account; None leaves it as it is."""

    role: Role | None = None
    enabled: bool | None = None
    nt_hash: bytes | None = None


def add_account(
    *, name: str, role: Role, nt_hash: bytes, enabled: bool, key: AccountKey, actor: Actor, now: datetime
) -> Outcome[AccountModel]:
    """Add an account.

    Raises:
        InvalidIdentifier: for a name that is none. AccountExists: when it is taken.
    """
    name = parse_account_name(name)
    if account_records.find_account(name) is not None:
        raise AccountExists(f"There is an account {name} already.", parameters={"account": name})
    stored = key.encrypt(account_key(name), nt_hash)
    record = account_records.add_account(name, role, stored, now, enabled=enabled)
    _log.info("%s added the account %s with the role %s", actor.account, record.name, role.value)
    return _changed(record, _audited(actor, AuditVerb.ACCOUNT_ADD, record.name, None, _facts(record)))


def change_account(
    *,
    name: str,
    values: AccountValues,
    key: AccountKey,
    actor: Actor,
    own_session: int | None = None,
) -> Outcome[AccountModel]:
    """Change an account; with a new password its sessions end, but for the one that asks (`own_session`).

    All end when it may open none any more, because they must not come back with the right to.

    Raises:
        UnknownAccount. LastAdministrator: when nobody could administer afterwards; nothing is changed.
        AccountOfDomain: for the password or the role of an account that a domain keeps.
    """
    record = _existing(name)
    _leave_to_domain(record, values)
    loses_administrator = (values.role is not None and values.role is not Role.ADMINISTRATOR) or values.enabled is False
    if loses_administrator:
        _keep_one_administrator(record)
    changes: dict[str, object] = {}
    if values.role is not None and values.role is not record.role:
        changes["role"] = values.role
    if values.enabled is not None and values.enabled is not record.enabled:
        changes["enabled"] = values.enabled
    if values.nt_hash is not None:
        changes["nt_hash"] = key.encrypt(record.name_key, values.nt_hash)
    account_records.change_account(record.id, changes)
    if changes.get("enabled") is False or changes.get("role") is Role.DEVICE_USER:
        session_records.remove_sessions_of(record.id)
    elif "nt_hash" in changes:
        session_records.remove_sessions_of(record.id, but=own_session)
    changed = _existing(name)
    if not changes:
        return _changed(changed)
    _log.info("%s changed %s of the account %s", actor.account, ", ".join(sorted(changes)), record.name)
    after = {**_facts(changed), **({"password": "changed"} if "nt_hash" in changes else {})}
    return _changed(changed, _audited(actor, AuditVerb.ACCOUNT_CHANGE, record.name, _facts(record), after))


def remove_account(*, name: str, actor: Actor) -> Outcome[None]:
    """Remove an account; its sessions end.

    Raises:
        UnknownAccount. LastAdministrator: when nobody could administer afterwards.
    """
    record = _existing(name)
    _keep_one_administrator(record)
    account_records.remove_account(record.id)
    _log.info("%s removed the account %s", actor.account, record.name)
    action = _audited(actor, AuditVerb.ACCOUNT_REMOVE, record.name, _facts(record), None)
    return Outcome(None, (Change("accounts-changed", (record.name,)),), audited=(action,))


def unlock_account(*, name: str, actor: Actor) -> Outcome[AccountModel]:
    """Let an account sign in again at once.

    Raises:
        UnknownAccount.
    """
    record = _existing(name)
    lockout_records.lift_lockouts(record.name)
    _log.info("%s unlocked the account %s", actor.account, record.name)
    locked_until = None if record.locked_until is None else rfc3339(record.locked_until)
    action = _audited(
        actor, AuditVerb.ACCOUNT_UNLOCK, record.name, {"locked_until": locked_until}, {"locked_until": None}
    )
    return _changed(_existing(name), action)


def show_account(name: str, now: datetime) -> AccountModel:
    """One account.

    Raises:
        UnknownAccount.
    """
    return _model(_existing(name), now)


def account_status(name: str, now: datetime) -> AccountStatus:
    """What help desk may see of an account.

    Raises:
        UnknownAccount.
    """
    model = show_account(name, now)
    addresses = lockout_records.networks_of(lockout_records.standing_lockouts(now, name))
    return AccountStatus(
        **model.model_dump(exclude={"role", "created_at"}), locked_addresses=addresses[:_MOST_LOCKED_ADDRESSES]
    )


def has_stored_passwords() -> bool:
    """Whether any account has a password here, so that its key is needed."""
    return any(record.nt_hash for record in account_records.all_accounts())


def all_accounts(now: datetime) -> list[AccountModel]:
    """Every account by name, for the command on the host."""
    return [_model(record, now) for record in account_records.all_accounts()]


def list_accounts(query: AccountQuery, now: datetime) -> Page[AccountModel]:
    """One page of the accounts, sorted by name."""
    page = page_request(query, LIST_ACCOUNTS.sorts, "name")
    records = account_records.list_accounts(page, query.search, query.role)
    total = account_records.count_accounts(query.search, query.role)
    shown = records[: page.limit]
    following = page.cursor(shown[-1].name_key, shown[-1].id) if len(records) > page.limit else None
    return Page(items=[_model(record, now) for record in shown], next=following, total=total, total_at_least=total)


def _existing(name: str) -> AccountRecord:
    record = account_records.find_account(name)
    if record is None:
        raise UnknownAccount(f"There is no account {quoted(name)}.", parameters={"account": name[:64]})
    return record


def _leave_to_domain(record: AccountRecord, values: AccountValues) -> None:
    if record.source == LOCAL:
        return
    if values.nt_hash is not None:
        raise AccountOfDomain(
            record.name, f"{record.name} is an account of a domain: its password is kept and changed there."
        )
    if values.role is not None and values.role is not record.role:
        raise AccountOfDomain(
            record.name,
            f"{record.name} is an account of a domain: its groups decide the role (accounts.roles in the configuration)"
            " whenever it signs in. It can be disabled here.",
        )


def _keep_one_administrator(record: AccountRecord) -> None:
    """Domains do not count: one that does not answer lets nobody in."""
    can_administer = record.role is Role.ADMINISTRATOR and record.enabled and record.source == LOCAL
    if can_administer and account_records.count_enabled_administrators() <= 1:
        raise LastAdministrator(
            f"{record.name} is the last enabled administrator and stays one.", parameters={"account": record.name}
        )


def _changed(record: AccountRecord, *audited: AuditedAction) -> Outcome[AccountModel]:
    return Outcome(_model(record, record.created_at), (Change("accounts-changed", (record.name,)),), audited=audited)


def _audited(actor: Actor, verb: AuditVerb, name: str, before: JsonValue, after: JsonValue) -> AuditedAction:
    return AuditedAction(actor, verb, f"account {name}", before, after)


def _facts(record: AccountRecord) -> dict[str, JsonValue]:
    """What the audit trail may have of an account: nothing of its password."""
    return {"role": record.role.value, "enabled": record.enabled}


def _model(record: AccountRecord, now: datetime) -> AccountModel:
    """A lock that is over is not shown."""
    locked_until = record.locked_until
    return AccountModel(
        name=record.name,
        role=record.role,
        enabled=record.enabled,
        created_at=record.created_at,
        last_sign_in_at=record.last_sign_in_at,
        locked_until=locked_until if locked_until is not None and locked_until > now else None,
        source=record.source,
    )
