"""Lock-outs in the main database, so that a restart does not end them and help desk sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from device_update_contract.identifiers import account_key
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.tables import Account, Lockout


@dataclass(frozen=True, slots=True)
class LockoutRecord:
    """An account is locked out on a listener for a network (an IPv4 address, the /64 of an IPv6 one)."""

    listener: str
    name_key: str
    network: str
    until: datetime


def store_lockout(record: LockoutRecord) -> None:
    """Write a lock-out of an account; of a name that no account has nothing is written."""
    until = to_milliseconds(record.until)
    found = Account.update(locked_until=until).where(Account.name_key == record.name_key).execute()
    if found:
        Lockout.replace(
            listener=record.listener, name_key=record.name_key, address=record.network, locked_until=until
        ).execute()


def standing_lockouts(now: datetime, name: str | None = None) -> list[LockoutRecord]:
    """The lock-outs that are not over, of one account or of all; those that ended last come last."""
    query = Lockout.select().where(Lockout.locked_until > to_milliseconds(now))
    if name is not None:
        query = query.where(Lockout.name_key == account_key(name))
    return [
        LockoutRecord(row.listener, row.name_key, row.address, from_milliseconds(row.locked_until))
        for row in query.order_by(Lockout.locked_until)
    ]


def move_lockouts(listener: str, back: timedelta) -> None:
    """Let the lock-outs of a listener end earlier by so much, because the clock was set back."""
    by = back // timedelta(milliseconds=1)
    Lockout.update(locked_until=Lockout.locked_until - by).where(Lockout.listener == listener).execute()
    latest = Lockout.select(fn.max(Lockout.locked_until)).where(Lockout.name_key == Account.name_key)
    Account.update(locked_until=latest).where(~(Account.locked_until >> None)).execute()


def lift_lockouts(name: str) -> None:
    """Unlock an account: nothing stands against it any more, also not in the memory of another process."""
    key = account_key(name)
    Lockout.delete().where(Lockout.name_key == key).execute()
    Account.update(locked_until=None, unlocks=Account.unlocks + 1).where(Account.name_key == key).execute()


def sweep_lockouts(now: datetime) -> None:
    """Forget the lock-outs that are over."""
    Lockout.delete().where(Lockout.locked_until <= to_milliseconds(now)).execute()


def networks_of(records: Iterable[LockoutRecord]) -> list[str]:
    """The networks of lock-outs, each once, in order."""
    return list(dict.fromkeys(record.network for record in records))
