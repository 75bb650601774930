"""Rules: lists, histories and the verbs on them (contract sections 2.1 and 5).

A verb decides each rule on its own: one that is refused does not stop the others. The verbs run inside one
transaction, so that of two clients who approve at once exactly one wins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from device_update_contract.administration import rules as models
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import LIST_RULES, RULE_HISTORY
from device_update_contract.reasons import VerbRefusalCode
from device_update_contract.refusals import InvalidValue
from device_update_contract.sentences import verb_refusal_sentence
from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, Verb
from device_update_service.domain.transitions import apply
from device_update_service.domain.verbs import (
    Action,
    Approve,
    Reject,
    Remove,
    RollBack,
    RollBackTo,
    Transition,
    VerbRefused,
)
from device_update_service.storage.paging import page_request
from device_update_service.storage.rules.catalog_records import bump_generation
from device_update_service.storage.rules.rule_lists import matching_rule_ids, page_of_history, page_of_rules
from device_update_service.storage.rules.rule_records import load_rules
from device_update_service.storage.rules.rule_writes import save_transitions
from device_update_service.storage.setting_records import read_integer_setting
from device_update_service.usecases.audited_rules import audited_steps
from device_update_service.usecases.many_at_once import require_expected_count
from device_update_service.usecases.outcomes import Actor, Change, Outcome
from device_update_service.usecases.record_ids import UnknownRecord, parse_record_id
from device_update_service.usecases.rule_models import rule_models, rule_title
from device_update_service.usecases.rule_previews import preview_transitions

_log = logging.getLogger(__name__)


class VersionNotExpected(InvalidValue):
    """A version is named for a verb that takes none."""

    code = "invalid-parameter"


def list_rules(query: models.RuleQuery) -> Page[models.Rule]:
    """A page of rules with their slots and device counts.

    Raises:
        ListRefused: for limit, sort or cursor. InvalidVersion: for the filter's version.
    """
    page = page_of_rules(query, page_request(query, LIST_RULES.sorts, "id"))
    return Page[models.Rule](items=rule_models(page.rules), next=page.next, total=page.total, total_at_least=page.total)


def show_rule(rule_id: str) -> models.Rule:
    """One rule.

    Raises:
        UnknownRecord: there is none of this id.
    """
    return rule_models([_existing(rule_id, complete=False)])[0]


def rule_history(rule_id: str, query: PageQuery) -> Page[models.RuleHistoryEntry]:
    """A page of a rule's history, newest first; it outlives a removal.

    Raises:
        UnknownRecord: there is no such rule. ListRefused: for limit, sort or cursor.
    """
    rule = _existing(rule_id, complete=False)
    page = page_of_history(rule.id, page_request(query, RULE_HISTORY.sorts, "-id"))
    items = [
        models.RuleHistoryEntry(
            id=str(record.id),
            verb=record.entry.verb.value,
            version=record.entry.version.text,
            at=record.entry.at,
            account=record.entry.account,
            comment=record.entry.comment,
            replaced=None if record.entry.replaced is None else record.entry.replaced.text,
            stored=record.stored,
        )
        for record in page.records
    ]
    return Page[models.RuleHistoryEntry](items=items, next=page.next, total=page.total, total_at_least=page.total)


def approve_rules(request: models.RuleVerbRequest, *, actor: Actor, now: datetime) -> Outcome[models.RuleVerbAnswer]:
    """Give the pending version to all devices."""
    _refuse_version(request)
    return _carry_out(Verb.APPROVE, request, lambda _: Approve(), actor, now)


def reject_rules(request: models.RuleVerbRequest, *, actor: Actor, now: datetime) -> Outcome[models.RuleVerbAnswer]:
    """Drop the pending version."""
    _refuse_version(request)
    return _carry_out(Verb.REJECT, request, lambda _: Reject(), actor, now)


def roll_back_rules(request: models.RuleVerbRequest, *, actor: Actor, now: datetime) -> Outcome[models.RuleVerbAnswer]:
    """Return to the earlier version, or to the one that a rule's reference or the request names.

    Raises:
        InvalidVersion: a named version is none. CountChanged.
    """

    def action(reference: models.RuleReference) -> Action:
        version = reference.version if reference.version is not None else request.version
        return RollBack() if version is None else RollBackTo(Version.parse(version))

    return _carry_out(Verb.ROLL_BACK, request, action, actor, now)


def remove_rules(request: models.RuleVerbRequest, *, actor: Actor, now: datetime) -> Outcome[models.RuleVerbAnswer]:
    """Stop offering and serving anything; nothing is uninstalled, and a later import continues the rule."""
    _refuse_version(request)
    return _carry_out(Verb.REMOVE, request, lambda _: Remove(), actor, now)


@dataclass(slots=True)
class _Result:
    """What became of each rule of one request."""

    steps: list[tuple[Rule, Transition]] = field(default_factory=list)
    refused: list[models.RefusedRule] = field(default_factory=list)

    @property
    def changed(self) -> list[tuple[Rule, Transition]]:
        return [(before, transition) for before, transition in self.steps if transition.changed]

    def notices(self) -> list[models.RuleNotice]:
        """Every notice with the rule it is about."""
        return [
            models.RuleNotice(
                rule_id=str(before.id),
                rule=rule_title(before),
                code=notice.code.value,
                text=notice.text,
                parameters=dict(notice.parameters),
            )
            for before, transition in self.steps
            for notice in transition.notices
        ]


def _carry_out(
    verb: Verb,
    request: models.RuleVerbRequest,
    action: Callable[[models.RuleReference], Action],
    actor: Actor,
    now: datetime,
) -> Outcome[models.RuleVerbAnswer]:
    result = _decide(_references(request), action, request.comment, actor, now)
    if request.preview:
        previews = preview_transitions(verb, result.steps)
        return Outcome(
            models.RuleVerbAnswer(
                changed=rule_models([before for before, _ in result.changed]),
                refused=result.refused,
                preview=previews,
                notices=result.notices(),
            )
        )
    if not result.changed:
        return Outcome(models.RuleVerbAnswer(refused=result.refused, notices=result.notices()))
    grace = timedelta(hours=read_integer_setting("superseded_grace_hours"))
    save_transitions(result.changed, now=now, grace=grace)
    for before, _ in result.changed:
        _log.info("%s: %s %s", actor.account, verb.value, rule_title(before))
    bump_generation()
    answer = models.RuleVerbAnswer(
        changed=rule_models([transition.rule for _, transition in result.changed]),
        refused=result.refused,
        notices=result.notices(),
    )
    return Outcome(
        answer,
        (rules_changed([before.id for before, _ in result.changed]),),
        catalog_changed=True,
        audited=audited_steps(actor, result.changed),
    )


def rules_changed(rule_ids: Sequence[int]) -> Change:
    """The event that tells of changed rules."""
    return Change.of("rules-changed", rule_ids)


def _references(request: models.RuleVerbRequest) -> list[models.RuleReference]:
    """The rules that are meant, each once."""
    if request.filter is None:
        named: dict[str, models.RuleReference] = {}
        for reference in request.rules or []:
            named.setdefault(reference.id, reference)
        return list(named.values())
    ids = matching_rule_ids(request.filter)
    require_expected_count(len(ids), request.expected_count, "rules")
    return [models.RuleReference(id=str(rule_id)) for rule_id in ids]


def _decide(
    references: Sequence[models.RuleReference],
    action: Callable[[models.RuleReference], Action],
    comment: str | None,
    actor: Actor,
    now: datetime,
) -> _Result:
    ids = {reference.id: parse_record_id(reference.id) for reference in references}
    rules = {rule.id: rule for rule in load_rules([id_ for id_ in ids.values() if id_ is not None])}
    result = _Result()
    for reference in references:
        rule = rules.get(ids[reference.id] or 0)
        try:
            step = _apply(rule, reference, action(reference), account=actor.account, comment=comment, now=now)
        except VerbRefused as refusal:
            result.refused.append(
                models.RefusedRule(
                    id=reference.id, code=refusal.code, detail=refusal.sentence, parameters=refusal.parameters
                )
            )
        else:
            result.steps.append(step)
    return result


def _apply(
    rule: Rule | None,
    reference: models.RuleReference,
    action: Action,
    *,
    account: str,
    comment: str | None,
    now: datetime,
) -> tuple[Rule, Transition]:
    if rule is None:
        raise VerbRefused(VerbRefusalCode.UNKNOWN_RULE)
    expected = reference.change_number
    return rule, apply(rule, action, account=account, now=now, comment=comment, expected_change_number=expected)


def _refuse_version(request: models.RuleVerbRequest) -> None:
    if request.version is not None or any(reference.version is not None for reference in request.rules or ()):
        raise VersionNotExpected("Only a roll back takes a version.", parameters={"parameter": "version"})


def _existing(rule_id: str, *, complete: bool) -> Rule:
    number = parse_record_id(rule_id)
    rules = load_rules([number], complete=complete) if number is not None else []
    if not rules:
        raise UnknownRecord(verb_refusal_sentence(VerbRefusalCode.UNKNOWN_RULE, {}), parameters={"id": rule_id[:64]})
    return rules[0]
