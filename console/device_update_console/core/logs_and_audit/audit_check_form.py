"""Verifying the audit trail: what is typed as a noted head, how far it is, and what is told at the end."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.logs_and_audit.audit_checks import verdict_sentence
from device_update_console.core.texts.language import counted_text, text
from device_update_contract.audit import ChainHead, ChainVerdict, InvalidHead


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What a check came to; ``head`` is what to write down, empty where there is nothing to."""

    sentence: str
    is_sound: bool
    head: str
    advice: str


def head_fault(typed: str) -> str:
    """What is wrong with a noted head; empty when nothing is, or nothing is typed."""
    if not typed.strip():
        return ""
    try:
        ChainHead.parse(typed)
    except InvalidHead:
        return text("A head is a number, a colon, and the 64 hexadecimal digits that an earlier check showed.")
    return ""


def noted_head(typed: str) -> ChainHead | None:
    """The head that was typed; None where none was.

    Raises:
        InvalidHead.
    """
    return ChainHead.parse(typed) if typed.strip() else None


def progress_text(done: int, total: int | None) -> str:
    """How far the check is."""
    if total is None:
        return counted_text("{count} entry checked so far", "{count} entries checked so far", done)
    return text("{done:,} of {total:,} entries checked", done=done, total=total)


def stopped_text(done: int) -> str:
    """What a check that was stopped can say."""
    return counted_text(
        "Stopped after {count} entry; up to there nothing is wrong.",
        "Stopped after {count} entries; up to there nothing is wrong.",
        done,
    )


def audit_result(verdict: ChainVerdict, *, compared: bool) -> AuditResult:
    """What to tell; ``compared``: an earlier head was looked for too."""
    head = "" if verdict.head is None else str(verdict.head)
    if verdict.fault is not None:
        advice = counted_text(
            "{count} entry before it is sound. The head below is that of the last sound entry.",
            "{count} entries before it are sound. The head below is that of the last sound entry.",
            verdict.entries,
        )
        return AuditResult(verdict_sentence(verdict), is_sound=False, head=head, advice=advice if head else "")
    if not head:
        advice = ""
    elif compared:
        advice = text("The head that was noted is still in it. Note the new one, where nobody can change it.")
    else:
        advice = text(
            "Note its head where nobody can change it: a later check that is given it also shows whether the end was "
            "cut off, or all of it made anew."
        )
    return AuditResult(verdict_sentence(verdict), is_sound=True, head=head, advice=advice)
