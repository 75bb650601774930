"""Verbs on rules against a real service: what is refused as a whole, and who changed a rule meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.filled_service import FilledService, filled_service

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import RefusedByService
from device_update_console.core.verbs.rule_confirmations import (
    APPROVE,
    MOST_NAMED_RULES,
    REMOVE,
    ROLL_BACK_TO,
    confirm,
)
from device_update_console.core.verbs.rule_history_calls import read_roll_back_choices
from device_update_console.core.verbs.rule_verb_calls import ask_rules, carry_out
from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_RULES
from device_update_contract.administration.roles import Role
from device_update_contract.administration.rules import (
    Rule,
    RuleFilter,
    RuleQuery,
    RuleVerbAnswer,
    RuleVerbRequest,
)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[FilledService]:
    async with filled_service(tmp_path) as one:
        yield one


async def _rule(client: AdministrationClient, model: str, *, removed: bool = False) -> Rule:
    query = RuleQuery(model=model, state="removed" if removed else "all")
    page = await client.ask(LIST_RULES, Page[Rule], query=query)
    (rule,) = page.items
    return rule


async def test_of_a_rule_that_somebody_else_changed_meanwhile_it_is_told_who_it_was(service: FilledService) -> None:
    async with service.client() as anna, service.client(Role.OPERATOR) as otto:
        rule = await _rule(anna, "CX700")
        asked = VerbTargets([rule]).rules_preview()
        confirmation = confirm(APPROVE, asked, await ask_rules(anna, APPROVE, asked))
        await carry_out(otto, APPROVE, RuleVerbRequest.model_validate({"rules": [{"id": rule.id}]}), {})
        assert confirmation.request is not None
        outcome = await carry_out(anna, APPROVE, confirmation.request, confirmation.labels)
        assert outcome.any_refused
        (line,) = outcome.lines
        assert "While you were being asked, otto changed it at" in line
        assert "(Approved, version 4.0.7577.4387)" in line
        assert line.endswith("(changed-meanwhile)")


async def test_a_preview_that_refuses_every_rule_is_an_answer(service: FilledService) -> None:
    async with service.client() as anna:
        removed = await _rule(anna, "CX100", removed=True)
        answer = await ask_rules(anna, APPROVE, VerbTargets([removed]).rules_preview())
        assert [(each.id, each.code) for each in answer.refused] == [(removed.id, "nothing-pending")]


async def test_all_that_match_a_filter_are_asked_for_in_one_request_and_more_than_seen_are_refused(
    service: FilledService,
) -> None:
    async with service.client() as anna:
        pending = RuleFilter(state="pending")
        answer = await ask_rules(anna, REMOVE, VerbTargets(matching=pending, expected_count=2).rules_preview())
        assert {each.rule.model for each in answer.preview or []} == {"CX700", "CX3000"}
        with pytest.raises(RefusedByService, match="match now") as refused:
            await ask_rules(anna, REMOVE, VerbTargets(matching=pending, expected_count=1).rules_preview())
        assert refused.value.code == "count-changed"


async def test_a_version_of_the_history_is_chosen_and_rolled_back_to(service: FilledService) -> None:
    async with service.client() as anna:
        rule = await _rule(anna, "CX700")
        choices = await read_roll_back_choices(anna, rule.id)
        assert [(choice.version, choice.why_not) for choice in choices] == [
            ("4.0.7577.4366", "It is the approved version."),
            ("1.0.522.101", ""),
        ]
        version = choices[1].version
        asked = VerbTargets([rule]).rules_preview(version)
        confirmation = confirm(ROLL_BACK_TO, asked, await ask_rules(anna, ROLL_BACK_TO, asked))
        assert confirmation.request is not None
        outcome = await carry_out(anna, ROLL_BACK_TO, confirmation.request, confirmation.labels)
        assert not outcome.any_refused
        now = await _rule(anna, "CX700")
        assert now.approved is not None
        assert now.approved.version == version


async def test_more_rules_than_can_be_named_are_changed_by_one_request_unless_more_match_than_were_seen(
    service: FilledService,
) -> None:
    async with service.client() as anna:
        asked = VerbTargets(matching=RuleFilter(state="pending"), expected_count=2).rules_preview()
        answer = await ask_rules(anna, APPROVE, asked)
        (seen, *_) = answer.preview or []
        many = RuleVerbAnswer(preview=[seen] * (MOST_NAMED_RULES + 1))  # so many are seen, though but two are there
        request = confirm(APPROVE, asked, many).request
        assert request is not None
        assert request.filter == asked.filter
        with pytest.raises(RefusedByService) as refused:
            await carry_out(anna, APPROVE, request.model_copy(update={"expected_count": 1}), {})
        assert refused.value.code == "count-changed"
        pending = RuleQuery(state="pending")
        assert len((await anna.ask(LIST_RULES, Page[Rule], query=pending)).items) == 2
        outcome = await carry_out(anna, APPROVE, request, {})
        assert outcome.summary == "2 updates were approved."
        assert (await anna.ask(LIST_RULES, Page[Rule], query=pending)).items == []
