"""All accounts for the snapshot in memory, and the generation number that says when to read them again."""

from __future__ import annotations

from typing import Any

from device_update_contract.administration.roles import Role
from device_update_service.domain.accounts import AccountSnapshot, KnownAccount
from device_update_service.storage.tables import Account, ServerState

_GENERATION = "accounts_generation"


def accounts_generation() -> int:
    """The number of the accounts that the database holds now; triggers of the schema count it up."""
    row = ServerState.get(ServerState.name == _GENERATION)
    return int(row.value)


def load_accounts() -> AccountSnapshot:
    """The accounts of this generation; both are read in one statement's view or a later one is read soon."""
    generation = accounts_generation()
    rows: Any = Account.select(
        Account.id, Account.name, Account.role, Account.enabled, Account.nt_hash, Account.source, Account.unlocks
    ).tuples()
    return AccountSnapshot(
        generation,
        (
            KnownAccount(number, name, Role(role), bool(enabled), bytes(nt_hash), source, unlocks)
            for number, name, role, enabled, nt_hash, source, unlocks in rows
        ),
    )
