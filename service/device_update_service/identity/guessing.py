"""Failed sign-ins, and what they cost: growing delays, then a lock-out that expires (contract section 7).

Failures count per account name and network: an IPv4 address, or the /64 of an IPv6 address, which is one subscriber.
Failures of a name from everywhere only slow it down, and never where the account signed in well lately, so that nobody
outside can keep a phone or a person out. Names that no account has are counted like any other, so that nothing tells
which exist. There is one `Guessing` for each kind of listener: the outside locks nobody out inside.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final, TypeVar

from device_update_contract.sign_ins import SignInCause

_KEPT: Final = 10_000
_FREE_FAILURES: Final = 2
_LONGEST_DELAY: Final = 30
_FREE_FAILURES_EVERYWHERE: Final = 10
_LONGEST_DELAY_EVERYWHERE: Final = 8
_WELL_KNOWN_NETWORKS: Final = 32

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class GuessingSettings:
    """After how many failures in a row a name is locked out for a network, and for how many minutes."""

    attempts: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Lock:
    """A name is locked out for a network until then."""

    name_key: str
    network: str
    until: datetime


@dataclass(slots=True)
class _Failures:
    """Failures of one name from one network; ``unlocks`` is how often the account had been unlocked when they began."""

    unlocks: int
    last: datetime
    count: int = 0
    blocked_until: datetime | None = None
    is_lock: bool = False

    def is_blocked(self, now: datetime) -> bool:
        """Whether attempts are not evaluated now."""
        return self.blocked_until is not None and now < self.blocked_until


class _SteadyTime:
    """A clock's time that goes on from where it was when the clock is set back, so that nothing ends later for it."""

    def __init__(self) -> None:
        self._latest: datetime | None = None
        self.ahead = timedelta()
        """Of the clock, since it was set back: so much is taken off what is told to others."""

    def at(self, now: datetime) -> datetime:
        """The steady time when the clock shows `now`."""
        if self._latest is not None and now + self.ahead < self._latest:
            self.ahead = self._latest - now
        self._latest = now + self.ahead
        return self._latest


@dataclass(slots=True)
class _Everywhere:
    """Failures of one name from all networks, and the networks from which it signed in well, the latest last."""

    failures: _Failures
    well_known: OrderedDict[str, None] = field(default_factory=OrderedDict)


