"""Before a verb on rules: what happens to how many devices, and what speaks against it; after it, what came of it.

The numbers are those of the service's preview. The request that follows names the rules with their change numbers, so
that a rule that somebody else changed meanwhile is refused instead of changed in a way that nobody confirmed. Of more
rules than one request may name, it is the filter with the count that was seen, as for devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from device_update_console.core.lists.rule_lists import tested_on_text
from device_update_console.core.texts.formats import moment_text, rule_label, size_text
from device_update_console.core.texts.language import counted_text, marked, marked_counted, text
from device_update_console.core.texts.service_sentences import notice_text, verb_refusal_text
from device_update_console.core.verbs.confirmations import Outcome, Question, named_or_counted, refused_line
from device_update_console.core.verbs.rule_history import history_verb_text
from device_update_contract.administration.endpoints import (
    APPROVE_RULES,
    REJECT_RULES,
    REMOVE_RULES,
    ROLL_BACK_RULES,
    Endpoint,
)
from device_update_contract.administration.rules import (
    RefusedRule,
    RuleHistoryEntry,
    RulePreview,
    RuleReference,
    RuleVerbAnswer,
    RuleVerbRequest,
)
from device_update_contract.reasons import VerbRefusalCode


@dataclass(frozen=True, slots=True)
class RuleVerb:
    """A verb on rules: its route and its words; ``question`` holds ``{rules}`` and for one rule ``{version}``."""

    endpoint: Endpoint
    title: str
    question: str
    effect: str
    done: str
    done_many: tuple[str, str]


APPROVE = RuleVerb(
    APPROVE_RULES,
    marked("Approve"),
    marked("Approve the pending version of {rules}?"),
    marked("Every matching device is offered the version at its next check."),
    marked("Approved: {rule}."),
    marked_counted("{count} update was approved.", "{count} updates were approved."),
)
REJECT = RuleVerb(
    REJECT_RULES,
    marked("Reject"),
    marked("Reject the pending version of {rules}?"),
    marked("Test devices go back to the approved version; the files stay until they are purged."),
    marked("Rejected: {rule}."),
    marked_counted("{count} update was rejected.", "{count} updates were rejected."),
)
ROLL_BACK = RuleVerb(
    ROLL_BACK_RULES,
    marked("Roll Back"),
    marked("Roll {rules} back to the earlier version?"),
    marked("Devices are offered the earlier version at their next check."),
    marked("Rolled back: {rule}."),
    marked_counted("{count} update was rolled back.", "{count} updates were rolled back."),
)
ROLL_BACK_TO = RuleVerb(
    ROLL_BACK_RULES,
    marked("Roll Back To"),
    marked("Roll {rules} back to version {version}?"),
    marked("Devices are offered that version at their next check."),
    marked("Rolled back: {rule}."),
    marked_counted("{count} update was rolled back.", "{count} updates were rolled back."),
)
REMOVE = RuleVerb(
    REMOVE_RULES,
    marked("Remove"),
    marked("Remove {rules}?"),
    marked("Nothing is offered any more; nothing is uninstalled."),
    marked("Removed: {rule}."),
    marked_counted("{count} update was removed.", "{count} updates were removed."),
)

_RULES = marked_counted("{count} update", "{count} updates")


MOST_NAMED_RULES = 10_000
"""So many rules one request may name (contract section 5)."""

_MOST_LISTED = 500
"""Rows of a question; nobody reads on, and the window would be held up."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The question with one row for each rule, and what to send when the answer is yes."""

    question: Question
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    request: RuleVerbRequest | None
    """None when there is nothing that the verb can change."""
    labels: Mapping[str, str]
    """The rules by their ids, as people name them."""
    change_numbers: Mapping[str, int]
    """What the rules were when they were seen, by their ids."""


NUMBER_TITLES = frozenset({"Devices", "Downgrades", "Download"})
"""The columns of `row_titles` that stand on the right."""


def row_titles(verb: RuleVerb) -> tuple[str, ...]:
    """What a verb's rows tell: of a download where something is offered, of a trial where a version is pending."""
    offered = (marked("Downgrades"), marked("Download")) if _offers(verb) else ()
    tested = (marked("Tested On"),) if _is_about_pending(verb) else ()
    return (marked("Update"), marked("Version"), marked("Devices"), *offered, *tested)


def _offers(verb: RuleVerb) -> bool:
    return verb not in {REJECT, REMOVE}


def _is_about_pending(verb: RuleVerb) -> bool:
    return verb in {APPROVE, REJECT}


def confirm(
    verb: RuleVerb, asked: RuleVerbRequest, answer: RuleVerbAnswer, labels: Mapping[str, str] | None = None
) -> Confirmation:
    """What to ask a person, from what the service was asked to preview, and its answer.

    ``labels`` name the rules that are meant, as far as known.
    """
    previews, version = answer.preview or [], asked.version
    known = {**(labels or {}), **{each.rule.id: rule_label(each.rule) for each in previews}}
    return Confirmation(
        Question(
            title=text(verb.title),
            question=_question(verb, previews, version),
            effects=(text(verb.effect), _totals(previews), *_not_listed(previews)) if previews else (),
            warnings=tuple(_warnings(verb, previews)),
            refused=tuple(_refused_text(each, known) for each in answer.refused),
            may_be_done=bool(previews),
        ),
        titles=row_titles(verb),
        rows=tuple(_row(verb, each) for each in previews[:_MOST_LISTED]),
        request=_request(asked, answer) if previews else None,
        labels=known,
        change_numbers={each.rule.id: each.rule.change_number for each in previews},
    )


