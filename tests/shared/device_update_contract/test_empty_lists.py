"""Every fact that is told instead of an empty list, and every change, has a sentence for one and for several."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.empty_lists import EMPTY_LIST_SENTENCES, EmptyListCode, empty_list_sentence
from device_update_contract.recent_changes import (
    RECENT_CHANGE_SENTENCES,
    RecentChangeCode,
    recent_change_text,
    recent_changes_sentence,
)
from device_update_contract.sentences import PARAMETER_KINDS, ParameterKind, named_parameters

SAMPLES: dict[ParameterKind, str | int] = {
    ParameterKind.TEXT: "4F2",
    ParameterKind.NUMBER: 3,
    ParameterKind.DATE_TIME: "2026-05-03T07:10:00Z",
}
TABLES: list[tuple[type[StrEnum], Mapping[Any, tuple[str, ...]]]] = [
    (EmptyListCode, EMPTY_LIST_SENTENCES),
    (RecentChangeCode, RECENT_CHANGE_SENTENCES),
]


@pytest.mark.parametrize(("codes", "table"), TABLES, ids=["empty lists", "recent changes"])
def test_every_code_has_sentences_with_known_parameters(
    codes: type[StrEnum], table: Mapping[Any, tuple[str, ...]]
) -> None:
    assert list(table) == list(codes)
    for templates in table.values():
        for template in templates:
            assert {PARAMETER_KINDS[name] for name in named_parameters(template)} <= set(SAMPLES)


@pytest.mark.parametrize(("codes", "table"), TABLES, ids=["empty lists", "recent changes"])
def test_what_is_counted_has_a_sentence_of_its_own_for_one(
    codes: type[StrEnum], table: Mapping[Any, tuple[str, ...]]
) -> None:
    for code, templates in table.items():
        counted = [template for template in templates if "count" in named_parameters(template)]
        alone = [t for t in templates if not {"count", "at_least"} & set(named_parameters(t))]
        assert alone or code == EmptyListCode.KNOWN_DEVICES, "one known device has a sentence that tells more"
        assert "1 " not in "".join(counted)


@pytest.mark.parametrize("code", EmptyListCode)
@given(data=st.data())
def test_whatever_is_known_makes_a_whole_sentence(code: EmptyListCode, data: st.DataObject) -> None:
    names = sorted({name for template in EMPTY_LIST_SENTENCES[code] for name in named_parameters(template)})
    parameters = {name: SAMPLES[PARAMETER_KINDS[name]] for name in names if data.draw(st.booleans())}
    if "count" in parameters:
        parameters["count"] = data.draw(st.integers(1, 3))
    said = empty_list_sentence(code, parameters)
    assert "{" not in said
    assert "  " not in said
    assert said.endswith((".", "4F2", "unknown")), "a detail brings its own full stop"


def test_the_sentences_of_the_issue() -> None:
    refused = {
        "count": 3, "address": "10.3.1.9", "first_at": "2026-05-03T09:10:00Z", "last_at": "2026-05-03T09:30:00Z",
        "detail": "The field Model is missing.",
    }  # fmt: skip
    assert empty_list_sentence(EmptyListCode.NEVER_ASKED, {"search": "4F2"}) == (
        "No device with 4F2 ever asked this pool."
    )
    assert empty_list_sentence(EmptyListCode.REFUSED_REQUESTS, refused) == (
        "3 refused requests from 10.3.1.9 since 3 May 2026 09:10 UTC, the last on 3 May 2026 09:30 UTC: "
        "The field Model is missing."
    )
    assert empty_list_sentence(EmptyListCode.REFUSED_REQUESTS, {**refused, "count": 1}) == (
        "1 refused request from 10.3.1.9 on 3 May 2026 09:30 UTC: The field Model is missing."
    )
    away = {"shown": "4F2", "filter": "status install-failed", "count": 1}
    assert empty_list_sentence(EmptyListCode.FILTERED_AWAY, away) == (
        "1 device with 4F2, but none with status install-failed."
    )


def test_a_received_text_is_never_a_format_string() -> None:
    said = empty_list_sentence(EmptyListCode.NEVER_ASKED, {"search": "{search.__class__} %s"})
    assert "{search.__class__} %s" in said


def test_the_line_of_changes_says_whether_it_is_all() -> None:
    parts = [
        recent_change_text(RecentChangeCode.NEW_DEVICES, {"count": 12}),
        recent_change_text(RecentChangeCode.VERSION_CHANGED, {"count": 1, "most": 1, "previous": "3", "version": "4"}),
    ]
    assert recent_changes_sentence(parts, complete=True) == (
        "In the last 24 hours: 12 new devices; 1 changed from 3 to 4."
    )
    assert recent_changes_sentence(parts, complete=False).startswith("In the last 24 hours at least: 12 ")
    assert recent_changes_sentence([], complete=True) == "Nothing changed in the last 24 hours."
    assert "not all was looked at" in recent_changes_sentence([], complete=False)
