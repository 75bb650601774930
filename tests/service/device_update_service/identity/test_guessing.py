"""What failed sign-ins cost: delays, lock-outs that expire, and slowness for a name that is guessed from everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.guessing import Guessing, GuessingSettings, Lock, network_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTINGS = GuessingSettings(attempts=10, minutes=15)
HERE, THERE = "203.0.113.7", "198.51.100.9"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def fail(guessing: Guessing, times: int, *, address: str = HERE, start: datetime = NOW, every: float = 60) -> datetime:
    """Fail as soon as it counts, each a while after the one before; when the last one was."""
    at = start
    for number in range(times):
        at = start + seconds(number * every)
        guessing.failed("kenmyer", address, at, SETTINGS, is_account=True)
    return at


def test_two_failures_cost_nothing() -> None:
    guessing = Guessing()
    at = fail(guessing, 2)
    assert guessing.check("kenmyer", HERE, at) is None


def test_delays_double_from_the_third_failure_on_up_to_half_a_minute() -> None:
    guessing = Guessing()
    found = []
    at = NOW
    for _ in range(9):
        assert guessing.failed("kenmyer", HERE, at, SETTINGS, is_account=True) is None
        waits = next(second for second in range(60) if guessing.check("kenmyer", HERE, at + seconds(second)) is None)
        found.append(waits)
        at += seconds(60)
    assert found == [0, 0, 1, 2, 4, 8, 16, 30, 30]


def test_the_last_attempt_locks_for_this_network_only_and_the_lock_expires() -> None:
    guessing = Guessing()
    at = fail(guessing, 9) + seconds(60)
    lock = guessing.failed("kenmyer", HERE, at, SETTINGS, is_account=True)
    assert lock == Lock("kenmyer", HERE, at + timedelta(minutes=15))
    assert guessing.check("kenmyer", HERE, at + timedelta(minutes=14, seconds=59)) is SignInCause.LOCKED_OUT
    assert guessing.check("kenmyer", THERE, at + seconds(60)) is None
    assert guessing.check("kenmyer", HERE, at + timedelta(minutes=15)) is None
    assert guessing.failed("kenmyer", HERE, at + timedelta(minutes=15), SETTINGS, is_account=True) is None


def test_a_success_forgets_the_failures_from_there() -> None:
    guessing = Guessing()
    at = fail(guessing, 9)
    guessing.succeeded("kenmyer", HERE, at)
    assert guessing.failed("kenmyer", HERE, at, SETTINGS, is_account=True) is None
    assert guessing.check("kenmyer", HERE, at) is None


def test_failures_that_are_older_than_a_lock_lasts_do_not_count() -> None:
    guessing = Guessing()
    at = fail(guessing, 9)
    assert guessing.failed("kenmyer", HERE, at + timedelta(minutes=15, seconds=1), SETTINGS, is_account=True) is None
    assert guessing.check("kenmyer", HERE, at + timedelta(minutes=15, seconds=1)) is None


def guessed_from_everywhere(guessing: Guessing, failures: int) -> None:
    for number in range(failures):
        guessing.failed("kenmyer", f"192.0.2.{number}", NOW, SETTINGS, is_account=True)


def test_a_name_that_is_guessed_from_everywhere_is_slowed_down_and_never_locked() -> None:
    guessing = Guessing()
    guessed_from_everywhere(guessing, 200)
    assert guessing.check("kenmyer", THERE, NOW) is SignInCause.DELAYED
    assert guessing.check("kenmyer", THERE, NOW + seconds(8)) is None
    assert guessing.check("othmar", THERE, NOW) is None


def test_where_an_account_signed_in_well_lately_nobody_else_slows_it_down() -> None:
    guessing = Guessing()
    guessing.succeeded("kenmyer", HERE, NOW)
    guessed_from_everywhere(guessing, 200)
    assert guessing.check("kenmyer", HERE, NOW) is None


def test_an_unlocked_account_has_no_failures_left() -> None:
    guessing = Guessing()
    at = fail(guessing, 10)
    assert guessing.check("kenmyer", HERE, at, unlocks=0) is SignInCause.LOCKED_OUT
    assert guessing.check("kenmyer", HERE, at, unlocks=1) is None
    guessing.failed("kenmyer", HERE, at, SETTINGS, is_account=True, unlocks=1)
    assert guessing.check("kenmyer", HERE, at, unlocks=1) is None


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(seconds=1), timedelta(days=400)])
def test_a_clock_that_is_set_back_neither_lifts_nor_lengthens_a_lock(back: timedelta) -> None:
    guessing = Guessing()
    at = fail(guessing, 10)
    set_back = at - back
    assert guessing.check("kenmyer", HERE, set_back) is SignInCause.LOCKED_OUT
    assert guessing.check("kenmyer", HERE, set_back + timedelta(minutes=14, seconds=59)) is SignInCause.LOCKED_OUT
    assert guessing.check("kenmyer", HERE, set_back + timedelta(minutes=15)) is None


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 100_000)), max_size=20),
    st.integers(min_value=0, max_value=2000),
)
def test_on_a_clock_that_is_set_back_again_and_again_a_lock_lasts_as_long_as_it_should(
    steps: list[tuple[int, int]], at_last: int
) -> None:
    guessing = Guessing()
    clock = fail(guessing, 10)
    elapsed = 0
    total_back = timedelta()
    for wait, back in [*steps, (at_last, 0)]:
        elapsed += wait
        clock += seconds(wait)
        expected = SignInCause.LOCKED_OUT if elapsed < 15 * 60 else None
        assert guessing.check("kenmyer", HERE, clock) is expected
        clock -= seconds(back)
        total_back += guessing.look(clock)
    assert total_back == seconds(sum(back for _, back in steps))


def test_what_is_told_of_a_lock_is_by_the_clock_as_it_was_set() -> None:
    guessing = Guessing()
    at = fail(guessing, 9) - timedelta(hours=1)
    lock = guessing.failed("kenmyer", HERE, at, SETTINGS, is_account=True)
    assert lock == Lock("kenmyer", HERE, at + timedelta(minutes=15))
    guessing.restore([Lock("othmar", HERE, at + timedelta(minutes=5))], at, SETTINGS)
    assert guessing.check("othmar", HERE, at + timedelta(minutes=4)) is SignInCause.LOCKED_OUT
    assert guessing.check("othmar", HERE, at + timedelta(minutes=5)) is None


def test_names_that_nobody_has_do_not_push_out_the_lock_of_an_account() -> None:
    guessing = Guessing()
    at = fail(guessing, 10)
    for number in range(10_001):
        guessing.failed(f"nobody{number}", HERE, at, SETTINGS, is_account=False)
    assert guessing.check("kenmyer", HERE, at) is SignInCause.LOCKED_OUT
    assert guessing.check("nobody0", HERE, at) is None


def test_a_name_that_nobody_has_is_locked_like_any_other() -> None:
    guessing = Guessing()
    for _ in range(10):
        guessing.failed("nobody", HERE, NOW, SETTINGS, is_account=False)
    assert guessing.check("nobody", HERE, NOW) is SignInCause.LOCKED_OUT


def test_a_restored_lock_stands_until_its_time_and_never_longer_than_a_lock_lasts() -> None:
    guessing = Guessing()
    locks = [
        Lock("kenmyer", HERE, NOW + timedelta(minutes=5)),
        Lock("othmar", HERE, NOW + timedelta(days=5)),
        Lock("past", HERE, NOW),
    ]
    guessing.restore(locks, NOW, SETTINGS)
    assert guessing.check("kenmyer", HERE, NOW + timedelta(minutes=4)) is SignInCause.LOCKED_OUT
    assert guessing.check("kenmyer", HERE, NOW + timedelta(minutes=5)) is None
    assert guessing.check("othmar", HERE, NOW + timedelta(minutes=15)) is None
    assert guessing.check("past", HERE, NOW) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_subscriber_is_one_place(address: str, network: str) -> None:
    assert network_of(address) == network


Steps = st.lists(
    st.tuples(
        st.sampled_from(["fail", "succeed", "wait", "back"]),
        st.sampled_from([HERE, THERE]),
        st.integers(min_value=0, max_value=2000),
    ),
    max_size=60,
)


@given(Steps)
def test_whatever_happened_an_attempt_is_looked_at_again_within_a_lock_s_time(
    steps: list[tuple[str, str, int]],
) -> None:
    guessing = Guessing()
    now = NOW
    for what, address, number in steps:
        if what == "fail" and guessing.check("kenmyer", address, now) is None:
            guessing.failed("kenmyer", address, now, SETTINGS, is_account=True)
        elif what == "succeed" and guessing.check("kenmyer", address, now) is None:
            guessing.succeeded("kenmyer", address, now)
        elif what == "wait":
            now += seconds(number)
        elif what == "back":
            now -= seconds(number)
    guessing.check("kenmyer", HERE, now)  # a clock set back is noticed at the first look
    assert guessing.check("kenmyer", HERE, now + timedelta(minutes=15)) is None
