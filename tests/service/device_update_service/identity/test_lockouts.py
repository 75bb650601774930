from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from device_update_service.identity.lockouts import Lockouts, LockoutSettings, RowState

NOW = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)
SETTINGS = LockoutSettings(attempts=3, minutes=15)


def fail(
    lockouts: Lockouts, times: int, address: str = "a", name: str = "anna", now: datetime = NOW
) -> datetime | None:
    until = None
    for _ in range(times):
        until = lockouts.failed(name, address, now, SETTINGS, is_account=name in {"anna", "berta"})
    return until


def locked(lockouts: Lockouts, address: str = "a", *, now: datetime = NOW, row: bool = True, mark: int = 99) -> bool:
    return lockouts.is_locked("anna", address, now, RowState(row, mark))


def test_the_last_allowed_failure_locks() -> None:
    lockouts = Lockouts()
    assert fail(lockouts, 2) is None
    assert not locked(lockouts)
    assert fail(lockouts, 1) == NOW + timedelta(minutes=15)
    assert locked(lockouts)


def test_a_lock_holds_for_its_address_only() -> None:
    lockouts = Lockouts()
    fail(lockouts, 3)
    assert not locked(lockouts, "b")


def test_a_lock_ends_by_itself_and_the_count_begins_anew() -> None:
    lockouts = Lockouts()
    fail(lockouts, 3)
    later = NOW + timedelta(minutes=15)
    assert not locked(lockouts, now=later)
    assert fail(lockouts, 2, now=later) is None


def test_failures_longer_ago_than_a_lock_lasts_do_not_count() -> None:
    lockouts = Lockouts()
    fail(lockouts, 2)
    assert fail(lockouts, 1, now=NOW + timedelta(minutes=16)) is None


def test_a_success_forgets_the_failures() -> None:
    lockouts = Lockouts()
    fail(lockouts, 2)
    lockouts.succeeded("anna", "a")
    assert fail(lockouts, 2) is None


def test_an_unlocked_row_lifts_the_lock_once_the_row_had_it() -> None:
    lockouts = Lockouts()
    fail(lockouts, 3)
    assert locked(lockouts, row=False), "the row does not have the lock yet"
    before = lockouts.mark()
    lockouts.stored("anna", "a")
    assert locked(lockouts, row=False, mark=before), "the row was read before it had the lock"
    assert locked(lockouts)
    assert not locked(lockouts, row=False, mark=lockouts.mark())
    assert not locked(lockouts), "and it stays lifted"


def test_clearing_an_account_lifts_the_locks_of_all_its_addresses() -> None:
    lockouts = Lockouts()
    fail(lockouts, 3, "a")
    fail(lockouts, 3, "b")
    lockouts.clear("anna")
    assert not locked(lockouts, "a")
    assert not locked(lockouts, "b")


@pytest.mark.parametrize("is_account", [True, False])
def test_memory_is_bounded_whatever_names_are_tried(is_account: bool) -> None:
    lockouts = Lockouts()
    for address in ("first", *map(str, range(10_000))):
        lockouts.failed("anna", address, NOW, LockoutSettings(attempts=1, minutes=15), is_account=is_account)
    assert not locked(lockouts, "first")
    assert locked(lockouts, "0")


def test_no_number_of_names_that_no_account_has_makes_a_lock_be_forgotten() -> None:
    lockouts = Lockouts()
    fail(lockouts, 3)
    for number in range(10_001):
        fail(lockouts, 1, name=f"nobody-{number}")
    assert locked(lockouts)


def test_a_name_that_becomes_an_account_keeps_its_failures() -> None:
    lockouts = Lockouts()
    lockouts.failed("anna", "a", NOW, SETTINGS, is_account=False)
    fail(lockouts, 2)
    assert locked(lockouts)
