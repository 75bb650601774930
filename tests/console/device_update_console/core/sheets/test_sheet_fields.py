"""The fields of property sheets: what several items share, and what is sent of what was filled in."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.sheets.details_form import Details
from device_update_console.core.sheets.sheet_fields import (
    SharedText,
    changed_fields,
    many_shared_rows,
    shared_rows,
    shared_text,
)

_TEXTS = st.text(max_size=5)


@given(st.lists(st.one_of(st.none(), _TEXTS), min_size=1))
def test_a_field_shows_what_all_items_have_and_is_blank_where_they_differ(values: list[str | None]) -> None:
    shared = shared_text(values)
    assert shared.differs == (len({value or "" for value in values}) > 1)
    assert shared.text == ("" if shared.differs else values[0] or "")


def test_nothing_is_sent_of_fields_that_nobody_touched() -> None:
    shown = {"label": SharedText(" Lobby "), "note": SharedText(differs=True)}
    assert changed_fields(shown, {"label": "Lobby", "note": ""}, []) == {}


def test_a_touched_field_is_sent_when_its_text_is_another() -> None:
    shown = {"label": SharedText("Lobby "), "location": SharedText("Berlin"), "note": SharedText()}
    filled_in = {"label": "Lobby", "location": "", "note": "rings"}
    assert changed_fields(shown, filled_in, shown) == {"location": None, "note": "rings"}


def test_a_field_with_several_values_clears_them_all_when_it_was_emptied_again() -> None:
    shown = {"label": SharedText(differs=True), "note": SharedText(differs=True)}
    assert changed_fields(shown, {"label": "", "note": ""}, ["label"]) == {"label": None}


def test_details_of_several_items_have_every_label_once_and_what_all_of_them_say() -> None:
    each = [
        Details("One", (("Model", "CX700"), ("Address", "10.0.0.1"))),
        Details("Two", (("Model", "CX700"), ("Address", "10.0.0.2"), ("User", "ken"))),
        Details("Three", (("Model", "CX700"), ("Address", "10.0.0.1"), ("User", "ken"))),
    ]
    assert shared_rows(each, lambda details: details) == (("Model", "CX700"), ("Address", ""), ("User", ""))
    assert shared_rows(each[:1], lambda details: details) == each[0].rows


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), min_size=1), min_size=1, max_size=250))
def test_many_items_are_shown_as_few_are(values: list[dict[str, str]]) -> None:
    each = [Details("", tuple(value.items())) for value in values]
    rows = asyncio.run(many_shared_rows(each, lambda details: details))
    assert rows == shared_rows(each, lambda details: details)
    labels = {label for value in values for label in value}
    expected = {label: shared_text(value.get(label) for value in values).text for label in labels}
    assert dict(rows) == expected
