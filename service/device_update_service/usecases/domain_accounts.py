"""Accounts of domains: a row for whoever opens a session, so that it can be seen, disabled and put on the trail.

Devices that sign in as a user of a domain leave no row; the domain's word is enough for them.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final, Literal

from pydantic import JsonValue

from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import LOCAL
from device_update_contract.audit import AuditVerb
from device_update_service.domain.accounts import KnownAccount
from device_update_service.domain.actors import SERVICE
from device_update_service.storage.accounts import account_records, session_records
from device_update_service.storage.accounts.account_records import AccountRecord
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome
from device_update_service.usecases.sessions import NoSessionForRole, SignInRefused

_log = logging.getLogger(__name__)

DomainSource = Literal["kerberos", "winbind"]
_LONGEST_NAME: Final = 256


def admit_domain_account(
    *, name: str, source: DomainSource, role: Role, actor: Actor, now: datetime
) -> Outcome[KnownAccount]:
    r"""The row of an account ``DOMAIN\user`` that its domain has just vouched for, with the role of its groups now.

    It is made at the first session. One that was disabled here stays so. A role that may open no session is taken
    down too, so that a demotion in the domain ends what an open session may do; `open_session` refuses it afterwards.

    Raises:
        SignInRefused: for a disabled account, and a name that no account of a domain can have.
        NoSessionForRole: for an account without a row that may open no session anyway.
    """
    if "\\" not in name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise SignInRefused
    record = account_records.find_account(name)
    if record is None:
        return _added(name, source, role, actor, now)
    if record.source == LOCAL or not record.enabled:
        raise SignInRefused
    return _with_role(record, source, role, actor)


def follow_domain_role(name: str, source: DomainSource, role: Role | None) -> Outcome[KnownAccount | None]:
    """Give an account whose sessions are open the role of its groups now, by which the service alone goes.

    ``role`` None is for one whom the domain, or this service, would not let in any more: its sessions end, and it is
    shown as one that may open none.
    """
    record = account_records.find_account(name)
    if record is None or record.source != source:
        return Outcome(None)
    outcome = _with_role(record, source, role or Role.DEVICE_USER, Actor(SERVICE, through=SERVICE))
    return Outcome(outcome.answer, outcome.changes, audited=outcome.audited)


def _with_role(record: AccountRecord, source: DomainSource, role: Role, actor: Actor) -> Outcome[KnownAccount]:
    if (record.role, record.source) == (role, source):
        return Outcome(_known(record))
    account_records.change_account(record.id, {"role": role, "source": source})
    if role is Role.DEVICE_USER:
        session_records.remove_sessions_of(record.id)  # they must not come back with a later role
    changed = account_records.find_account(record.name) or record
    _log.info("%s has the role %s by the groups of its domain", changed.name, role.value)
    return _told(
        changed, AuditedAction(actor, AuditVerb.ACCOUNT_CHANGE, _object(changed.name), _facts(record), _facts(changed))
    )


def _added(name: str, source: DomainSource, role: Role, actor: Actor, now: datetime) -> Outcome[KnownAccount]:
    if role is Role.DEVICE_USER:
        raise NoSessionForRole(name)
    record = account_records.add_account(name, role, b"", now, enabled=True, source=source)
    _log.info("%s opened its first session with the role %s", record.name, role.value)
    return _told(record, AuditedAction(actor, AuditVerb.ACCOUNT_ADD, _object(name), None, _facts(record)))


def _told(record: AccountRecord, action: AuditedAction) -> Outcome[KnownAccount]:
    return Outcome(_known(record), (Change("accounts-changed", (record.name,)),), audited=(action,))


def _known(record: AccountRecord) -> KnownAccount:
    return KnownAccount(record.id, record.name, record.role, record.enabled, record.nt_hash, record.source)


def _object(name: str) -> str:
    return f"account {name}"


def _facts(record: AccountRecord) -> dict[str, JsonValue]:
    return {"role": record.role.value, "enabled": record.enabled, "source": record.source}
