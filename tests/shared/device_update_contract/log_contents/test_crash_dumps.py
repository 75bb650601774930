"""Crash dumps: the facts as DwCeDump.h and minidumpapiset.h lay them out, and whatever else a device may send."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.binary_logs import CRASH, CRASH_DUMP, CRASHED_AT, dump_of

from device_update_contract.log_contents.crash_dumps import CrashDump, DumpKind, dump_kind, read_crash_dump
from device_update_contract.log_contents.dump_facts import (
    MOST_LISTED,
    Fault,
    Module,
    Modules,
    SystemFacts,
    exception_name,
    file_version,
    processor_name,
)
from device_update_contract.log_contents.log_bytes import PIECE, LogBytes, PieceMissing, UnreadableLog, whole_log
from device_update_simulator.crash_dump_writing import crash_dump

_VERSION = "1.0.522.101"
_EXPECTED = CrashDump(
    DumpKind.CONTEXT,
    CRASHED_AT,
    SystemFacts("5.0.1400", "ARM", 1, "Polycom CX700", "Phone"),
    Fault(0xC0000005, 0x40032A44, Module("cpe.exe", _VERSION), Module("media.dll", _VERSION), 0x12A44),
    Modules(tuple(Module(name, _VERSION) for name in ("coredll.dll", "sip.dll", "media.dll"))),
)


def read(content: bytes) -> CrashDump:
    return read_crash_dump(whole_log(content))


def exception_stream(code: int, *, process: int = 1, owner: int = 2) -> bytes:
    header = struct.pack("<HHHHIIIIII", 32, 80, 0, 0, process, 3, owner, 0, 0, 0)
    return header + struct.pack("<IIIII", code, 0, 0, 0x1000, 0)


def test_a_dump_tells_device_software_time_and_what_failed_where() -> None:
    assert read(CRASH_DUMP) == _EXPECTED


def test_without_the_bucket_the_list_of_processes_names_who_failed() -> None:
    # A list whose names lie elsewhere, as MINIDUMP_STRINGs.
    name = struct.pack("<I", 14) + "cpe.exe".encode("utf-16-le")
    streams = {0x8002: exception_stream(0xC00000FD), 0x8004: b""}
    place = 32 + 12 * 2 + len(streams[0x8002])
    elements = place + 16 + 32
    streams[0x8004] = (
        struct.pack("<HHIII", 16, 16, 2, 2, elements)
        + struct.pack("<IIIIIIII", 9, 4, 0, 0, 6, 4, 0, 0)
        + struct.pack("<IIII", 1, elements + 16, 2, 0)
    )
    assert read(dump_of(b"CEDS", streams, behind=name)).fault == Fault(
        0xC00000FD, 0x1000, process=Module("cpe.exe", None)
    )


def test_a_thread_in_another_process_tells_whose_it_is() -> None:
    text = [struct.pack("<I", 2 * len(name)) + name.encode("utf-16-le") for name in ("gwes.exe", "cpe.exe")]
    place = 32 + 12 + 64
    bucket = struct.pack(
        "<HHIIIIIIIIIIIIIII", 64, 0, 0, 0, place, 0, 0, 0, 0, 0, 0, 0, 5, place + len(text[0]), 0, 0x20001, 0x30004
    )
    assert read(dump_of(b"CEDC", {0x800A: bucket}, behind=b"".join(text))).fault == Fault(
        None, None, Module("gwes.exe", None), None, None, Module("cpe.exe", "2.1.3.4")
    )


def test_a_minidump_of_windows_tells_the_same_facts() -> None:
    name = struct.pack("<I", 14) + "app.exe".encode("utf-16-le")
    system = struct.pack("<HHHBBIIII", 0, 6, 0, 2, 1, 5, 1, 2600, 2)
    exception = struct.pack("<IIIIQQ", 7, 0, 0x80000003, 0, 0, 0x401000)
    place = 32 + 12 * 3 + len(system) + len(exception) + 4 + 108
    module = struct.pack("<QIIII", 0x400000, 4096, 0, 0, place) + struct.pack("<IIII", 0xFEEF04BD, 0x10000, 1, 2)
    dump = dump_of(
        b"MDMP",
        {7: system, 6: exception, 4: struct.pack("<I", 1) + module.ljust(108, b"\0")},
        stamp=1241195366,
        behind=name,
    )
    assert read(dump) == CrashDump(
        DumpKind.MINIDUMP,
        datetime(2009, 5, 1, 16, 29, 26, tzinfo=UTC),
        SystemFacts("5.1.2600", "x86", 2),
        Fault(0x80000003, 0x401000),
        Modules((Module("app.exe", "0.1.0.2"),)),
    )


@pytest.mark.parametrize("head", [b"", b"MDMP", b"PMDM" + bytes(28), b"power on" * 8, bytes(64)])
def test_what_does_not_begin_as_a_dump_is_refused_in_a_sentence(head: bytes) -> None:
    assert dump_kind(head) is None
    with pytest.raises(UnreadableLog, match=r"^The log .+\.$"):
        read(head)


@given(st.integers(0, len(CRASH_DUMP)))
def test_a_dump_that_is_cut_tells_what_is_left(length: int) -> None:
    try:
        left = read(CRASH_DUMP[:length])
    except UnreadableLog:
        assert length < 24
        return
    assert left.kind is DumpKind.CONTEXT
    assert left.system is None or left.system.os_version == "5.0.1400"
    assert left.modules.listed == _EXPECTED.modules.listed[: len(left.modules.listed)]


@given(st.integers(0, len(CRASH_DUMP) - 1), st.integers(1, 255))
def test_a_spoiled_byte_never_raises_anything_else(at: int, by: int) -> None:
    spoiled = bytearray(CRASH_DUMP)
    spoiled[at] ^= by
    try:
        read(bytes(spoiled))
    except UnreadableLog:
        assert at < 4


@given(
    st.sampled_from([b"CEDX", b"CEDS", b"CEDC", b"MDMP"]),
    st.dictionaries(st.sampled_from([4, 6, 7, 0x8001, 0x8002, 0x8003, 0x8004, 0x800A]), st.binary(max_size=120)),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=200),
)
def test_streams_of_any_bytes_never_raise(
    signature: bytes, streams: dict[int, bytes], stamp: int, behind: bytes
) -> None:
    dump = read(dump_of(signature, streams, stamp=stamp, behind=behind))
    assert all(module.name.isprintable() for module in dump.modules.listed)


@given(st.binary(max_size=300))
def test_a_header_with_any_bytes_behind_it_never_raises(junk: bytes) -> None:
    read(b"CEDX" + junk.ljust(20, b"\0"))


def test_as_many_modules_as_a_device_can_load_are_read() -> None:
    many = replace(CRASH, modules=("coredll.dll",) * MOST_LISTED)
    assert (len(read(crash_dump(many)).modules.listed), read(crash_dump(many)).modules.left_out) == (MOST_LISTED, 0)


def test_modules_behind_a_bound_are_counted() -> None:
    many = replace(CRASH, modules=("coredll.dll",) * 5000)
    assert len(read(crash_dump(many)).modules.listed) == MOST_LISTED
    assert read(crash_dump(many)).modules.left_out == 5000 - MOST_LISTED


def test_modules_of_a_minidump_behind_its_end_are_counted_as_far_as_it_has_room() -> None:
    module = struct.pack("<QIIIIIIII", 0, 0, 0, 0, 0, 0, 0, 1 << 16, 0).ljust(108, b"\0")
    modules = read(dump_of(b"MDMP", {4: struct.pack("<I", 9) + module * 3})).modules
    assert (len(modules.listed), modules.left_out) == (3, 0)
    pieces = whole_log(dump_of(b"MDMP", {4: struct.pack("<I", 1500) + module * 1500}))
    first_only = LogBytes(pieces.size, {0: pieces.pieces[0]})
    modules = read_crash_dump(first_only).modules
    assert 600 < len(modules.listed) < 610
    assert len(modules.listed) + modules.left_out == 1500


def test_lists_that_claim_to_be_endless_are_read_up_to_a_bound() -> None:
    claimed = struct.pack("<HHIII", 16, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read(dump_of(b"CEDX", {0x8003: claimed})).modules == Modules()
    circular = struct.pack("<HHIII", 0, 16, 1, 0xFFFFFFFF, 0)
    assert len(read(dump_of(b"CEDX", {0x8003: circular})).modules.listed) <= MOST_LISTED
    directory = b"CEDX" + struct.pack("<IIIIIQ", 2, 0xFFFFFFFF, 0, 0, 0, 0)
    assert read(directory).system is None


@pytest.mark.parametrize(("fields", "field_size", "listed"), [(64, 16, 1), (65, 16, 0), (2, 8, 0)])
def test_a_list_with_too_many_or_too_small_fields_is_not_followed(fields: int, field_size: int, listed: int) -> None:
    described = struct.pack("<IIII", 1, 1, 0, 0) * fields
    stream = struct.pack("<HHIII", 16, field_size, fields, 1, 0) + described
    assert len(read(dump_of(b"CEDX", {0x8003: stream})).modules.listed) == listed


def test_of_a_large_dump_only_the_pieces_that_matter_are_asked_for() -> None:
    # The streams' data lies behind two megabytes of memory.
    memory = 2 * 1024 * 1024
    large = bytearray(CRASH_DUMP[:92] + bytes(memory) + CRASH_DUMP[92:])
    for entry in range(5):
        at = 32 + 12 * entry + 8
        (place,) = struct.unpack_from("<I", large, at)
        struct.pack_into("<I", large, at, place + memory)
    content, pieces = bytes(large), {0: bytes(large[:PIECE])}
    while True:
        try:
            dump = read_crash_dump(LogBytes(len(content), pieces, asks=True))
            break
        except PieceMissing as missing:
            pieces[missing.number] = content[missing.number * PIECE : (missing.number + 1) * PIECE]
    assert dump.system is not None
    assert dump.system.os_version == "5.0.1400"
    assert len(pieces) <= 3
    assert read_crash_dump(LogBytes(len(content), {0: pieces[0]})).system is None


@pytest.mark.parametrize(
    ("high", "low", "shown"),
    [(0x10000, 0x20A0065, "1.0.522.101"), (0, 0, None), (0xFFFFFFFF, 0xFFFFFFFF, None), (0, 1, "0.0.0.1")],
)
def test_a_file_version_has_four_numbers_or_is_none(high: int, low: int, shown: str | None) -> None:
    assert file_version(high, low) == shown


def test_names_of_exceptions_and_processors_are_those_of_windows() -> None:
    assert exception_name(0xC0000005) == "STATUS_ACCESS_VIOLATION"
    assert exception_name(1) is None
    assert (processor_name(5), processor_name(77)) == ("ARM", "0x4D")
