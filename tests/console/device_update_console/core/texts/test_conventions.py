"""Numbers and moments as places write them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.texts.conventions import FOR_FILES, Conventions

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


@pytest.mark.parametrize("conventions", [Conventions(), GERMAN, AMERICAN, Conventions(date="d.MM.yyyy 'Md'")])
@given(at=st.datetimes(min_value=datetime(1000, 1, 1)))  # noqa: DTZ001 -- as above
def test_what_was_written_is_read_back(conventions: Conventions, at: datetime) -> None:
    assert conventions.read(conventions.moment(at)) == at.replace(microsecond=0)
    assert conventions.read(conventions.minute(at)) == at.replace(second=0, microsecond=0)
    assert conventions.read(conventions.day(at)) == datetime(at.year, at.month, at.day)  # noqa: DTZ001 -- as above


@pytest.mark.parametrize(
    "written", ["", "03.05.26", "31.02.2026", "3.5.2026 25:00", "3.5.2026 14", "x3.5.2026", "3-5-2026"]
)
def test_what_is_written_otherwise_is_not_read(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        GERMAN.read(written)


def test_blanks_and_case_and_leading_noughts_do_not_matter() -> None:
    assert GERMAN.read(" 3.5.2026\N{NO-BREAK SPACE}\t14:02 ") == AFTERNOON.replace(second=0)
    assert AMERICAN.read("05/03/2026 02:02 pm") == AFTERNOON.replace(second=0)
    assert AMERICAN.read("5/3/2026 12:02 am").hour == 0
