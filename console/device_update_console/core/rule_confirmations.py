"""Before a verb on rules: what happens to how many devices, and what speaks against it.

The numbers are those of the service's preview. The request that follows names the rules with their change numbers, so
that a rule that somebody else changed meanwhile is refused instead of changed in a way that nobody confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from device_update_console.core.formats import counted, rule_label, size_text
from device_update_console.core.refusal_details import refused_rule_text
from device_update_contract.administration.endpoints import (
    APPROVE_RULES,
    REJECT_RULES,
    REMOVE_RULES,
    ROLL_BACK_RULES,
    Endpoint,
)
from device_update_contract.administration.rules import RulePreview, RuleReference, RuleVerbAnswer, RuleVerbRequest


@dataclass(frozen=True, slots=True)
class RuleVerb:
    """A verb on rules: its route and its words."""

    endpoint: Endpoint
    title: str
    question: str
    effect: str
    done: str


APPROVE = RuleVerb(
    APPROVE_RULES,
    "Approve",
    "Approve the pending version of {rules}?",
    "Every matching device is offered the version at its next check.",
    "Approved",
)
REJECT = RuleVerb(
    REJECT_RULES,
    "Reject",
    "Reject the pending version of {rules}?",
    "Test devices go back to the approved version; the files stay until they are purged.",
    "Rejected",
)
ROLL_BACK = RuleVerb(
    ROLL_BACK_RULES,
    "Roll Back",
    "Roll {rules} back to the earlier version?",
    "Devices are offered the earlier version at their next check.",
    "Rolled back",
)
REMOVE = RuleVerb(
    REMOVE_RULES,
    "Remove",
    "Remove {rules}?",
    "Nothing is offered any more; nothing is uninstalled.",
    "Removed",
)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked, with one row for each rule, warnings, and the rules that the verb would not change."""

    title: str
    question: str
    effect: str
    totals: str
    rows: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    refused: tuple[str, ...]
    request: RuleVerbRequest | None
    """What to send when the answer is yes; None when there is nothing that the verb can change."""


ROW_TITLES = ("Rule", "Version", "Devices", "Downgrades", "Download", "Tested on")


def request_preview(rule_ids: list[str]) -> RuleVerbRequest:
    """Ask what a verb would do to these rules."""
    return RuleVerbRequest(rules=[RuleReference(id=each) for each in rule_ids], preview=True)


def confirm(verb: RuleVerb, answer: RuleVerbAnswer) -> Confirmation:
    """What to ask a person, from the service's preview."""
    previews = answer.preview or []
    references = [RuleReference(id=each.rule.id, change_number=each.rule.change_number) for each in previews]
    devices = sum(each.devices_affected for each in previews)
    downgrades = sum(each.downgrades for each in previews)
    return Confirmation(
        title=verb.title,
        question=verb.question.format(rules=_named(previews)) if previews else f"{verb.title} changes nothing here.",
        effect=verb.effect if previews else "",
        totals=_totals(devices, downgrades, sum(each.bytes for each in previews)) if previews else "",
        rows=tuple(_row(each) for each in previews),
        warnings=tuple(_warnings(verb, previews)),
        refused=tuple(refused_rule_text(each) for each in answer.refused),
        request=RuleVerbRequest(rules=references) if references else None,
    )


def outcome_lines(verb: RuleVerb, answer: RuleVerbAnswer) -> list[str]:
    """What was changed, and what was refused and why, one line each."""
    lines = [f"{verb.done}: {rule_label(rule)}." for rule in answer.changed]
    return lines + answer.notices + [refused_rule_text(each) for each in answer.refused]


def _named(previews: list[RulePreview]) -> str:
    return rule_label(previews[0].rule) if len(previews) == 1 else counted(len(previews), "rule")


def _totals(devices: int, downgrades: int, size: int) -> str:
    text = f"{counted(devices, 'device')} affected"
    if downgrades:
        text += f", {counted(downgrades, 'device')} of them to an older version"
    return f"{text}; {size_text(size)} to download in all."


def _row(preview: RulePreview) -> tuple[str, ...]:
    test = preview.rule.pending_test
    tested = f"{test.installed} of {test.devices} installed" if test.devices else "no test device"
    return (
        rule_label(preview.rule),
        preview.version or "none",
        f"{preview.devices_affected:,}",
        f"{preview.downgrades:,}",
        size_text(preview.bytes),
        tested if preview.rule.pending is not None else "",
    )


def _warnings(verb: RuleVerb, previews: list[RulePreview]) -> list[str]:
    warnings = []
    if verb is APPROVE:
        untested = [each for each in previews if each.rule.pending_test.installed == 0]
        if len(untested) == 1:
            warnings.append(f"No test device has installed {untested[0].version} for {rule_label(untested[0].rule)}.")
        elif untested:
            warnings.append(f"No test device has installed the new version of {counted(len(untested), 'rule')}.")
        failed = sum(each.rule.pending_test.failed for each in previews)
        if failed:
            warnings.append(f"The installation failed on {counted(failed, 'test device')}.")
    warnings += [notice for each in previews for notice in each.notices]
    return list(dict.fromkeys(warnings))
