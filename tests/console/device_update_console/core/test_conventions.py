"""Numbers and moments as places write them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.conventions import FOR_FILES, Conventions

AFTERNOON = datetime(2026, 5, 3, 14, 2, 9)  # noqa: DTZ001 -- the time zone is not what is tested
GERMAN = Conventions(".", ",", "dd.MM.yyyy")
AMERICAN = Conventions(date="M/d/yyyy", time="h:mm AP", time_with_seconds="h:mm:ss AP")


def test_what_nobody_described_is_written_as_iso_8601_says() -> None:
    assert Conventions().moment(AFTERNOON) == "2026-05-03 14:02:09"
    assert Conventions().minute(AFTERNOON) == "2026-05-03 14:02"


def test_a_place_orders_date_and_time_as_it_does() -> None:
    assert GERMAN.moment(AFTERNOON) == "03.05.2026 14:02:09"
    assert AMERICAN.moment(AFTERNOON) == "5/3/2026 2:02:09 PM"
    assert AMERICAN.minute(AFTERNOON.replace(hour=0)) == "5/3/2026 12:02 AM"
    assert AMERICAN.clock(AFTERNOON.replace(hour=12)) == "12:02:09 PM"


def test_words_between_quotation_marks_stay_as_they_are() -> None:
    assert Conventions(date="d.MM.yyyy 'Md'").day(AFTERNOON) == "3.05.2026 Md"


@pytest.mark.parametrize(
    ("conventions", "whole", "with_digits"),
    [(Conventions(), "1,204,000", "1,204.5"), (GERMAN, "1.204.000", "1.204,5"), (FOR_FILES, "1204000", "1204.5")],
)
def test_numbers_have_the_marks_of_the_place(conventions: Conventions, whole: str, with_digits: str) -> None:
    assert conventions.whole(1_204_000) == whole
    assert conventions.with_digits(1204.5, 1) == with_digits
    assert conventions.with_digits(7.0, 0) == "7"


@given(st.datetimes(min_value=datetime(1000, 1, 1)))  # noqa: DTZ001 -- as above
def test_a_moment_in_iso_8601_can_be_read_back(at: datetime) -> None:
    assert datetime.fromisoformat(FOR_FILES.moment(at)) == at.replace(microsecond=0)
