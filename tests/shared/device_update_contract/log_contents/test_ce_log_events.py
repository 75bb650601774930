"""CeLog streams: events as celog.h lays them out, in chunks of any size, and whatever else a device may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.binary_logs import CE_LOG, ce_event, ce_marker

from device_update_contract.log_contents.ce_log_events import (
    LOG_MARKER,
    MARKER_END,
    CeLogEvent,
    CeLogMarker,
    CeLogReading,
    log_marker,
)
from device_update_contract.log_contents.ce_log_lines import CeLogLines

# CELID_LOG_MARKER, timed: 1000 ticks a second, version 2; CELID_THREAD_SWITCH 500 ticks later, to thread 01500002;
# CELID_FLAGGED without a time: CELID_RAW_WCHAR with flag 3, "Hi.".
_TYPED_FROM_THE_DOCUMENT = bytes.fromhex(
    "0c00ff9f 00000010 e8030000 64000000 0200000004002d80 f4010010 0200500108005a00 4a000300 480069002e000000"
)
_SECOND = 1_000_000_000


def read(content: bytes, chunk: int = 1 << 16) -> tuple[list[CeLogEvent], CeLogReading]:
    reading = CeLogReading()
    found = [event for at in range(0, len(content), chunk) for event in reading.feed(content[at : at + chunk])]
    return found + reading.finish(), reading


def test_a_log_typed_from_the_document_is_read_as_the_document_says() -> None:
    (marker, switch, text), reading = read(_TYPED_FROM_THE_DOCUMENT)
    assert (marker.number, marker.at) == (0x1FFF, 0)
    assert (switch.number, switch.at, switch.data) == (45, _SECOND // 2, b"\x02\x00\x50\x01")
    assert (text.number, text.flag, text.at, text.data) == (74, 3, None, "Hi.\0".encode("utf-16-le"))
    assert reading.position.marker == CeLogMarker(version=2, frequency=1000)


@given(st.integers(1, 200))
def test_chunks_of_any_size_give_the_same_events(chunk: int) -> None:
    whole, _ = read(CE_LOG)
    assert read(CE_LOG, chunk)[0] == whole
    assert len(whole) > 20


@given(st.integers(0, len(CE_LOG)))
def test_reading_goes_on_at_any_position(cut: int) -> None:
    first = CeLogReading()
    found = first.feed(CE_LOG[:cut])
    second = CeLogReading(first.position)
    found += second.feed(CE_LOG[first.position.offset :]) + second.finish()
    assert found == read(CE_LOG)[0]
    assert second.broken_at is None


@given(st.integers(0, len(CE_LOG) - 1))
def test_a_log_that_is_cut_gives_what_is_whole_and_says_where_it_broke_off(length: int) -> None:
    found, reading = read(CE_LOG[:length])
    whole = read(CE_LOG)[0]
    assert found == whole[: len(found)]
    read_to = reading.position.offset
    assert reading.broken_at == (None if found and read_to >= length else read_to)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_behind_a_marker_are_read_without_failure(junk: bytes, chunk: int) -> None:
    content = ce_marker() + junk
    found, reading = read(content, chunk)
    lines = CeLogLines()
    for event in found:
        assert lines.line(event).isprintable()
    assert reading.position.offset <= len(content)
    assert len(found) <= len(content) // 4


@given(st.integers(0, len(CE_LOG) * 8 - 1))
def test_a_flipped_bit_spoils_no_more_than_what_follows(bit: int) -> None:
    spoiled = bytearray(CE_LOG)
    spoiled[bit // 8] ^= 1 << bit % 8
    found, _ = read(bytes(spoiled))
    before = [event for event in read(CE_LOG)[0] if event.offset + 4 + len(event.data) + 4 <= bit // 8]
    assert [event.data for event in found[: len(before)]] == [event.data for event in before]
    for event in found:
        CeLogLines().line(event)


def test_the_clock_runs_round_and_may_step_back_a_little() -> None:
    times = (0xFFFF_FFF0, 0x10, 0x0C, 0x2C)
    found, _ = read(ce_marker(time=None) + b"".join(ce_event(45, bytes(4), time=time) for time in times))
    assert [event.at for event in found] == [None, 0, 32 * _SECOND // 1000, 28 * _SECOND // 1000, 60 * _SECOND // 1000]


def test_a_second_session_goes_on_where_the_first_ended() -> None:
    first = ce_marker(frequency=1000) + ce_event(45, bytes(4), time=2000)
    second = ce_marker(frequency=10, time=7) + ce_event(45, bytes(4), time=17)
    found, reading = read(first + second)
    assert [event.at for event in found] == [0, 2 * _SECOND, 2 * _SECOND, 3 * _SECOND]
    assert reading.position.at == 3 * _SECOND


def test_version_3_tells_the_processor_and_shorter_lengths() -> None:
    found, _ = read(ce_marker(version=3) + ce_event(45, bytes(4), time=1, processor=1))
    assert [event.processor for event in found] == [None, 1]
    long, _ = read(ce_marker() + ce_event(0x2001, bytes(5000), time=1))
    assert len(long[1].data) == 5000


@pytest.mark.parametrize("end", [b"", bytes(4096), b"\0\0\0\x40" + CE_LOG])
def test_fill_and_what_has_the_reserved_bit_end_a_log(end: bytes) -> None:
    found, reading = read(ce_marker() + ce_event(45, bytes(4)) + end)
    assert len(found) == 2
    assert reading.broken_at == (28 if end else None)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"power on",
        bytes(64),
        ce_event(45, bytes(4)) + ce_marker(),
        ce_marker(version=9),
        ce_marker(frequency=0),
        ce_marker()[:12],
    ],
)
def test_what_does_not_begin_with_a_marker_is_no_ce_log(head: bytes) -> None:
    assert log_marker(head[:MARKER_END]) is None
    found, reading = read(head)
    assert (found, reading.broken_at) == ([], 0)


@given(st.binary(max_size=MARKER_END + 8))
def test_a_marker_is_found_in_the_beginning_exactly_when_reading_finds_it(head: bytes) -> None:
    assert (log_marker(head) is None) == (read(head)[0] == [])


def test_a_log_that_is_passed_over_gives_some_events_and_counts_all() -> None:
    whole, passed = CeLogReading(), CeLogReading(only=frozenset({LOG_MARKER, 30}))
    log = CE_LOG + ce_event(30, bytes(12), time=77) + ce_event(1, bytes(4), time=99)
    assert passed.feed(log) == [event for event in whole.feed(log) if event.number in {LOG_MARKER, 30}]
    assert passed.position == whole.position
    assert passed.position.events > 2
