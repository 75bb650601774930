"""A filter is one line of text that says the same wherever it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.filters.filter_text import InvalidFilter, filter_text, parse_filter

NAMES = ("search", "status", "model", "user", "install_code")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("", {}),
        ("   ", {}),
        ("4F2", {"search": "4F2"}),
        ("status:install-failed model:CX700 4F2", {"status": "install-failed", "model": "CX700", "search": "4F2"}),
        ("4F2 STATUS:silent", {"status": "silent", "search": "4F2"}),
        ("install-code:0x80070005", {"install_code": "0x80070005"}),
        ("install_code:a:b", {"install_code": "a:b"}),
        ("ken  myer", {"search": "ken myer"}),
        ('user:"ken myer"', {"user": "ken myer"}),
        ('"status:silent"', {"search": "status:silent"}),
        ('"say ""hello"""', {"search": 'say "hello"'}),
        ('"not yet closed', {"search": "not yet closed"}),
        ("status:", {}),
        ("fe:ed:00", {"search": "fe:ed:00"}),
        ("00:04:f2:00:01:76", {"search": "00:04:f2:00:01:76"}),
        ("fe80::1", {"search": "fe80::1"}),
        ("search:4F2", {"search": "4F2"}),
    ],
)
def test_what_a_line_means(line: str, fields: dict[str, str]) -> None:
    assert parse_filter(line, NAMES) == fields


@pytest.mark.parametrize(
    ("line", "field"), [("colour:red", "colour"), ("status:a status:b", "status"), ("search:a b", "search")]
)
def test_a_line_that_means_nothing_is_refused_by_the_name_of_its_field(line: str, field: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(line, NAMES)
    assert refused.value.parameters["field"] == field
    assert field in refused.value.sentence


def test_a_refusal_names_the_fields_that_there_are() -> None:
    with pytest.raises(InvalidFilter, match="there are: status, model, user, install_code"):
        parse_filter("colour:red", NAMES)


_values = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\0"), max_size=20).map(
    str.strip
)


@given(st.dictionaries(st.sampled_from(NAMES), _values))
def test_fields_written_as_a_line_are_read_as_the_same_fields(values: dict[str, str]) -> None:
    assert parse_filter(filter_text(values), NAMES) == {name: value for name, value in values.items() if value}


@given(st.text(max_size=60))
def test_no_line_surprises(line: str) -> None:
    try:
        fields = parse_filter(line, NAMES)
    except InvalidFilter:
        return
    assert all(value.strip() for value in fields.values())
