"""What is asked before a verb on rules, from the service's preview, and what is told after it."""

from __future__ import annotations

import pytest
from tests.support.administration_samples import MORNING, history_entry, preview_of, rule

from device_update_console.core.texts.formats import moment_text
from device_update_console.core.verbs.rule_confirmations import (
    APPROVE,
    MOST_NAMED_RULES,
    REJECT,
    REMOVE,
    ROLL_BACK,
    ROLL_BACK_TO,
    RuleVerb,
    changed_meanwhile,
    changed_since,
    confirm,
    outcome_of,
)
from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.rules import (
    PendingTest,
    RefusedRule,
    RuleFilter,
    RuleReference,
    RuleVerbAnswer,
    RuleVerbRequest,
)

OLD, NEW = "4.0.7577.4366", "4.0.7577.4387"
NAME = "Polycom CX700 A ENU CPE"
ASKED = VerbTargets([rule()]).rules_preview()


def test_the_question_says_what_happens_to_how_many_devices_and_counts_downgrades_apart() -> None:
    test = PendingTest(devices=4, installed=3, failed=1)
    preview = preview_of(rule(pending_test=test), devices_affected=1204, downgrades=2, bytes=62_000_000)
    confirmation = confirm(APPROVE, ASKED, RuleVerbAnswer(preview=[preview]))
    question = confirmation.question
    assert question.question == f"Approve the pending version of {NAME}?"
    assert question.effects[1] == (
        "1,204 devices are affected. 2 of them go back to an older version. They download 62.0 MB in all."
    )
    assert confirmation.rows == ((NAME, NEW, "1,204", "2", "62.0 MB", "3 of 4 installed, 1 failed"),)
    assert question.warnings == ("The installation failed on 1 test device.",)


@pytest.mark.parametrize(
    ("installed", "warned"), [pytest.param(0, True, id="on none"), pytest.param(1, False, id="on one")]
)
def test_approving_what_no_test_device_has_installed_is_warned_of(installed: int, *, warned: bool) -> None:
    preview = preview_of(rule(installed_on_test_devices=installed))
    warnings = confirm(APPROVE, ASKED, RuleVerbAnswer(preview=[preview])).question.warnings
    assert warnings == ((f"No test device has installed {NEW} for {NAME}.",) if warned else ())
    assert confirm(REJECT, ASKED, RuleVerbAnswer(preview=[preview])).question.warnings == ()


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        pytest.param(APPROVE, {"Downgrades", "Download", "Tested On"}, id="approve"),
        pytest.param(REJECT, {"Tested On"}, id="reject"),
        pytest.param(ROLL_BACK, {"Downgrades", "Download"}, id="roll back"),
        pytest.param(REMOVE, set(), id="remove"),
    ],
)
def test_a_row_tells_only_what_the_verb_can_bring_about(verb: RuleVerb, told: set[str]) -> None:
    confirmation = confirm(verb, ASKED, RuleVerbAnswer(preview=[preview_of(rule(), devices_affected=0)]))
    assert set(confirmation.titles) == {"Update", "Version", "Devices"} | told
    assert [len(row) for row in confirmation.rows] == [len(confirmation.titles)]
    assert confirmation.question.effects[1] == "No device is affected."


def test_the_request_names_the_rules_as_they_were_shown() -> None:
    previews = [preview_of(rule(number, change_number=10 + int(number))) for number in ("1", "2")]
    refused = RefusedRule(id="3", code="nothing-pending", detail="No version is pending for this rule.")
    confirmation = confirm(APPROVE, ASKED, RuleVerbAnswer(preview=previews, refused=[refused]), {"3": "Polycom CX3000"})
    assert confirmation.request is not None
    assert confirmation.request.rules == [
        RuleReference(id="1", change_number=11),
        RuleReference(id="2", change_number=12),
    ]
    assert not confirmation.request.preview
    assert confirmation.question.refused == ("Polycom CX3000: No version is pending for this rule. (nothing-pending)",)


