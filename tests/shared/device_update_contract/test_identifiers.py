"""Identifiers of contract section 1."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.identifiers import (
    InvalidIdentifier,
    UnsafeFileName,
    account_key,
    bare_mac,
    file_name_key,
    is_blank_mac,
    is_blank_serial,
    parse_account_name,
    parse_class_field,
    parse_file_name,
    parse_mac,
    parse_serial,
    quoted,
    serial_key,
)

_pairs = st.lists(st.text(string.hexdigits, min_size=2, max_size=2), min_size=6, max_size=8)


@given(_pairs, st.sampled_from(["", "-", ":"]))
def test_a_mac_of_six_to_eight_pairs_becomes_canonical(pairs: list[str], separator: str) -> None:
    canonical = "-".join(pair.upper() for pair in pairs)
    assert parse_mac(f" {separator.join(pairs)} ") == canonical
    assert parse_mac(canonical) == canonical
    assert bare_mac(canonical) == "".join(pairs).upper()


@pytest.mark.parametrize("text", ["0004.f200.0176", "0004F2000176", "00:04:f2:00:01:76", "00-04-F2-00-01-76"])
def test_the_four_ways_to_write_a_mac_are_one(text: str) -> None:
    assert parse_mac(text) == "00-04-F2-00-01-76"


@given(_pairs)
def test_mixed_separators_are_refused(pairs: list[str]) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_mac(f"{pairs[0]}:{'-'.join(pairs[1:])}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00-04-F2-00-01",
        "00-04-F2-00-01-7",
        "0004F20001760",
        "00-04-F2-00-01-76-00-00-00",
        "00-04-F2-00-01-7G",
        "00 04 F2 00 01 76",
        "0004.f200.0176.0000",
        "000.4f2.000.176",
        "00-04-F2-00-01-76-",
        "-00-04-F2-00-01-76",
        "０0-04-F2-00-01-76",
        "00-04-F2-00-01-76\x00",
        "0004-f200-0176",
    ],
)
def test_other_macs_are_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        parse_mac(text)
    assert caught.value.code == "invalid-identifier"


@given(st.text(max_size=40))
def test_any_text_is_a_mac_or_is_refused(text: str) -> None:
    try:
        mac = parse_mac(text)
    except InvalidIdentifier:
        return
    assert parse_mac(mac) == mac


@given(st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=64))
def test_a_serial_keeps_its_spelling_and_is_compared_without_case(text: str) -> None:
    assert parse_serial(f"\t{text} ") == text
    assert serial_key(text.lower()) == serial_key(text.upper())


@pytest.mark.parametrize("text", ["", " ", "a" * 65, "a b", "a.b", "a/b", "ä", "a\x00", "٣"])
def test_other_serials_are_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_serial(text)


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        (None, True),
        ("", True),
        ("  ", True),
        ("00-00-00-00-00-00", True),
        ("000000000000", True),
        ("ff:ff:ff:ff:ff:FF", True),
        ("0000.0000.0000", True),
        ("00-00-00-00-00-01", False),
        ("F0-FF-FF-FF-FF-FF", False),
        ("0F-0F-0F-0F-0F-0F", False),
    ],
)
def test_a_mac_of_only_zeros_or_only_f_is_blank(text: str | None, blank: bool) -> None:
    assert is_blank_mac(text) is blank


@pytest.mark.parametrize(
    ("text", "blank"),
    [(None, True), ("", True), (" ", True), ("0", True), ("0000", True), ("00-0", False), ("F", False), ("010", False)],
)
def test_a_serial_of_only_zeros_is_blank(text: str | None, blank: bool) -> None:
    assert is_blank_serial(text) is blank


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"CORP\ann", r"'CORP\ann'"),
        ("it's", "'it's'"),
        ("jörg", "'jörg'"),
        ("two\nlines\x1b[2J", r"'two\nlines\x1b[2J'"),
        ("\ud800\u202e", r"'\ud800\u202e'"),
        ("x" * 100, f"'{'x' * 80}'"),
    ],
)
def test_a_text_is_quoted_as_it_was_written_on_one_line(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64))
def test_account_names_are_compared_without_case(name: str) -> None:
    assert parse_account_name(name) == name
    assert account_key(name.upper()) == account_key(name.lower())


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a@b", "a\\b", "ä", "a:b"])
def test_other_account_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_account_name(name)


_class_characters = string.ascii_letters + string.digits + " ._-+()"


@given(st.text(_class_characters, min_size=1, max_size=64).filter(lambda text: text.strip() not in {"", ".", ".."}))
def test_a_class_field_is_trimmed_and_kept(text: str) -> None:
    assert parse_class_field("Model", text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", " ", ".", "..", " .. ", "a" * 65, "a/b", "a\\b", "ä", "a\x00b", "a\nb", "a%b", "a,b"]
)
def test_other_class_fields_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        parse_class_field("Model", text)
    assert "Model" in caught.value.sentence
    assert caught.value.parameters == {"field": "Model"}


@pytest.mark.parametrize(
    "name", ["CPE.nbt", "RTConfig.xml", "a", "a b.c", "n" * 128, "Größe.bin", "x..y", "conx.nbt", "nulls"]
)
def test_ordinary_file_names_are_accepted(name: str) -> None:
    assert parse_file_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "n" * 129,
        "a/b",
        "a\\b",
        "..",
        ".",
        "..\\..\\evil",
        "/etc/passwd",
        "C:evil",
        "C:\\evil",
        "nul:stream",
        "a\x00b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        " a",
        "a ",
        ".hidden",
        "a.",
        "nul",
        "CON.nbt",
        "nul .txt",
        "Aux",
        "com1.cab",
        "LPT9",
        "COM¹",
        "conin$",
        "CON:",
    ],
)
def test_unsafe_file_names_are_refused(name: str) -> None:
    with pytest.raises(UnsafeFileName) as caught:
        parse_file_name(name)
    assert caught.value.code == "unsafe-name"


@given(st.text(max_size=20))
def test_file_names_are_compared_normalised_and_case_folded(name: str) -> None:
    key = file_name_key(name)
    assert file_name_key(key) == key
    assert file_name_key(unicodedata.normalize("NFD", name)) == file_name_key(unicodedata.normalize("NFC", name))
    assert not name.isascii() or key == name.casefold()


@pytest.mark.parametrize(("first", "second"), [("CPE.nbt", "cpe.NBT"), ("Größe", "GRÖSSE"), ("e\u0301.bin", "É.bin")])
def test_file_names_that_differ_in_case_or_composition_are_one(first: str, second: str) -> None:
    assert file_name_key(first) == file_name_key(second)


@given(st.text(max_size=140))
def test_any_accepted_file_name_stays_inside_its_folder(name: str) -> None:
    try:
        accepted = parse_file_name(name)
    except UnsafeFileName:
        return
    assert accepted not in {"", ".", ".."}
    assert not set(accepted) & set("/\\\x00")
    assert accepted == unicodedata.normalize("NFC", accepted)
    assert parse_file_name(accepted) == accepted
