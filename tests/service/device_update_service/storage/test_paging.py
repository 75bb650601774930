from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.rules import RuleQuery
from device_update_service.storage.paging import (
    Cursor,
    InvalidCursor,
    ListRefused,
    SortNotAvailable,
    SortValue,
    page_request,
)

SORTS = ("id", "name")
ROW_IDS = st.integers(min_value=0, max_value=2**63 - 1)
SORT_VALUES = st.one_of(st.none(), st.text(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))


@given(SORT_VALUES, ROW_IDS, st.text())
def test_a_cursor_gives_back_what_it_was_made_of(sort_value: SortValue, row_id: int, binding: str) -> None:
    if isinstance(sort_value, str) and len(sort_value) > 300:
        sort_value = sort_value[:300]
    assert Cursor.decode(Cursor.encode(sort_value, row_id, binding), binding) == (sort_value, row_id)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_cursor_is_bound_to_its_list(first: str, second: str) -> None:
    cursor = Cursor.encode("a", 1, first)
    if first != second:
        with pytest.raises(InvalidCursor):
            Cursor.decode(cursor, second)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(text, "list")


@pytest.mark.parametrize(
    ("sort_value", "row_id"),
    [("a", "1"), ("a", True), ("a", 2**63), ("a", 1.5), (["a"], 1), ({}, 1), (2**64, 1), (True, 1), ("a", None)],
)
def test_a_cursor_with_values_that_no_row_has_is_refused(sort_value: object, row_id: object) -> None:
    fingerprint = json.loads(_raw(Cursor.encode("a", 1, "list")))[0]
    forged = base64.urlsafe_b64encode(json.dumps([fingerprint, sort_value, row_id]).encode()).decode()
    with pytest.raises(InvalidCursor):
        Cursor.decode(forged, "list")


def _raw(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_range_is_refused_by_name(limit: int) -> None:
    with pytest.raises(ListRefused) as refused:
        page_request(PageQuery(limit=limit), SORTS, "id")
    assert (refused.value.code, refused.value.parameters) == ("invalid-parameter", {"parameter": "limit"})


def test_a_list_that_goes_one_way_only_is_refused_the_other() -> None:
    assert page_request(PageQuery(), ("-at",), "-at").descending
    with pytest.raises(SortNotAvailable, match="cannot be sorted by 'at'; it can be by -at"):
        page_request(PageQuery(sort="at"), ("-at",), "-at")


@pytest.mark.parametrize("sort", ["", "-", "--id", "size", "Name"])
def test_a_sort_that_a_list_does_not_have_is_refused(sort: str) -> None:
    with pytest.raises(SortNotAvailable) as refused:
        page_request(PageQuery(sort=sort), SORTS, "id")
    assert refused.value.code == "sort-not-available"


def test_the_default_sort_may_be_descending_and_a_minus_turns_any() -> None:
    page = page_request(PageQuery(), SORTS, "-id")
    assert (page.sort, page.descending, page.limit, page.position) == ("id", True, 100, None)
    assert not page_request(PageQuery(sort="id"), SORTS, "-id").descending


def test_a_cursor_holds_for_another_limit_but_not_for_another_sort_or_filter() -> None:
    page = page_request(RuleQuery(sort="name", brand="Polycom"), SORTS, "id")
    cursor = page.cursor("x", 7)
    again = page_request(RuleQuery(sort="name", brand="Polycom", limit=5, after=cursor), SORTS, "id")
    assert again.position == ("x", 7)
    for other in (
        RuleQuery(sort="-name", brand="Polycom", after=cursor),
        RuleQuery(sort="name", after=cursor),
        RuleQuery(sort="name", brand="Aastra", after=cursor),
        PageQuery(sort="name", after=cursor),
    ):
        with pytest.raises(InvalidCursor):
            page_request(other, SORTS, "id")