def test_rolling_back_to_a_version_names_it_in_the_question_and_in_the_request() -> None:
    preview = preview_of(rule())
    confirmation = confirm(ROLL_BACK_TO, ASKED.model_copy(update={"version": OLD}), RuleVerbAnswer(preview=[preview]))
    assert confirmation.question.question == f"Roll {NAME} back to version {OLD}?"
    assert confirmation.request is not None
    assert confirmation.request.version == OLD


def test_there_is_nothing_to_say_yes_to_when_every_rule_is_refused() -> None:
    refused = RefusedRule(id="1", code="nothing-pending", detail="No version is pending for this rule.")
    confirmation = confirm(APPROVE, ASKED, RuleVerbAnswer(refused=[refused]), {"1": NAME})
    assert confirmation.request is None
    assert not confirmation.question.may_be_done
    assert confirmation.question.refused == (f"{NAME}: No version is pending for this rule. (nothing-pending)",)


def test_an_outcome_has_a_line_for_each_update_that_was_changed_or_refused() -> None:
    refused = RefusedRule(id="3", code="unknown-rule", detail="There is no such rule.")
    answer = RuleVerbAnswer(changed=[rule("1"), rule("2", model="CX500")], refused=[refused])
    outcome = outcome_of(APPROVE, answer, {"3": "Polycom CX3000"})
    assert outcome.summary == "2 updates were approved. 1 update was not changed."
    assert outcome.lines == (
        f"Approved: {NAME}.",
        "Approved: Polycom CX500 A ENU CPE.",
        "Polycom CX3000: There is no such rule. (unknown-rule)",
    )
    assert outcome.any_refused


def test_what_somebody_else_did_meanwhile_is_told_with_who_and_when() -> None:
    refused = RefusedRule(id="1", code="changed-meanwhile", detail="This rule was changed meanwhile.")
    answer = RuleVerbAnswer(refused=[refused])
    assert changed_meanwhile(answer) == ["1"]
    outcome = outcome_of(APPROVE, answer, {"1": NAME}, {"1": history_entry("9", "approve", NEW, account="otto")})
    (line,) = outcome.lines
    assert line == (
        f"{NAME}: While you were being asked, otto changed it at {moment_text(MORNING)} (Approved, version {NEW}), "
        "so it was left as it is now. Look at it again. (changed-meanwhile)"
    )


def test_what_somebody_else_changes_while_the_question_is_open_is_said_by_name() -> None:
    previews = [preview_of(rule(number, change_number=10 + int(number))) for number in ("1", "2")]
    confirmation = confirm(APPROVE, ASKED, RuleVerbAnswer(preview=previews))
    assert changed_since(confirmation, RuleVerbAnswer(preview=previews)) == ""
    changed = preview_of(rule("2", change_number=13, model="CX500"))
    assert changed_since(confirmation, RuleVerbAnswer(preview=[previews[0], changed])).endswith(f" now: {NAME}.")
    assert changed_since(confirmation, RuleVerbAnswer(preview=[previews[0]])).endswith(f" now: {NAME}.")


def test_more_rules_than_one_request_may_name_are_meant_by_the_filter_and_the_count_that_was_seen() -> None:
    asked = VerbTargets(matching=RuleFilter(state="pending"), expected_count=MOST_NAMED_RULES + 2).rules_preview()
    previews = [preview_of(rule(str(number))) for number in range(MOST_NAMED_RULES + 1)]
    refused = RefusedRule(id="90000", code="nothing-pending", detail="No version is pending.")
    named = confirm(APPROVE, asked, RuleVerbAnswer(preview=previews[:-1], refused=[refused])).request
    assert named is not None
    assert named.filter is None
    assert len(named.rules or ()) == MOST_NAMED_RULES
    confirmation = confirm(APPROVE, asked, RuleVerbAnswer(preview=previews, refused=[refused]))
    assert confirmation.request == RuleVerbRequest(
        filter=RuleFilter(state="pending"), expected_count=MOST_NAMED_RULES + 2
    )
    assert len(confirmation.rows) == 500
    assert confirmation.question.effects[-1] == "Only the first 500 are listed."
    assert changed_since(confirmation, RuleVerbAnswer(preview=previews)) == ""
    assert "answer No and look again" in changed_since(confirmation, RuleVerbAnswer(preview=previews[1:]))
