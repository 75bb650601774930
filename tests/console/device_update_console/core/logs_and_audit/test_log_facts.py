"""What binary logs tell of device, software and time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.support.binary_logs import CE_LOG, CRASH, CRASH_DUMP, ce_event, ce_marker, dump_of

from device_update_console.core.logs_and_audit.log_facts import ce_log_facts, crash_dump_facts, modules_text
from device_update_contract.log_contents.ce_log_events import CeLogPosition, CeLogReading
from device_update_contract.log_contents.crash_dumps import read_crash_dump
from device_update_contract.log_contents.log_bytes import whole_log
from device_update_simulator.crash_dump_writing import crash_dump

_WATSON = "78491-322-0002937-00652-2007-06-08151023-WATSON-1.0.3626.0.kdmp"


def dump_facts(content: bytes, name: str = "crash.kdmp") -> dict[str, str]:
    return {label: value for label, value in crash_dump_facts(read_crash_dump(whole_log(content)), name) if value}


def log_facts(position: CeLogPosition, name: str = "boot.clg", *, is_whole: bool = True) -> dict[str, str]:
    assert position.marker is not None
    facts = ce_log_facts(position.marker, position, name, is_whole=is_whole, broken_at=None)
    return {label: value for label, value in facts if value}


def test_a_crash_dump_tells_device_software_and_what_failed_where() -> None:
    told = dump_facts(CRASH_DUMP)
    assert told.pop("Written").endswith("by the device's clock")
    assert told == {
        "Kind": "Windows CE crash dump of the thread that failed",
        "Software version": "1.0.522.101",
        "Operating system": "Windows CE 5.0.1400",
        "Processor": "ARM",
        "Device": "Polycom CX700, Phone",
        "Exception": "0xC0000005 STATUS_ACCESS_VIOLATION at 0x40032A44",
        "Program": "cpe.exe 1.0.522.101",
        "Module": "media.dll 1.0.522.101, at offset 0x12A44",
    }
    lines = modules_text(read_crash_dump(whole_log(CRASH_DUMP))).splitlines()
    assert lines[:3] == ["Loaded modules:", "  coredll.dll  1.0.522.101", "  sip.dll      1.0.522.101"]
    assert modules_text(read_crash_dump(whole_log(dump_of(b"CEDX", {})))) == ""


def test_the_list_of_modules_says_how_many_it_leaves_out() -> None:
    many = replace(CRASH, modules=("coredll.dll",) * 3000)
    assert modules_text(read_crash_dump(whole_log(crash_dump(many)))).splitlines()[-1] == "  and 1,976 more, not read"


def test_what_the_name_of_a_dump_tells_fills_what_the_dump_does_not() -> None:
    told = dump_facts(dump_of(b"CEDS", {}), _WATSON)
    assert told == {
        "Kind": "Windows CE crash dump of all threads",
        "Written": "2007-06-08 15:10:23 by the device's clock",
        "Software version": "1.0.3626.0",
        "Serial number": "78491-322-0002937-00652",
    }


def test_a_device_cannot_put_what_it_likes_into_the_window() -> None:
    spoiled = crash_dump(replace(CRASH, device="CX700\n\u202eevil"))
    assert dump_facts(spoiled)["Device"] == "CX700\\x0a\\u202eevil, Phone"


def test_a_ce_log_tells_version_clock_events_and_time() -> None:
    reading = CeLogReading()
    reading.feed(CE_LOG)
    told = log_facts(reading.position, "20090501170926-CELOG0.clg")
    assert told == {
        "Kind": "Windows CE event log (CeLog), version 2",
        "Written": "2009-05-01 17:09:26 by the device's clock",
        "Clock": "32,768 ticks a second",
        "Events": "30 in 4 s",
    }
    assert log_facts(reading.position, is_whole=False)["Events"] == "more than 30; the first 30 took 4 s"


@given(st.integers(0, 2**32 - 1), st.integers(1, 2**32 - 1))
def test_any_clock_and_any_time_can_be_told(time: int, frequency: int) -> None:
    reading = CeLogReading()
    reading.feed(ce_marker(frequency=frequency) + ce_event(45, bytes(4), time=time))
    assert "2 in" in log_facts(reading.position)["Events"]
