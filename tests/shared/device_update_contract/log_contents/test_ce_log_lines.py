"""CeLog's events as lines of text."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.binary_logs import CE_LOG, ce_event, ce_marker

from device_update_contract.log_contents.ce_log_events import CeLogReading
from device_update_contract.log_contents.ce_log_lines import CeLogLines, event_text
from device_update_contract.log_contents.ce_log_shapes import SHAPES


def lines_of(*events: bytes, version: int = 2) -> list[str]:
    reading, lines = CeLogReading(), CeLogLines()
    return [lines.line(event) for event in reading.feed(ce_marker(version=version) + b"".join(events))][1:]


def wide(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def test_a_start_is_told_line_by_line_with_the_names_of_threads_and_processes() -> None:
    reading, lines = CeLogReading(), CeLogLines()
    shown = [lines.line(event) for event in reading.feed(CE_LOG)]
    assert shown[0] == "0:00:00.000000  LOG_MARKER            frequency=32768  quantum=100  version=2"
    assert "0:00:00.200134  THREAD_SWITCH         thread=01500006 (NK.EXE)" in shown
    assert shown[-1] == "0:00:04.000274  RAW_WCHAR             text=registered"
    assert " " * 14 + "  SYNC_END" in shown


def test_a_thread_without_a_name_goes_by_its_process() -> None:
    process, thread = struct.pack("<I", 7), struct.pack("<I", 9)
    told = lines_of(
        ce_event(51, process + bytes(4) + wide("cpe.exe")),
        ce_event(47, thread + process + bytes(12)),
        ce_event(45, thread, time=3_661_500),
    )
    assert told[-1] == "1:01:01.500000  THREAD_SWITCH         thread=00000009 (cpe.exe)"


@pytest.mark.parametrize(
    ("event", "name", "told"),
    [
        (ce_event(87, struct.pack("<IIHHIHH", 2, 0, 17, 0, 0, 18, 1)), "INTERRUPTS", "discarded=2  interrupts=17,18/1"),
        (ce_event(71, struct.pack("<II", 1234, 5678), flag=3), "RAW_ULONG", "flag=3  1234,5678"),
        (ce_event(77, struct.pack("<f", 0.5)), "RAW_FLOAT", "0.5"),
        (ce_event(70, struct.pack("<40i", *range(40))), "RAW_LONG", f"{','.join(map(str, range(32)))},...(40)"),
        (ce_event(75, b"signed in\r\nby user\0"), "RAW_CHAR", "signed in\\x0d\\x0aby user"),
        (ce_event(0x2005, wide("call ended")), "USER+5", "call ended"),
        (ce_event(0x2005, b"\x01\x02\x03\x04\x05"), "USER+5", "01020304 05"),
        (ce_event(333, b"\x01\x02"), "EVENT_333", "0102"),
        (ce_event(88, struct.pack("<I", 12)), "KCALL_ENTER", "call=12"),
        (
            ce_event(69, bytes(8) + wide("\u202eevil\n")),
            "DEBUG_MSG",
            "process=00000000  thread=00000000  message=\\u202eevil",
        ),
        (ce_event(45, b"\x01\x02"), "THREAD_SWITCH", "0102"),
        (ce_event(45, bytes(4) + b"\xff"), "THREAD_SWITCH", "thread=00000000  ff"),
        (ce_event(82, struct.pack("<Ii", 1, -1)), "SYSTEM_INVERT", "thread=00000001  priority=-1"),
        (
            ce_event(9, struct.pack("<IIII", 10, 0, 1, 2)),
            "WAIT_MULTI",
            "timeout=10  options=00000000  handles=00000001,00000002",
        ),
        (ce_event(92, b"\x01\x02\x03\x04"), "CEPERF", "01020304"),
        (ce_event(57), "THREAD_QUANTUMEXPIRE", ""),
    ],
)
def test_an_event_is_told_by_its_document_or_else_as_text_or_bytes(event: bytes, name: str, told: str) -> None:
    assert lines_of(event) == [f"{'':16}{name:<22}{told}".rstrip()]


def test_version_3_tells_the_processor() -> None:
    assert lines_of(ce_event(57, time=1, processor=1), version=3) == ["0:00:00.001000  THREAD_QUANTUMEXPIRE  cpu=1"]


@given(st.sampled_from([*SHAPES, 333, 0x2000, 0x3FFF]), st.binary(max_size=600))
def test_whatever_is_in_an_event_its_line_is_one_short_printable_line(number: int, data: bytes) -> None:
    for line in lines_of(ce_event(number, data) if number != 0x1FFF else b""):
        assert line.isprintable()
        assert len(line) < 4000


def test_the_texts_of_events_are_what_a_search_finds() -> None:
    texts = [event_text(event) for event in CeLogReading().feed(CE_LOG)]
    assert {"cpe.exe", "sip.dll", "registered"} <= set(texts)
    assert "" in texts
