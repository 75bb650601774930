"""Carrying out a verb on rules: the preview to confirm, the request, and what somebody else did in between."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, ValidationError

from device_update_console.core.failures import FailedCall, RefusedByService
from device_update_console.core.lists.source import Caller
from device_update_console.core.verbs.confirmations import Outcome
from device_update_console.core.verbs.rule_confirmations import RuleVerb, changed_meanwhile, outcome_of
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.endpoints import RULE_HISTORY
from device_update_contract.administration.problems import Problem
from device_update_contract.administration.rules import RefusedRule, RuleHistoryEntry, RuleVerbAnswer, RuleVerbRequest

_MOST_EXPLAINED = 20
"""For so many rules it is looked up who changed them meanwhile."""


class _AllRefused(Problem):
    """The problem that is answered when no rule was changed (contract section 2.1)."""

    refused: list[RefusedRule] = Field(min_length=1)


async def ask_rules(caller: Caller, verb: RuleVerb, body: RuleVerbRequest) -> RuleVerbAnswer:
    """The answer to a verb, or to its preview, also where every rule was refused.

    Raises:
        FailedCall: the request as a whole was refused, or did not get through.
    """
    try:
        return await caller.ask(verb.endpoint, RuleVerbAnswer, body=body)
    except RefusedByService as refusal:
        try:
            problem = _AllRefused.model_validate_json(refusal.body or b"")
        except ValidationError:
            raise refusal from None
        return RuleVerbAnswer(refused=problem.refused)


async def carry_out(caller: Caller, verb: RuleVerb, body: RuleVerbRequest, labels: Mapping[str, str]) -> Outcome:
    """Carry a confirmed verb out; who changed a rule meanwhile is looked up, so that it can be told.

    Raises:
        FailedCall: as `ask_rules`.
    """
    answer = await ask_rules(caller, verb, body)
    meanwhile: dict[str, RuleHistoryEntry] = {}
    for rule_id in changed_meanwhile(answer)[:_MOST_EXPLAINED]:
        newest = await _newest_entry(caller, rule_id)
        if newest is not None:
            meanwhile[rule_id] = newest
    return outcome_of(verb, answer, labels, meanwhile)


async def _newest_entry(caller: Caller, rule_id: str) -> RuleHistoryEntry | None:
    try:
        page = await caller.ask(RULE_HISTORY, Page[RuleHistoryEntry], path={"id": rule_id}, query=PageQuery(limit=1))
    except FailedCall:
        return None  # the refusal itself is told all the same
    return page.items[0] if page.items else None
