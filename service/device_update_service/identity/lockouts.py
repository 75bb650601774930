"""Failed sign-ins per account and address, in memory (contract section 7, `lockout_attempts`, `lockout_minutes`).

Names that no account has are counted like any other, so that a lock-out does not tell which accounts exist. That a lock
stands is written to the account too: an administrator sees it there, and taking it away there (`unlock`, also from the
command line on the host) takes it away here. Slowing down account-wide guessing is not done here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class LockoutSettings:
    """After how many failures sign-ins are not evaluated any more, and for how long."""

    attempts: int
    minutes: int


@dataclass(frozen=True, slots=True)
class RowState:
    """Whether an account's row says that it is locked, as of a mark that was taken before the row was read."""

    is_locked: bool
    mark: int


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime
    locked_until: datetime | None = None
    stored_at: int | None = None


class Lockouts:
    """Counts failures of (account name in its compared form, address); the oldest are forgotten beyond 10,000.

    Names that no account has are kept apart: anybody can think of ten thousand, and would make a lock be forgotten.
    """

    def __init__(self) -> None:
        self._of_accounts: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._of_nobody: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._mark = 0

    def mark(self) -> int:
        """Where the order of things stands: taken before an account's row is read, see `RowState`."""
        return self._mark

    def is_locked(self, name_key: str, address: str, now: datetime, row: RowState) -> bool:
        """Whether an attempt from there is not to be evaluated.

        A row without the lock lifts it, but only one that was read after the lock had been written there (`stored`).
        """
        failures = self._find((name_key, address))
        if failures is None or failures.locked_until is None:
            return False
        is_lifted = not row.is_locked and failures.stored_at is not None and failures.stored_at <= row.mark
        if failures.locked_until <= now or is_lifted:
            self._forget((name_key, address))
            return False
        return True

    def stored(self, name_key: str, address: str) -> None:
        """The account's row has the lock, durably; called from the writer."""
        self._mark += 1
        failures = self._find((name_key, address))
        if failures is not None:
            failures.stored_at = self._mark

    def failed(
        self, name_key: str, address: str, now: datetime, settings: LockoutSettings, *, is_account: bool
    ) -> datetime | None:
        """Count a failure; the time until which this account is now locked for this address, if it is.

        Failures that are older than a lock-out lasts are forgotten.
        """
        key = (name_key, address)
        lasts = timedelta(minutes=settings.minutes)
        failures = self._find(key)
        self._forget(key)
        if failures is None or now - failures.last > lasts:
            failures = _Failures(0, now)
        failures.count += 1
        failures.last = now
        if failures.count >= settings.attempts:
            failures.locked_until = now + lasts
        kept = self._of_accounts if is_account else self._of_nobody
        kept[key] = failures
        while len(kept) > _KEPT:
            kept.popitem(last=False)
        return failures.locked_until

    def succeeded(self, name_key: str, address: str) -> None:
        """Forget the failures from there."""
        self._forget((name_key, address))

    def clear(self, name_key: str) -> None:
        """Forget every failure of an account."""
        for kept in (self._of_accounts, self._of_nobody):
            for key in [key for key in kept if key[0] == name_key]:
                del kept[key]

    def _find(self, key: tuple[str, str]) -> _Failures | None:
        return self._of_accounts.get(key) or self._of_nobody.get(key)

    def _forget(self, key: tuple[str, str]) -> None:
        self._of_accounts.pop(key, None)
        self._of_nobody.pop(key, None)
