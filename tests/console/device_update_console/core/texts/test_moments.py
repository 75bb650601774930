from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from device_update_console.core.texts.language import choose, language_of
from device_update_console.core.texts.moments import InvalidMoment, parse_moment


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-03", datetime(2026, 5, 2, 22, tzinfo=UTC)),
        ("2026-05-03T14:02", datetime(2026, 5, 3, 12, 2, tzinfo=UTC)),
        (" 2026-05-03 14:02:01 ", datetime(2026, 5, 3, 12, 2, 1, tzinfo=UTC)),
        ("2026-05-03T14:02:00Z", datetime(2026, 5, 3, 14, 2, tzinfo=UTC)),
        ("2026-05-03T14:02:00+02:00", datetime(2026, 5, 3, 12, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_one_of_this_machine(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "14:02", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_moment_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidMoment, match="write it as 2026-05-03"):
        parse_moment(text)


def test_a_moment_may_be_typed_as_it_is_shown() -> None:
    choose(language_of("de"))
    try:
        assert parse_moment("3.5.2026 14:02") == datetime(2026, 5, 3, 12, 2, tzinfo=UTC)
        assert parse_moment("2026-05-03T14:02") == datetime(2026, 5, 3, 12, 2, tzinfo=UTC)
        with pytest.raises(InvalidMoment, match=r"03\.05\.2026, 03\.05\.2026 14:02 oder"):
            parse_moment("gestern")
    finally:
        choose(language_of("en"))
