"""What charts show: figures that add up, in few bars, and the same as a table and in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.overview_and_reports.overview_charts import (
    MOST_BARS,
    Standing,
    bars_by_model,
    bars_by_version,
    checks_by_hour,
    round_steps,
    standing_of,
)
from device_update_console.core.window.node_links import NodeLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.server import ChecksInHour, CountBy, SummaryAnswer
from device_update_contract.reasons import StatusCode

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def _summary(*rows: CountBy, checks: tuple[int, ...] = ()) -> SummaryAnswer:
    return SummaryAnswer(
        devices=sum(row.devices for row in rows),
        by_class=[],
        by_version=[],
        by_status=[],
        by_class_and_status=[row for row in rows if row.model is not None],
        by_version_and_status=[row for row in rows if row.model is None],
        checks_per_hour=[
            ChecksInHour(hour=NOON + timedelta(hours=place), checks=count) for place, count in enumerate(checks)
        ],
        rules_pending=0,
        rules_deployed=0,
    )


def _of(model: str, status: str, devices: int) -> CountBy:
    return CountBy(device_type="UCPhone", vendor="Polycom", model=model, status=status, devices=devices)


def test_every_status_but_retired_has_a_standing() -> None:
    assert {status: standing_of(status) for status in StatusCode if standing_of(status) in {None, Standing.OTHER}} == {
        StatusCode.RETIRED: None
    }
    assert standing_of("invented-later") is Standing.OTHER


def test_a_bar_adds_statuses_up_by_standing_and_leads_to_its_devices() -> None:
    [cx700, cx100] = bars_by_model(
        _summary(
            _of("CX100", "up-to-date", 2),
            _of("CX700", "offered", 1),
            _of("CX700", "downloading", 2),
            _of("CX700", "install-loop", 3),
            _of("CX700", "retired", 50),
        )
    ).bars
    assert (cx100.label, cx100.devices) == ("Polycom CX100", 2)
    assert cx700.counts == {Standing.ON_ITS_WAY: 3, Standing.PROBLEM: 3}
    assert cx700.as_text() == "Polycom CX700: Update on its way 3, Problem 3"
    assert cx700.link == NodeLink(NodeKind.DEVICES, (("vendor", "Polycom"), ("model", "CX700")))


@given(st.lists(st.integers(1, 2_000_000), max_size=30))
def test_few_bars_are_drawn_and_no_device_is_lost(counts: list[int]) -> None:
    bars = bars_by_model(_summary(*(_of(f"M{n}", "up-to-date", devices) for n, devices in enumerate(counts)))).bars
    assert len(bars) == min(len(counts), MOST_BARS)
    assert sum(bar.devices for bar in bars) == sum(counts)
    named = [bar.devices for bar in bars if bar.link is not None]
    assert named == sorted(counts, reverse=True)[: len(named)]


def test_devices_whose_version_is_unknown_are_a_bar_without_a_list() -> None:
    bars = bars_by_version(
        _summary(CountBy(version=None, status="no-rule", devices=1), CountBy(version="1.0", status="silent", devices=2))
    ).bars
    assert [(bar.label, bar.link) for bar in bars] == [
        ("1.0", NodeLink(NodeKind.DEVICES, (("version", "1.0"),))),
        ("Unknown", None),
    ]


def test_the_table_beside_a_chart_has_the_same_figures() -> None:
    bars = bars_by_model(_summary(_of("CX700", "up-to-date", 1500), _of("CX700", "silent", 500), _of("A", "silent", 1)))
    assert bars.table() == (
        ["Model", "Devices", "Up to date", "Silent"],
        [["Polycom CX700", "2,000", "1,500 (75 %)", "500 (25 %)"], ["Polycom A", "1", "", "1 (100 %)"]],
    )
    assert bars.as_text().splitlines() == [
        "Up to date by model", "Polycom CX700: Up to date 1,500, Silent 500", "Polycom A: Silent 1"
    ]  # fmt: skip


def test_hours_are_told_in_words_and_the_latest_first_in_the_table() -> None:
    hours = checks_by_hour(_summary(checks=(0, 1200, 1)))
    assert [checks for _, checks in hours.table()[1]] == ["1", "1,200", "0"]
    assert hours.as_text().startswith("Checks per hour: 1,201 checks in all; the most in the hour of ")
    assert hours.as_text().endswith(", 1,200.")
    assert hours.hour_text(2).endswith(": 1 check")
    assert checks_by_hour(_summary(checks=(0, 0))).as_text() == "Checks per hour: no device has asked."


@given(st.integers(0, 10**9), st.integers(2, 6))
def test_the_steps_of_an_axis_are_few_even_and_reach_the_largest_value(most: int, steps: int) -> None:
    values = round_steps(most, steps)
    assert values[0] == 0
    assert values[-1] >= most
    assert len(values) <= steps + 1
    assert len({second - first for first, second in pairwise(values)}) <= 1
