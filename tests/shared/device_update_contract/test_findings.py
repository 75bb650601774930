"""Findings: every code has one severity and one safe sentence."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.findings import (
    MAX_LISTED_PER_CODE,
    SENTENCES,
    WARNINGS,
    Finding,
    FindingCode,
    FindingList,
    Severity,
    finding,
)

CONTRACT_ERRORS = [
    "not-a-cabinet",
    "damaged-cabinet",
    "unsupported-compression",
    "no-manifest",
    "malformed-manifest",
    "missing-file",
    "unsafe-name",
    "too-large",
    "too-many-files",
    "nested-too-deep",
    "took-too-long",
    "duplicate-update",
    "invalid-version",
    "version-content-differs",
    "signature-invalid",
]
CONTRACT_WARNINGS = [
    "signature-missing",
    "older-than-approved",
    "already-approved",
    "replaced-pending",
    "overwrites-rtconfig",
    "unused-file",
    "empty-file",
]


def parameters_of(code: FindingCode) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(SENTENCES[code]) if name})


def test_the_codes_and_severities_are_those_of_the_contract() -> None:
    assert sorted(FindingCode) == sorted(CONTRACT_ERRORS + CONTRACT_WARNINGS)
    assert sorted(WARNINGS) == sorted(CONTRACT_WARNINGS)


@pytest.mark.parametrize("code", FindingCode)
def test_every_code_has_one_sentence_with_its_facts(code: FindingCode) -> None:
    names = parameters_of(code)
    made = finding(code, **{name: f"<{name}>" for name in names})
    assert made.code is code
    assert made.severity is (Severity.WARNING if code in WARNINGS else Severity.ERROR)
    assert made.text.endswith(".")
    assert all(f"<{name}>" in made.text for name in names)
    assert made.parameters == {name: f"<{name}>" for name in names}


@given(st.text())
def test_a_fact_is_short_printable_and_never_a_format_string(name: str) -> None:
    made = finding(FindingCode.EMPTY_FILE, name="{0.__class__}" + name)
    assert "{0.__class__}" in made.text
    assert made.text.isprintable()
    assert len(made.text) < 900


def test_findings_of_one_code_are_folded_without_hiding_others() -> None:
    findings = FindingList()
    for number in range(MAX_LISTED_PER_CODE + 7):
        findings.add(FindingCode.UNUSED_FILE, name=str(number))
    findings.add(FindingCode.NO_MANIFEST)
    listed = findings.listed()
    assert len(listed) == MAX_LISTED_PER_CODE + 1
    assert listed[0].code is FindingCode.NO_MANIFEST
    assert listed[-1].parameters == {"name": str(MAX_LISTED_PER_CODE - 1), "left_out": 7}
    assert listed[-1].text.endswith("7 more findings of this kind are not listed.")
    assert "not listed" not in listed[-2].text


def test_errors_are_counted_even_when_they_are_not_listed() -> None:
    findings = FindingList()
    findings.add(FindingCode.UNUSED_FILE, name="x")
    assert findings.error_count == 0
    for _ in range(MAX_LISTED_PER_CODE * 2):
        findings.add(FindingCode.UNSAFE_NAME, name="x")
    assert findings.error_count == MAX_LISTED_PER_CODE * 2
    assert FindingCode.UNSAFE_NAME in findings
    assert FindingCode.NO_MANIFEST not in findings


def test_only_an_error_refuses() -> None:
    assert Finding(FindingCode.SIGNATURE_MISSING, Severity.ERROR, "").is_error
    assert not finding(FindingCode.SIGNATURE_MISSING, name="x").is_error
