"""Every code has an English sentence that names only known parameters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from device_update_contract import sentences
from device_update_contract.reasons import (
    OFFERING_REASONS,
    REASON_NUMBER,
    WHO_ACTS,
    WHO_ACTS_ON_STATUS,
    EvidenceCode,
    NoticeCode,
    ReasonCode,
    StatusCode,
    VerbRefusalCode,
    WhoActs,
)
from device_update_contract.sentences import (
    ASKS_AGAIN_SENTENCES,
    PARAMETER_KINDS,
    ParameterKind,
    named_parameters,
    notice_sentence,
    show,
    verb_refusal_sentence,
)
from device_update_contract.why_sentences import status_sentence

CATALOGUES: list[tuple[type[StrEnum], Mapping[Any, tuple[str, ...]]]] = [
    (ReasonCode, sentences.REASON_SENTENCES),
    (StatusCode, sentences.STATUS_SENTENCES),
    (VerbRefusalCode, sentences.VERB_REFUSAL_SENTENCES),
    (NoticeCode, sentences.NOTICE_SENTENCES),
    (EvidenceCode, sentences.EVIDENCE_SENTENCES),
]

SAMPLES: dict[ParameterKind, str | int] = {
    ParameterKind.TEXT: "text",
    ParameterKind.NUMBER: 3,
    ParameterKind.TIME: "2013-05-03T14:02:00+00:00",
    ParameterKind.DATE_TIME: "2013-05-03T16:02:00+02:00",
    ParameterKind.SIZE: 18_000_000,
    ParameterKind.SPAN: 120,
}


@pytest.mark.parametrize(("codes", "catalogue"), CATALOGUES, ids=lambda value: getattr(value, "__name__", ""))
def test_every_code_has_a_sentence_with_known_parameters(
    codes: type[StrEnum], catalogue: Mapping[Any, tuple[str, ...]]
) -> None:
    assert set(catalogue) == set(codes)
    for templates in catalogue.values():
        assert templates
        for template in templates:
            assert set(named_parameters(template)) <= set(PARAMETER_KINDS)
            samples = {name: show(name, SAMPLES[PARAMETER_KINDS[name]]) for name in named_parameters(template)}
            filled = template.format_map(samples)
            assert filled[0].isupper() or template.startswith("{")
            assert "  " not in filled


def test_every_code_says_who_acts_next_and_what_to_do() -> None:
    assert set(WHO_ACTS) == set(ReasonCode) == set(REASON_NUMBER)
    assert set(WHO_ACTS_ON_STATUS) == set(StatusCode) == set(sentences.NEXT_STEPS)
    assert {code for code, who in WHO_ACTS.items() if who is WhoActs.DEVICE} == OFFERING_REASONS


def test_the_codes_are_spelled_as_the_contract_does() -> None:
    assert [code.value for code in ReasonCode] == [
        "pending-update-test-device",
        "rolled-back",
        "approved-update",
        "up-to-date",
        "waiting-for-approval",
        "nothing-approved",
        "no-rule-for-device-class",
    ]
    assert [code.value for code in StatusCode] == [
        "retired",
        "silent",
        "install-failed",
        "downloading",
        "install-loop",
        "downloaded-not-installed",
        "download-stalled",
        "offered",
        "waiting-for-approval",
        "nothing-approved",
        "no-rule",
        "up-to-date",
    ]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("offered_at", "2013-05-03T14:02:00+00:00", "3 May 14:02 UTC"),
        ("retired_at", "2013-05-03T16:02:00+02:00", "3 May 2013 14:02 UTC"),
        ("bytes_sent", 0, "0 bytes"),
        ("bytes_sent", 1, "1 byte"),
        ("bytes_sent", 999, "999 bytes"),
        ("bytes_sent", 1999, "1 KB"),
        ("bytes_total", 30_000_000, "30 MB"),
        ("bytes_total", 2_147_483_648, "2 GB"),
        ("last_byte_seconds", 1, "1 second"),
        ("last_byte_seconds", 59, "59 seconds"),
        ("last_byte_seconds", 60, "1 minute"),
        ("last_byte_seconds", 7200, "2 hours"),
        ("last_byte_seconds", 200_000, "2 days"),
        ("message", "{version}", "{version}"),
        ("version", None, "unknown"),
        ("not_known", 7, "7"),
    ],
)
def test_a_parameter_is_shown_by_its_kind(name: str, value: str | int | None, shown: str) -> None:
    assert show(name, value) == shown


def test_a_received_text_is_never_a_format_string() -> None:
    hostile = "{version.__class__} %s {0}"
    sentence = status_sentence(
        StatusCode.INSTALL_FAILED,
        {
            "version": "1",
            "at": "2013-05-03T14:02:00+00:00",
            "message": hostile,
            "due_since": "2013-05-03T14:02:00+00:00",
        },
    )
    assert hostile in sentence


def test_the_sentence_with_the_most_facts_that_are_given_is_taken() -> None:
    assert "9" in verb_refusal_sentence(VerbRefusalCode.NO_EARLIER_VERSION, {"version": "9"})
    assert (
        verb_refusal_sentence(VerbRefusalCode.NO_EARLIER_VERSION, {})
        == "This rule has no earlier version to roll back to."
    )


def test_a_missing_fact_never_keeps_the_sentence_from_being_made() -> None:
    assert notice_sentence(NoticeCode.UNCHANGED, {}) == "Version unknown is pending already; nothing changed."


def test_the_time_of_the_next_check_follows_only_where_the_device_asks_by_itself() -> None:
    facts = {"version": "1", "next_check_at": "2013-05-03T14:10:00+00:00"}
    assert status_sentence(StatusCode.OFFERED, facts).endswith("restarting it makes it ask now.")
    assert "ask now" not in status_sentence(StatusCode.UP_TO_DATE, facts)
    assert all(set(named_parameters(template)) <= set(PARAMETER_KINDS) for template in ASKS_AGAIN_SENTENCES)
