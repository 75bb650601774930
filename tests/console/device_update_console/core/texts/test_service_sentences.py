"""What the service says is said again from its codes and parameters; what is not known here is left in its words."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.texts.conventions import Conventions
from device_update_console.core.texts.language import Language, choose, language_of
from device_update_console.core.texts.service_sentences import (
    decision_text,
    evidence_text,
    finding_sentence,
    history_text,
    next_step_text,
    note_text,
    notice_text,
    sign_in_text,
    verb_refusal_text,
    why_text,
)
from device_update_contract.administration.base import Statement
from device_update_contract.administration.devices import DecisionModel, DeviceHistoryEntry, DeviceWhy
from device_update_contract.administration.packages import FindingModel
from device_update_contract.administration.rules import RuleNotice
from device_update_contract.findings import SENTENCES, FindingCode, finding
from device_update_contract.history import EVENT_CODES, EVENT_SENTENCES, event_sentence
from device_update_contract.reasons import EvidenceCode, NoticeCode, ReasonCode, StatusCode, VerbRefusalCode
from device_update_contract.sentences import (
    NEXT_STEPS,
    PARAMETER_KINDS,
    ParameterKind,
    evidence_sentence,
    named_parameters,
    notice_sentence,
    reason_sentence,
    verb_refusal_sentence,
)
from device_update_contract.sign_ins import SignInCause, sign_in_sentence
from device_update_contract.why_sentences import status_sentence

AT = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
OWN = "What the service said."

_OF_KIND: Mapping[ParameterKind, Any] = {
    ParameterKind.TEXT: "4.0",
    ParameterKind.NUMBER: 7,
    ParameterKind.SIZE: 310_000_000,
    ParameterKind.SPAN: 3_600,
}
FACTS = {name: _OF_KIND.get(kind) for name, kind in PARAMETER_KINDS.items()}
"""A value for every parameter that is written as the service writes it; times are looked at below."""


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A language of the same texts, in which the service's own sentences will not do."""
    choose(Language("english again", NullTranslations(), Conventions()))
    yield
    choose(language_of("en"))


@pytest.fixture
def in_oslo() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize("code", ReasonCode)
def test_a_decision_is_said_as_the_contract_says_it(code: ReasonCode) -> None:
    decision = DecisionModel(code=code, parameters=FACTS, text=OWN, who_acts="nobody")
    assert decision_text(decision) == reason_sentence(code, FACTS)


@pytest.mark.parametrize("code", StatusCode)
def test_a_status_is_said_as_the_contract_says_it(code: StatusCode) -> None:
    for parameters in (dict.fromkeys(FACTS), FACTS):
        assert why_text(_why(code, parameters)) == status_sentence(code, parameters)
    assert next_step_text(_why(code, {})) == NEXT_STEPS[code]


@pytest.mark.parametrize("code", NoticeCode)
def test_a_notice_is_said_with_its_rule_where_there_are_several(code: NoticeCode) -> None:
    said = notice_sentence(code, {**FACTS, "slot": "Pending"})
    facts = {**FACTS, "slot": "pending"}
    assert notice_text(Statement(code=code, text=OWN, parameters=facts)) == said
    of_rule = RuleNotice(code=code, text=OWN, parameters=facts, rule_id="7", rule="Polycom CX700")
    assert notice_text(of_rule) == f"Polycom CX700: {said}"


@pytest.mark.parametrize("code", VerbRefusalCode)
def test_a_refusal_is_said_as_the_contract_says_it(code: VerbRefusalCode) -> None:
    assert verb_refusal_text(code, FACTS, OWN) == verb_refusal_sentence(code, FACTS)


@pytest.mark.parametrize("code", EvidenceCode)
def test_a_fact_is_said_as_the_contract_says_it(code: EvidenceCode) -> None:
    facts = {**FACTS, "result": "Succeeded", "reason": "x"}
    assert evidence_text(Statement(code=code, text=OWN, parameters=facts)) == evidence_sentence(code, facts)


def test_the_last_answer_among_the_facts_is_said_from_its_own_code() -> None:
    facts = {"reason": OWN, "decision": "approved-update", "version": "4.0"}
    said = evidence_text(Statement(code="last-decision", text=OWN, parameters=facts))
    assert said == "It was answered: Version 4.0 is approved for this device."


@pytest.mark.parametrize("code", FindingCode)
def test_a_finding_is_said_as_the_contract_says_it(code: FindingCode) -> None:
    made = finding(code, **dict.fromkeys(named_parameters(SENTENCES[code].replace("!r", "")), "a"))
    assert finding_sentence(FindingModel(code=code, severity="error", text=OWN, parameters=dict(made.parameters))) == (
        made.text
    )


def test_the_subject_of_a_finding_is_in_the_language_of_the_rest() -> None:
    choose(language_of("de"))
    where = {"where": "The package"}
    assert finding_sentence(
        FindingModel(code="not-a-cabinet", severity="error", text=OWN, parameters=where)
    ).startswith("Das Paket ist weder")


def test_findings_that_are_not_listed_are_counted() -> None:
    many = FindingModel(code="empty-file", severity="warning", text=OWN, parameters={"name": "a", "left_out": 1_204})
    assert finding_sentence(many) == ("The file 'a' is empty. 1,204 more findings of this kind are not listed.")


