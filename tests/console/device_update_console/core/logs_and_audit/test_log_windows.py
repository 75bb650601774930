"""Pieces of logs for people: text in its encoding, XML indented, anything else as bytes, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.binary_logs import CE_LOG, CRASH_DUMP

from device_update_console.core.logs_and_audit.log_windows import LogForm, shape_of, shown_piece
from device_update_contract.log_contents.log_bytes import PIECE


@pytest.mark.parametrize(
    ("content", "form", "is_xml"),
    [
        (b"power on\r\nregistered\r\n", LogForm.TEXT, False),
        ("\ufeffGerät".encode("utf-16-le"), LogForm.TEXT, False),
        (b"\xef\xbb\xbf<Log/>", LogForm.TEXT, True),
        (b"  <Log><Line/></Log>", LogForm.TEXT, True),
        (bytes(range(256)), LogForm.HEXADECIMAL, False),
        (b"MDMP\x93\xa7\x00\x00\x05\x00", LogForm.HEXADECIMAL, False),
        (CRASH_DUMP, LogForm.TEXT, False),
        (CE_LOG, LogForm.TEXT, False),
        (b"", LogForm.TEXT, False),
    ],
)
def test_how_a_log_is_shown_first_follows_from_its_beginning(content: bytes, form: LogForm, is_xml: bool) -> None:
    shape = shape_of(content, len(content))
    assert (shape.usual_form, shape.is_xml) == (form, is_xml)


def test_a_log_of_a_gigabyte_has_pieces_and_an_empty_one_has_one() -> None:
    assert shape_of(b"x", 1024**3).pieces == 1024**3 // PIECE
    assert shape_of(b"x", PIECE + 1).pieces == 2
    assert shape_of(b"", 0).pieces == 1


def test_hexadecimal_lines_tell_their_place_and_what_can_be_printed() -> None:
    content = b"MDMP\x93\xa7\x00\x00 sixteen and more"
    shown = shown_piece(content, PIECE, shape_of(content, 10**6), LogForm.HEXADECIMAL).splitlines()
    assert shown == [
        "0000010000  4d 44 4d 50 93 a7 00 00 20 73 69 78 74 65 65 6e  MDMP.... sixteen",
        "0000010010  20 61 6e 64 20 6d 6f 72 65                        and more",
    ]


def test_strings_are_those_that_a_person_can_read_with_their_place() -> None:
    content = b"\x00\x01abc\x00 CPE.nbt 4.0 \xff\xfeend!"
    shown = shown_piece(content, 0, shape_of(content, 100), LogForm.STRINGS)
    assert shown.splitlines() == ["0000000006   CPE.nbt 4.0 ", "0000000015  end!"]


def test_xml_is_indented_unless_it_declares_something_or_is_none() -> None:
    whole = b"<Log><Line n='1'>x</Line></Log>"
    assert shown_piece(whole, 0, shape_of(whole, len(whole)), LogForm.TEXT) == '<Log>\n  <Line n="1">x</Line>\n</Log>'
    for other in (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<Log><unclosed>"):
        assert shown_piece(other, 0, shape_of(other, len(other)), LogForm.TEXT) == other.decode()


@given(st.binary(max_size=300), st.sampled_from(LogForm), st.integers(0, 10**10))
def test_whatever_is_in_a_log_can_be_shown_without_nul(content: bytes, form: LogForm, offset: int) -> None:
    shown = shown_piece(content, offset, shape_of(content, len(content)), form)
    assert "\0" not in shown
