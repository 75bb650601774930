"""Approve, reject, roll back and remove: what is asked first, what is sent, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.administration_samples import preview_of, rule
from tests.support.administration_stand_in import ACCOUNT, PASSWORD, StandIn
from tests.support.command_line import Finished, environment_for
from tests.support.terminals import on_terminal

from device_update_contract.administration.endpoints import APPROVE_RULES, REJECT_RULES, ROLL_BACK_RULES, Endpoint
from device_update_contract.administration.problems import Problem
from device_update_contract.administration.rules import RefusedRule, RuleVerbAnswer

DeviceUpdate = Callable[..., Finished]


def bodies(service: StandIn, endpoint: Endpoint) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in service.asked_of(endpoint)]


def test_yes_sends_the_verb_with_its_comment_and_nothing_else(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(REJECT_RULES, RuleVerbAnswer(changed=[rule(pending=None)]))
    finished = device_update("reject", "1", "2", "--comment", "no good", "--yes")
    assert finished.exit_code == 0
    assert bodies(service, REJECT_RULES) == [{"rules": [{"id": "1"}, {"id": "2"}], "comment": "no good"}]
    assert finished.stdout.decode().startswith("Rule 1, Polycom CX700 A ENU CPE: rejected the pending version")


def test_rules_can_be_named_by_filter_and_rolled_back_to_a_version(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(ROLL_BACK_RULES, RuleVerbAnswer())
    device_update("rollback", "--model", "CX700", "--state", "deployed", "--to", "1.0.522.101", "--yes")
    assert bodies(service, ROLL_BACK_RULES) == [
        {"filter": {"model": "CX700", "state": "deployed"}, "version": "1.0.522.101"}
    ]


def test_what_if_previews_and_changes_nothing(service: StandIn, device_update: DeviceUpdate) -> None:
    service.lay(REJECT_RULES, RuleVerbAnswer(preview=[preview_of(rule())]))
    finished = device_update("reject", "1", "--what-if")
    assert finished.exit_code == 0
    assert [body["preview"] for body in bodies(service, REJECT_RULES)] == [True]
    assert "31.5 MB" in finished.stdout.decode()


def test_a_tested_version_is_approved_without_asking_and_only_as_it_was_shown(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(
        APPROVE_RULES,
        RuleVerbAnswer(preview=[preview_of(rule())]),
        RuleVerbAnswer(changed=[rule(pending=None)]),
    )
    assert device_update("approve", "1").exit_code == 0
    assert bodies(service, APPROVE_RULES)[1] == {"rules": [{"id": "1", "change_number": 7}]}


def test_approving_an_untested_version_without_a_terminal_needs_yes(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    service.lay(APPROVE_RULES, RuleVerbAnswer(preview=[preview_of(rule(installed_on_test_devices=0))]))
    finished = device_update("approve", "1")
    assert finished.exit_code == 2
    assert "No test device has installed 4.0.7577.4387" in finished.stderr
    assert [body["preview"] for body in bodies(service, APPROVE_RULES)] == [True]


def test_one_refused_rule_of_several_ends_with_1_and_is_named(service: StandIn, device_update: DeviceUpdate) -> None:
    refused = RefusedRule(id="2", code="nothing-pending", detail="Nothing is pending.")
    service.lay(APPROVE_RULES, RuleVerbAnswer(changed=[rule(pending=None)], refused=[refused]))
    finished = device_update("approve", "1", "2", "--yes")
    assert finished.exit_code == 1
    assert "Rule 1" in finished.stdout.decode()
    assert finished.stderr == "Rule 2: Nothing is pending. (nothing-pending)\n"


def test_all_rules_refused_names_each_though_the_answer_is_a_problem(
    service: StandIn, device_update: DeviceUpdate
) -> None:
    class VerbProblem(Problem):
        changed: list[str]
        refused: list[RefusedRule]

    service.lay(
        APPROVE_RULES,
        VerbProblem(
            title="refused",
            status=409,
            detail="No rule was changed.",
            code="nothing-pending",
            changed=[],
            refused=[RefusedRule(id="2", code="nothing-pending", detail="Nothing is pending.")],
        ),
    )
    finished = device_update("approve", "2", "--yes")
    assert finished.exit_code == 1
    assert finished.stderr == "No rule was changed.\n  Rule 2: Nothing is pending. (nothing-pending)\n"


@pytest.mark.parametrize(("answer", "exit_code", "calls"), [("n", 1, 1), ("y", 0, 2)])
def test_on_a_terminal_a_verb_that_takes_away_asks(service: StandIn, answer: str, exit_code: int, calls: int) -> None:
    service.lay(REJECT_RULES, RuleVerbAnswer(preview=[preview_of(rule())]), RuleVerbAnswer(changed=[rule()]))
    environment = environment_for(service.url, ACCOUNT, PASSWORD)
    code, shown = on_terminal("reject", "1", environment=environment, dialogue=(("?", answer),))
    assert "Reject the pending version of 1 rule?" in shown
    assert "12 devices affected" in shown
    assert code == exit_code
    assert [body.get("preview", False) for body in bodies(service, REJECT_RULES)] == [True, False][:calls]