@pytest.mark.parametrize("code", sorted(EVENT_CODES))
def test_an_event_of_a_history_is_said_as_the_contract_says_it(code: str) -> None:
    facts = {**FACTS, "previous": None, "serial": "7", "fields": "label, asset tag", "name": "Lab", "message": "full"}
    facts["bytes_total"] = 310
    for parameters in (facts, {"version": "4.0"}):
        assert history_text(_entry(code, parameters)) == event_sentence(code, parameters)


def test_checks_are_counted_with_the_answer_that_they_got() -> None:
    facts = {"address": "10.0.0.7", "version": "4.0"}
    once = _entry("up-to-date", facts, kind="check")
    answered = "answered: Version 4.0 is installed; it is the one this device is to have."
    assert history_text(once) == f"Asked from 10.0.0.7; {answered}"
    assert history_text(once.model_copy(update={"count": 1_204})) == f"Asked 1,204 times from 10.0.0.7; {answered}"


def test_bytes_in_a_history_are_written_as_numbers_are_here() -> None:
    sent = _entry("download-complete", {"bytes_total": 1_499_136, "version": "3.5.6907.187"})
    assert history_text(sent) == "All 1,499,136 bytes of version 3.5.6907.187 were sent."


def test_a_note_says_how_often_it_was_made() -> None:
    sentence = EVENT_SENTENCES["invalid-mac"]
    assert note_text(Statement(code="invalid-mac", text=OWN, parameters={"count": 1})) == sentence
    assert note_text(Statement(code="invalid-mac", text=OWN, parameters={"count": 3})) == f"{sentence} (3 times)"


@pytest.mark.parametrize("cause", SignInCause)
def test_what_was_told_beside_the_cause_of_a_refused_sign_in_is_kept(cause: SignInCause) -> None:
    detail = f"{sign_in_sentence(cause)} Kerberos says: clock skew too great."
    assert sign_in_text(cause, detail) == detail


@pytest.mark.usefixtures("in_oslo")
def test_times_and_numbers_are_written_where_the_person_is() -> None:
    facts = {
        "version": "4.0",
        "offered_at": "2026-05-03T14:02:09.000Z",
        "bytes_sent": 31_500_000,
        "bytes_total": 40_000_000,
        "last_byte_seconds": 7_300,
        "next_check_at": "2026-12-03T14:02:09.000Z",
    }
    choose(language_of("en", Conventions(decimal=",", date="d.M.yyyy")))
    assert why_text(_why(StatusCode.DOWNLOADING, facts)) == (
        "Offered 4.0 on 3.5.2026 16:02; 31,5 MB of 40,0 MB sent, last byte 2 hours ago. "
        "It asks again about 3.12.2026 15:02; restarting it makes it ask now."
    )


def test_in_english_a_refusal_is_the_services_own_sentence() -> None:
    choose(language_of("en"))
    assert verb_refusal_text(VerbRefusalCode.NOTHING_PENDING, {}, OWN) == OWN
    assert finding_sentence(FindingModel(code="no-manifest", severity="error", text=OWN)) == OWN


def test_what_a_newer_service_says_is_shown_in_its_own_words() -> None:
    statement = Statement(code="dreaming", text=OWN, parameters={"of": "sheep"})
    assert why_text(_why("dreaming", {})) == OWN
    assert why_text(_why(StatusCode.OFFERED, {"edition": "4.0"})) == OWN
    assert next_step_text(_why("dreaming", {})) == "Wait."
    assert decision_text(DecisionModel(code="dreaming", text=OWN, who_acts="nobody")) == OWN
    assert history_text(_entry("dreaming", {})) == OWN
    assert verb_refusal_text("dreaming", {}, OWN) == OWN
    assert (evidence_text(statement), note_text(statement), notice_text(statement)) == (OWN, OWN, OWN)
    assert finding_sentence(FindingModel(code="dreaming", severity="error", text=OWN)) == OWN


_ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.lists(st.integers(), max_size=2))


@given(
    st.sampled_from([*StatusCode, *EvidenceCode, *NoticeCode, *FindingCode, *sorted(EVENT_CODES)]),
    st.dictionaries(
        st.sampled_from([*PARAMETER_KINDS, "decision", "count", "left_out", "fields", "address"]), _ANYTHING
    ),
)
def test_no_parameter_is_a_format_or_brings_the_window_down(code: str, parameters: dict[str, Any]) -> None:
    statement = Statement(code=code, text=OWN, parameters=parameters)
    said = [evidence_text(statement), note_text(statement), notice_text(statement), why_text(_why(code, parameters))]
    said += [history_text(_entry(code, parameters, kind=kind)) for kind in ("check", "install")]
    said += [finding_sentence(FindingModel(code=code, severity="error", text=OWN, parameters=parameters))]
    assert all(sentence and "\n" not in sentence for sentence in said)


def _why(code: str, parameters: Mapping[str, Any]) -> DeviceWhy:
    return DeviceWhy(code=code, parameters=dict(parameters), text=OWN, since=None, who_acts="nobody", next_step="Wait.")


def _entry(code: str, parameters: Mapping[str, Any], kind: Any = "install") -> DeviceHistoryEntry:
    return DeviceHistoryEntry(id="1", kind=kind, at=AT, text=OWN, code=code, parameters=dict(parameters))
