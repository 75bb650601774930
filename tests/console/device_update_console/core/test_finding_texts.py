"""Findings in the person's language say what the service says."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.finding_texts import finding_sentence
from device_update_contract.administration.packages import FindingModel
from device_update_contract.findings import MAX_LISTED_PER_CODE, SENTENCES, FindingCode, FindingList, finding


def _facts(code: FindingCode, word: str) -> dict[str, str]:
    return {name: word for _, name, *_ in string.Formatter().parse(SENTENCES[code]) if name}


@given(st.sampled_from(list(FindingCode)), st.text(max_size=20))
def test_in_english_they_are_the_service_s_own_sentences(code: FindingCode, word: str) -> None:
    noticed = finding(code, **_facts(code, word))
    assert finding_sentence(noticed) == noticed.text


def test_what_was_left_out_is_counted() -> None:
    findings = FindingList()
    for number in range(MAX_LISTED_PER_CODE + 3):
        findings.add(FindingCode.UNUSED_FILE, name=str(number))
    last = findings.listed()[-1]
    assert finding_sentence(last) == last.text
    assert finding_sentence(last).endswith("3 more findings of this kind are not listed.")


@pytest.mark.parametrize(("code", "parameters"), [("of-a-newer-service", {}), ("missing-file", {"place": "x"})])
def test_what_a_newer_service_finds_is_told_in_its_own_words(code: str, parameters: dict[str, str]) -> None:
    noticed = FindingModel(code=code, severity="warning", text="It glows.", parameters=parameters)
    assert finding_sentence(noticed) == "It glows."
