"""The accounts of the service's own as a snapshot in memory, so that a sign-in of a device waits for no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import LOCAL
from device_update_contract.identifiers import account_key


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account with what a sign-in needs of it; ``nt_hash`` is encrypted, and empty for accounts of a domain.

    ``unlocks`` is how often an administrator has unlocked it: failures from before the last time do not count.
    """

    id: int
    name: str
    role: Role
    enabled: bool
    nt_hash: bytes
    source: str = LOCAL
    unlocks: int = 0

    @property
    def name_key(self) -> str:
        """The name in the form in which it is compared."""
        return account_key(self.name)


class AccountSnapshot:
    """All accounts at one generation; replaced, never changed."""

    def __init__(self, generation: int, accounts: Iterable[KnownAccount] = ()) -> None:
        self.generation = generation
        self._by_key = {account.name_key: account for account in accounts}

    def find(self, name: str) -> KnownAccount | None:
        """The account of this name, without regard to case."""
        return self._by_key.get(account_key(name))

    def __len__(self) -> int:
        return len(self._by_key)
