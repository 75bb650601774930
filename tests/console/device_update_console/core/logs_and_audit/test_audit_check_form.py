"""What a person is told about a check of the audit trail."""

from __future__ import annotations

import pytest

from device_update_console.core.logs_and_audit.audit_check_form import (
    audit_result,
    head_fault,
    noted_head,
    progress_text,
    stopped_text,
)
from device_update_contract.audit import ChainFault, ChainHead, ChainVerdict, FaultCode

HEAD = ChainHead(1204, "ab" * 32)


@pytest.mark.parametrize(("typed", "head"), [("", None), ("  ", None), (f" {HEAD} ", HEAD), (str(HEAD).upper(), HEAD)])
def test_a_noted_head_is_read_as_it_was_copied_and_none_is_none(typed: str, head: ChainHead | None) -> None:
    assert head_fault(typed) == ""
    assert noted_head(typed) == head


@pytest.mark.parametrize("typed", ["1204", "1204:ab", "x:" + "ab" * 32, "1204:" + "zz" * 32])
def test_what_is_no_head_is_said_while_it_is_typed(typed: str) -> None:
    assert head_fault(typed).startswith("A head is a number, a colon")


def test_a_sound_trail_gives_its_head_with_what_to_do_with_it() -> None:
    sound = ChainVerdict(1204, HEAD, None)
    first, again = audit_result(sound, compared=False), audit_result(sound, compared=True)
    assert first.sentence == again.sentence == "The audit trail is sound: 1,204 entries."
    assert first.is_sound
    assert first.head == str(HEAD)
    assert first.advice.startswith("Note its head")
    assert again.advice.startswith("The head that was noted is still in it.")


def test_a_trail_with_a_fault_says_which_and_how_far_it_is_sound() -> None:
    result = audit_result(ChainVerdict(1204, HEAD, ChainFault(FaultCode.MISSING, 1205, "1206")), compared=False)
    assert not result.is_sound
    assert result.sentence == "Entry 1205 is missing: entry 1206 stands in its place."
    assert result.advice.startswith("1,204 entries before it are sound.")
    assert audit_result(ChainVerdict(0, None, ChainFault(FaultCode.CHANGED, 1)), compared=False).advice == ""


def test_an_empty_trail_is_sound_and_has_nothing_to_note() -> None:
    result = audit_result(ChainVerdict(0, None, None), compared=False)
    assert (result.is_sound, result.head, result.advice) == (True, "", "")


def test_progress_is_told_with_the_whole_where_it_is_known() -> None:
    assert progress_text(1000, 2500) == "1,000 of 2,500 entries checked"
    assert progress_text(1000, None) == "1,000 entries checked so far"
    assert stopped_text(1) == "Stopped after 1 entry; up to there nothing is wrong."


@pytest.mark.parametrize("code", FaultCode)
def test_a_fault_is_said_as_the_contract_says_it(code: FaultCode) -> None:
    fault = ChainFault(code, 1205, "1206", "It is not JSON.")
    assert audit_result(ChainVerdict(1204, HEAD, fault), compared=False).sentence == str(fault)
