"""The fields of property sheets: what several items share, and what is sent of what was filled in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.details_form import Details
from device_update_console.core.sheet_fields import SharedText, changed_fields, shared_details, shared_text

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
    first = Details("One", (("Model", "CX700"), ("Address", "10.0.0.1")))
    second = Details("Two", (("Model", "CX700"), ("Address", "10.0.0.2"), ("User", "ken")))
    shared = shared_details("2 devices", [first, second])
    assert shared == Details("2 devices", (("Model", "CX700"), ("Address", ""), ("User", "")))
