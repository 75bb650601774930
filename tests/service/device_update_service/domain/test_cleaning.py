from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from device_update_service.domain.cleaning import is_cleaning_due, is_cleaning_overdue

NOON = datetime(2026, 5, 3, 12, 0).astimezone()


@pytest.mark.parametrize(("minutes", "due"), [(59, False), (60, True), (600, True)])
def test_without_a_time_of_day_logs_are_cleaned_hourly(minutes: int, due: bool) -> None:
    assert is_cleaning_due(NOON - timedelta(minutes=minutes), NOON, None) is due


@pytest.mark.parametrize(
    ("last_hours_ago", "time_of_day", "due"),
    [
        (1, "12:00", True),
        (1, "11:30", True),
        (1, "10:59", False),
        (1, "12:01", False),
        (23, "12:01", False),
        (25, "12:01", True),
        (48, "03:30", True),
    ],
)
def test_with_a_time_of_day_logs_are_cleaned_when_it_has_passed_since_the_last_time(
    last_hours_ago: int, time_of_day: str, due: bool
) -> None:
    assert is_cleaning_due(NOON - timedelta(hours=last_hours_ago), NOON, time_of_day) is due


def test_a_day_has_one_cleaning_however_often_it_is_asked() -> None:
    last, cleanings = NOON, 0
    for minute in range(0, 3 * 24 * 60, 7):
        now = NOON + timedelta(minutes=minute)
        if is_cleaning_due(last, now, "03:30"):
            last, cleanings = now, cleanings + 1
    assert cleanings == 3


@pytest.mark.parametrize(
    ("oldest_day", "overdue"), [(None, False), ("20260503", False), ("20260501", False), ("20260430", True)]
)
def test_logs_that_are_kept_a_day_too_long_are_overdue(oldest_day: str | None, overdue: bool) -> None:
    assert is_cleaning_overdue(oldest_day, datetime(2026, 5, 3, 12, tzinfo=UTC), days=1) is overdue
