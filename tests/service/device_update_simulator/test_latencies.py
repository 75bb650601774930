from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_simulator.latencies import Latencies


@given(st.lists(st.floats(1e-5, 1e5), min_size=1, max_size=200), st.sampled_from([50, 95, 99, 100]))
def test_a_percentile_is_exact_to_one_per_cent(spans: list[float], percent: int) -> None:
    latencies = Latencies()
    for span in spans:
        latencies.add(span)
    exact = sorted(spans)[math.ceil(len(spans) * percent / 100) - 1]
    assert latencies.percentile(percent) == pytest.approx(exact, rel=0.0102)
    assert latencies.greatest == max(spans)


def test_nothing_counted_has_no_latency() -> None:
    assert Latencies().percentile(99) == 0


def test_spans_beyond_the_buckets_are_counted_at_their_ends() -> None:
    latencies = Latencies()
    latencies.add(0.0)
    latencies.add(1e9)
    assert latencies.percentile(50) < 2e-6
    assert latencies.greatest == 1e9