def _request(asked: RuleVerbRequest, answer: RuleVerbAnswer) -> RuleVerbRequest:
    """The request for what was previewed, and for nothing else."""
    previews = answer.preview or []
    given = {} if asked.version is None else {"version": asked.version}
    if asked.filter is not None and len(previews) > MOST_NAMED_RULES:
        return RuleVerbRequest(filter=asked.filter, expected_count=len(previews) + len(answer.refused), **given)
    references = [RuleReference(id=each.rule.id, change_number=each.rule.change_number) for each in previews]
    return RuleVerbRequest(rules=references, **given)


def _not_listed(previews: list[RulePreview]) -> tuple[str, ...]:
    left_out = len(previews) - _MOST_LISTED
    return (text("Only the first {count:,} are listed.", count=_MOST_LISTED),) if left_out > 0 else ()


def changed_since(confirmation: Confirmation, answer: RuleVerbAnswer) -> str:
    """What to say while the question is open, from a newer preview: the updates that somebody else changed."""
    asked = confirmation.change_numbers
    now = {each.rule.id: each.rule.change_number for each in answer.preview or []}
    if confirmation.request is not None and confirmation.request.filter is not None:
        return text("Somebody else has just changed what matches; answer No and look again.") if now != asked else ""
    changed = [confirmation.labels.get(rule_id, rule_id) for rule_id in asked if now.get(rule_id) != asked[rule_id]]
    if not changed:
        return ""
    return text(
        "Somebody else has just changed this, so that Yes leaves it as it is now: {names}.", names=", ".join(changed)
    )


def changed_meanwhile(answer: RuleVerbAnswer) -> list[str]:
    """The ids of the rules that somebody else changed while the question was open."""
    return [each.id for each in answer.refused if each.code == VerbRefusalCode.CHANGED_MEANWHILE]


def outcome_of(
    verb: RuleVerb,
    answer: RuleVerbAnswer,
    labels: Mapping[str, str],
    meanwhile: Mapping[str, RuleHistoryEntry] | None = None,
) -> Outcome:
    """What was changed, and what was refused and why; ``meanwhile`` is what somebody else did to a refused rule."""
    done = [text(verb.done, rule=rule_label(rule)) for rule in answer.changed]
    refused = [_refused_text(each, labels, (meanwhile or {}).get(each.id)) for each in answer.refused]
    summary = [done[0] if len(done) == 1 else counted_text(*verb.done_many, len(done))] if done else []
    if refused:
        summary.append(
            counted_text("{count} update was not changed.", "{count} updates were not changed.", len(refused))
        )
    return Outcome(
        " ".join(summary),
        (*done, *map(notice_text, answer.notices), *refused),
        any_refused=bool(refused),
    )


def _refused_text(refused: RefusedRule, labels: Mapping[str, str], by: RuleHistoryEntry | None = None) -> str:
    name = labels.get(refused.id) or text("Update {id}", id=refused.id)
    if by is None:
        return refused_line(name, verb_refusal_text(refused.code, refused.parameters, refused.detail), refused.code)
    sentence = text(
        "While you were being asked, {account} changed it at {time} ({verb}, version {version}), so it was left as it "
        "is now. Look at it again.",
        account=by.account,
        time=moment_text(by.at),
        verb=history_verb_text(by.verb),
        version=by.version,
    )
    return refused_line(name, sentence, refused.code)


def _question(verb: RuleVerb, previews: list[RulePreview], version: str | None) -> str:
    if not previews:
        return text("There is nothing here to change.")
    names = tuple(rule_label(each.rule) for each in previews)
    return text(verb.question, rules=named_or_counted(names, *_RULES), version=version or "")


def _totals(previews: list[RulePreview]) -> str:
    devices = sum(each.devices_affected for each in previews)
    downgrades = sum(each.downgrades for each in previews)
    if not devices:
        return text("No device is affected.")
    parts = [counted_text("{count} device is affected.", "{count} devices are affected.", devices)]
    if downgrades:
        parts.append(
            counted_text(
                "{count} of them goes back to an older version.",
                "{count} of them go back to an older version.",
                downgrades,
            )
        )
    if size := sum(each.bytes for each in previews):
        parts.append(text("They download {size} in all.", size=size_text(size)))
    return " ".join(parts)


def _row(verb: RuleVerb, preview: RulePreview) -> tuple[str, ...]:
    offered = (text("{count:,}", count=preview.downgrades), size_text(preview.bytes))
    return (
        rule_label(preview.rule),
        preview.version or text("none"),
        text("{count:,}", count=preview.devices_affected),
        *(offered if _offers(verb) else ()),
        *((tested_on_text(preview.rule),) if _is_about_pending(verb) else ()),
    )


def _warnings(verb: RuleVerb, previews: list[RulePreview]) -> list[str]:
    warnings = []
    if verb is APPROVE:
        untested = [each for each in previews if each.rule.pending_test.installed == 0]
        if len(untested) == 1:
            warnings.append(
                text(
                    "No test device has installed {version} for {rule}.",
                    version=untested[0].version,
                    rule=rule_label(untested[0].rule),
                )
            )
        elif untested:
            warnings.append(
                counted_text(
                    "No test device has installed the new version of {count} update.",
                    "No test device has installed the new version of {count} updates.",
                    len(untested),
                )
            )
        failed = sum(each.rule.pending_test.failed for each in previews)
        if failed:
            warnings.append(
                counted_text(
                    "The installation failed on {count} test device.",
                    "The installation failed on {count} test devices.",
                    failed,
                )
            )
    warnings += [notice_text(notice) for each in previews for notice in each.notices]
    return list(dict.fromkeys(warnings))
