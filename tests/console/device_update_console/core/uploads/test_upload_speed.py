"""The speed of an upload and the time that is left, as somebody reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.uploads.upload_speed import WINDOW_SECONDS, UploadSpeed, sending_text

MB = 1_000_000


def test_nothing_is_said_of_the_speed_before_enough_was_seen() -> None:
    speed = UploadSpeed()
    assert speed.bytes_per_second(0.0) is None
    speed.note(0, 0.0)
    speed.note(MB, 0.4)
    assert speed.bytes_per_second(0.4) is None
    assert speed.seconds_left(10 * MB, 0.4) is None


def test_the_speed_is_that_of_the_last_seconds_and_not_of_the_whole() -> None:
    speed = UploadSpeed()
    for second in range(20):
        speed.note(second * 10 * MB, float(second))
    for second in range(20, 30):
        speed.note(190 * MB + (second - 19) * MB, float(second))
    assert speed.bytes_per_second(29.0) == MB
    assert speed.seconds_left(200 * MB + 60 * MB, 29.0) == 60


def test_what_stands_still_has_no_time_left_that_could_be_told() -> None:
    speed = UploadSpeed()
    speed.note(0, 0.0)
    speed.note(MB, 1.0)
    later = 1.0 + 2 * WINDOW_SECONDS
    speed.note(MB, later)
    speed.note(MB, later + WINDOW_SECONDS)
    assert speed.bytes_per_second(later + WINDOW_SECONDS) == 0
    assert speed.seconds_left(2 * MB, later + WINDOW_SECONDS) is None


def test_an_upload_that_begins_anew_is_measured_anew() -> None:
    speed = UploadSpeed()
    speed.note(0, 0.0)
    speed.note(100 * MB, 1.0)
    speed.note(0, 1.1)
    assert speed.bytes_per_second(1.2) is None
    speed.note(MB, 2.1)
    assert speed.bytes_per_second(2.1) == MB


@given(st.lists(st.tuples(st.integers(0, 10**9), st.floats(0.01, 10)), min_size=1, max_size=40))
def test_the_speed_is_never_negative_and_the_rest_never_takes_less_than_no_time(
    steps: list[tuple[int, float]],
) -> None:
    speed, sent, now = UploadSpeed(), 0, 0.0
    for more, seconds in steps:
        sent, now = sent + more, now + seconds
        speed.note(sent, now)
        assert (speed.bytes_per_second(now) or 0) >= 0
        assert (speed.seconds_left(sent + 1, now) or 0) >= 0


def test_the_sentence_says_what_is_known() -> None:
    assert sending_text(512, 31_500_000, None, None) == "Sent 512 bytes of 31.5 MB."
    assert sending_text(MB, 2 * MB, 0.0, None) == "Sent 1.0 MB of 2.0 MB, 0 bytes a second."
    assert sending_text(MB, 2 * MB, MB / 90, 90) == ("Sent 1.0 MB of 2.0 MB, 11.1 KB a second, about 1 min 30 s left.")
