from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.device_messages.answers import OfferedModule, OfferedUpdate
from device_update_contract.versions import Version
from device_update_simulator.fleet_plan import INSTALL_FAILURES, FleetPlan

PLAN = FleetPlan(devices=1000, seconds=60, ramp=20, install_seconds=30, seed=3)
OFFER = OfferedUpdate("http://h", None, (OfferedModule("CPE.nbt", None, Version.parse("1"), None, 1000, "0" * 64),))
numbers = st.integers(0, 1_000_000)


@given(number=numbers, download=st.integers(1, 50), seed=st.integers())
def test_chance_stays_within_its_bounds(number: int, download: int, seed: int) -> None:
    plan = replace(PLAN, seed=seed, users=True, cut_rate=1.0, failure_rate=1.0, check_interval=100.0)
    assert 0 <= plan.start_of(number) < 20
    assert 15 <= plan.idle_after(number, download) < 45
    assert 90 <= plan.interval_of(number, 5) < 110
    assert plan.install_failure_of(number, download) in INSTALL_FAILURES
    cut = plan.cut_of(number, download, OFFER)
    assert cut is not None
    assert 200 <= cut < 800
    sign_in = plan.sign_in_of(number)
    assert sign_in is None or 1 <= sign_in < 30


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_shares_are_kept_over_many_devices(share: float) -> None:
    plan = replace(PLAN, cut_rate=share, failure_rate=share)
    devices = range(4000)
    assert sum(plan.cut_of(n, 1, OFFER) is not None for n in devices) / 4000 == pytest.approx(share, abs=0.03)
    assert sum(plan.install_failure_of(n, 1) is not None for n in devices) / 4000 == pytest.approx(share, abs=0.03)


def test_nine_of_ten_devices_have_a_user_and_only_when_asked_for() -> None:
    plan = replace(PLAN, users=True)
    assert sum(plan.sign_in_of(n) is not None for n in range(4000)) / 4000 == pytest.approx(0.9, abs=0.03)
    assert PLAN.sign_in_of(1) is None


@pytest.mark.parametrize(("told", "waited"), [(86400, 86400), (0, 1), (-5, 1), (10**4000, 10**8)])
def test_a_device_checks_when_it_is_told_within_reason(told: int, waited: float) -> None:
    assert PLAN.interval_of(7, told) == waited


def test_sites_have_distinct_loopback_addresses() -> None:
    plan = replace(PLAN, sites=60_000)
    sources = {plan.source_of(site) for site in range(60_000)}
    assert len(sources) == 60_000
    assert all(source is not None and source.startswith("127.0.") for source in sources)
    assert {plan.site_of(number) for number in range(120_000)} == set(range(60_000))
    assert PLAN.source_of(0) is None