class Guessing:
    """Counts failures and says which attempts are not to be evaluated; the oldest are forgotten beyond 10,000 names.

    Names that no account has are kept apart: anybody can think of ten thousand, and would make a lock be forgotten.
    Attempts that were not evaluated must not be counted as failures. A clock that is set back neither lifts a lock nor
    lengthens it by more than had passed since the last look at it (`look`).
    """

    def __init__(self) -> None:
        self._time = _SteadyTime()
        self._told_ahead = timedelta()
        self._of_accounts: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._of_nobody: OrderedDict[tuple[str, str], _Failures] = OrderedDict()
        self._everywhere: OrderedDict[str, _Everywhere] = OrderedDict()
        self._nobody_everywhere: OrderedDict[str, _Everywhere] = OrderedDict()

    def look(self, now: datetime) -> timedelta:
        """Note what the clock shows, often; by how much it was set back since the last look, or nothing."""
        self._time.at(now)
        back = self._time.ahead - self._told_ahead
        self._told_ahead = self._time.ahead
        return back

    def check(self, name_key: str, address: str, now: datetime, *, unlocks: int = 0) -> SignInCause | None:
        """Why an attempt is not to be evaluated; None: evaluate it.

        ``unlocks`` is how often an administrator has unlocked the account: another number than when the failures
        began makes them forgotten.
        """
        now = self._time.at(now)
        network = network_of(address)
        failures = self._find(name_key, network)
        if failures is not None:
            if failures.unlocks != unlocks:
                self.unlock(name_key)
            elif failures.is_blocked(now):
                return SignInCause.LOCKED_OUT if failures.is_lock else SignInCause.DELAYED
            elif failures.is_lock:
                self._forget(name_key, network)  # it was served; counting begins again
        everywhere = self._everywhere.get(name_key) or self._nobody_everywhere.get(name_key)
        if (
            everywhere is not None
            and everywhere.failures.unlocks == unlocks
            and network not in everywhere.well_known
            and everywhere.failures.is_blocked(now)
        ):
            return SignInCause.DELAYED
        return None

    def failed(
        self,
        name_key: str,
        address: str,
        now: datetime,
        settings: GuessingSettings,
        *,
        is_account: bool,
        unlocks: int = 0,
    ) -> Lock | None:
        """Count a failure; the lock, when this failure locks the name out for this network.

        Failures that are older than a lock-out lasts are forgotten.
        """
        now = self._time.at(now)
        network = network_of(address)
        lasts = timedelta(minutes=settings.minutes)
        found = self._find(name_key, network)
        self._forget(name_key, network)
        failures = _again(found, now, lasts, unlocks)
        _keep(self._of_accounts if is_account else self._of_nobody, (name_key, network), failures)
        self._fail_everywhere(name_key, now, lasts, unlocks, is_account=is_account)
        if failures.count >= settings.attempts:
            failures.is_lock = True
            failures.blocked_until = now + lasts
            return Lock(name_key, network, failures.blocked_until - self._time.ahead)
        failures.blocked_until = now + _delay(failures.count - _FREE_FAILURES, _LONGEST_DELAY)
        return None

    def _fail_everywhere(
        self, name_key: str, now: datetime, lasts: timedelta, unlocks: int, *, is_account: bool
    ) -> None:
        kept = self._everywhere if is_account else self._nobody_everywhere
        everywhere = kept.get(name_key)
        failures = _again(None if everywhere is None else everywhere.failures, now, lasts, unlocks)
        failures.blocked_until = now + _delay(failures.count - _FREE_FAILURES_EVERYWHERE, _LONGEST_DELAY_EVERYWHERE)
        well_known = OrderedDict[str, None]() if everywhere is None else everywhere.well_known
        _keep(kept, name_key, _Everywhere(failures, well_known))

    def succeeded(self, name_key: str, address: str, now: datetime) -> None:
        """Forget the failures from there, and remember that the account signs in from there."""
        now = self._time.at(now)
        network = network_of(address)
        self._forget(name_key, network)
        everywhere = self._everywhere.get(name_key)
        if everywhere is None:
            everywhere = _Everywhere(_Failures(0, now))
            _keep(self._everywhere, name_key, everywhere)
        everywhere.well_known.pop(network, None)
        _keep(everywhere.well_known, network, None, at_most=_WELL_KNOWN_NETWORKS)

    def unlock(self, name_key: str) -> None:
        """Forget every failure of an account."""
        for failures in (self._of_accounts, self._of_nobody):
            for key in [key for key in failures if key[0] == name_key]:
                del failures[key]
        self._nobody_everywhere.pop(name_key, None)
        everywhere = self._everywhere.get(name_key)
        if everywhere is not None:
            everywhere.failures.count, everywhere.failures.blocked_until = 0, None

    def restore(self, locks: Iterable[Lock], now: datetime, settings: GuessingSettings, *, unlocks: int = 0) -> None:
        """Take over the locks of one account that stood when the service ended; none longer than a lock lasts now."""
        longest = timedelta(minutes=settings.minutes)
        steady = self._time.at(now)
        for lock in locks:
            if lock.until > now:
                until = steady + min(lock.until - now, longest)
                failures = _Failures(unlocks, steady, settings.attempts, until, is_lock=True)
                _keep(self._of_accounts, (lock.name_key, lock.network), failures)

    def _find(self, name_key: str, network: str) -> _Failures | None:
        key = (name_key, network)
        return self._of_accounts.get(key) or self._of_nobody.get(key)

    def _forget(self, name_key: str, network: str) -> None:
        self._of_accounts.pop((name_key, network), None)
        self._of_nobody.pop((name_key, network), None)


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, the /64 of an IPv6 address, the text of what is neither."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"


def _again(found: _Failures | None, now: datetime, lasts: timedelta, unlocks: int) -> _Failures:
    """One failure more; the first one when the others are over or were forgiven."""
    if found is None or found.unlocks != unlocks or now - found.last > lasts:
        found = _Failures(unlocks, now)
    found.count += 1
    found.last = now
    return found


def _delay(failures: int, longest: int) -> timedelta:
    """Nothing at first, then 1, 2, 4 ... seconds."""
    return timedelta(seconds=min(2 ** min(failures - 1, 16), longest) if failures > 0 else 0)


def _keep(kept: OrderedDict[_Key, _Value], key: _Key, value: _Value, *, at_most: int = _KEPT) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > at_most:
        kept.popitem(last=False)
