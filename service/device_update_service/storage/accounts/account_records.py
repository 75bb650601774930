"""Accounts in the main database; the NT hash goes in and out as it is stored, encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from peewee import ModelSelect

from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import LOCAL
from device_update_contract.identifiers import account_key
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.paging import Keyset, PageRequest
from device_update_service.storage.tables import Account


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account."""

    id: int
    name: str
    role: Role
    enabled: bool
    nt_hash: bytes
    created_at: datetime
    last_sign_in_at: datetime | None
    locked_until: datetime | None
    source: str = LOCAL

    @property
    def name_key(self) -> str:
        """The name in the form in which it is compared."""
        return account_key(self.name)


def find_account(name: str) -> AccountRecord | None:
    """The account of this name, without regard to case."""
    row = Account.get_or_none(Account.name_key == account_key(name))
    return None if row is None else _record(row)


def list_accounts(page: PageRequest, search: str | None, role: Role | None) -> list[AccountRecord]:
    """One account more than a page has, so that the caller sees whether there is a next one; sorted by name."""
    keyset = Keyset(Account.name_key, Account.id)
    query = _filtered(search, role)
    beyond = keyset.beyond(page)
    if beyond is not None:
        query = query.where(beyond)
    return [_record(row) for row in query.order_by(*keyset.order(page)).limit(page.limit + 1)]


def all_accounts() -> list[AccountRecord]:
    """Every account by name."""
    return [_record(row) for row in Account.select().order_by(Account.name_key)]


def count_accounts(search: str | None, role: Role | None) -> int:
    """How many accounts match."""
    return int(_filtered(search, role).count())


def count_enabled_administrators() -> int:
    """How many accounts of the service's own can administer, also when no domain answers."""
    can = (Account.role == Role.ADMINISTRATOR.value) & (Account.enabled == True)  # noqa: E712
    return int(Account.select().where(can & (Account.source == LOCAL)).count())


def add_account(
    name: str, role: Role, nt_hash: bytes, now: datetime, *, enabled: bool, source: str = LOCAL
) -> AccountRecord:
    """A new account; the caller has seen that the name is free."""
    row = Account.create(
        name=name,
        name_key=account_key(name),
        role=role.value,
        enabled=enabled,
        nt_hash=nt_hash,
        created_at=to_milliseconds(now),
        source=source,
    )
    return _record(row)


def change_account(account_id: int, changes: Mapping[str, object]) -> None:
    """Set columns of an account: ``role`` (a `Role`), ``enabled``, ``nt_hash``, ``source``."""
    values = {name: value.value if isinstance(value, Role) else value for name, value in changes.items()}
    if values:
        Account.update(values).where(Account.id == account_id).execute()


def remove_account(account_id: int) -> None:
    """Delete an account; its sessions go with it."""
    Account.delete().where(Account.id == account_id).execute()


def note_sign_in(account_id: int, now: datetime) -> None:
    """Remember the last sign-in."""
    Account.update(last_sign_in_at=to_milliseconds(now)).where(Account.id == account_id).execute()


def _filtered(search: str | None, role: Role | None) -> ModelSelect[Account]:
    query = Account.select()
    if search:
        query = query.where(Account.name_key.contains(account_key(search)))
    if role is not None:
        query = query.where(Account.role == role.value)
    return query


def _record(row: Account) -> AccountRecord:
    return AccountRecord(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        enabled=bool(row.enabled),
        nt_hash=bytes(row.nt_hash),
        created_at=from_milliseconds(row.created_at),
        last_sign_in_at=None if row.last_sign_in_at is None else from_milliseconds(row.last_sign_in_at),
        locked_until=None if row.locked_until is None else from_milliseconds(row.locked_until),
        source=row.source,
    )
