from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_service.web.images.conditional_requests import (
    _HTTP_DATE,
    Verdict,
    evaluate_preconditions,
    parse_http_date,
    range_applies,
)

TAG = '"' + "a1" * 32 + '"'
OTHER = '"' + "b2" * 32 + '"'
AT = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"


def verdict(**headers: str) -> Verdict:
    return evaluate_preconditions(entity_tag=TAG, modified_at=AT, **headers)


@pytest.mark.parametrize("header", [TAG, "W/" + TAG, f"{OTHER}, {TAG}", f'"a,b",W/{TAG}', "*", " * "])
def test_if_none_match_compares_weakly_through_the_list(header: str) -> None:
    assert verdict(if_none_match=header) is Verdict.NOT_MODIFIED


@pytest.mark.parametrize("header", [OTHER, "", "garbage", TAG.strip('"'), TAG[:-2] + '"', f'"*", {OTHER}'])
def test_if_none_match_with_another_tag_proceeds(header: str) -> None:
    assert verdict(if_none_match=header) is Verdict.PROCEED


def test_if_modified_since_is_ignored_beside_if_none_match() -> None:
    assert verdict(if_none_match=OTHER, if_modified_since=LATER) is Verdict.PROCEED
    assert verdict(if_none_match="garbage", if_modified_since=LATER) is Verdict.PROCEED


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (EARLIER, Verdict.PROCEED),
        (DATE, Verdict.NOT_MODIFIED),
        (LATER, Verdict.NOT_MODIFIED),
        ("yesterday", Verdict.PROCEED),
        (f"{DATE}, {DATE}", Verdict.PROCEED),
    ],
)
def test_if_modified_since_is_met_by_a_later_file_only(header: str, expected: Verdict) -> None:
    assert verdict(if_modified_since=header) is expected


def test_if_match_compares_strongly() -> None:
    assert verdict(if_match=TAG) is Verdict.PROCEED
    assert verdict(if_match="*") is Verdict.PROCEED
    assert verdict(if_match="W/" + TAG) is Verdict.PRECONDITION_FAILED
    assert verdict(if_match=OTHER) is Verdict.PRECONDITION_FAILED


def test_if_unmodified_since_counts_only_without_if_match() -> None:
    assert verdict(if_unmodified_since=EARLIER) is Verdict.PRECONDITION_FAILED
    assert verdict(if_unmodified_since=DATE) is Verdict.PROCEED
    assert verdict(if_match=TAG, if_unmodified_since=EARLIER) is Verdict.PROCEED


def test_a_failed_if_match_wins_over_if_none_match() -> None:
    assert verdict(if_match=OTHER, if_none_match=TAG) is Verdict.PRECONDITION_FAILED


@pytest.mark.parametrize(
    ("header", "applies"),
    [
        (None, True),
        (TAG, True),
        (f" {TAG} ", True),
        ("W/" + TAG, False),
        (OTHER, False),
        (f"{TAG}, {OTHER}", False),
        (DATE, True),
        (EARLIER, False),
        (LATER, False),
        ("*", False),
        ("", False),
    ],
)
def test_if_range_needs_the_same_strong_tag_or_exactly_the_date(header: str | None, *, applies: bool) -> None:
    assert range_applies(header, entity_tag=TAG, modified_at=AT) is applies


@pytest.mark.parametrize("text", [DATE, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
def test_the_three_date_forms_are_one_instant(text: str) -> None:
    assert parse_http_date(text) == AT


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +0100",
        DATE + "; length=5",
        "Sun, 06 Nov 1994 24:61:37 GMT",
    ],
)
def test_a_date_of_another_form_or_that_does_not_exist_is_none(text: str) -> None:
    assert parse_http_date(text) is None


@given(st.one_of(st.text(), st.from_regex(_HTTP_DATE, fullmatch=True)))
def test_no_text_breaks_the_headers(text: str) -> None:
    assert isinstance(range_applies(text, entity_tag=TAG, modified_at=AT), bool)
    assert verdict(if_modified_since=text, if_unmodified_since=text) in Verdict
    assert verdict(if_match=TAG, if_none_match=text) in Verdict
