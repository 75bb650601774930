"""Every row of the verb table of contract 2.1, and the order of an import's checks."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, rule, update

from device_update_contract.reasons import NoticeCode, VerbRefusalCode
from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, RuleState, Verb
from device_update_service.domain.transitions import TRANSITIONS, VERB_OF, apply
from device_update_service.domain.verbs import (
    Action,
    Approve,
    Import,
    Reject,
    Remove,
    RollBack,
    RollBackTo,
    Transition,
    VerbRefused,
)


def carry_out(before: Rule, *actions: Action) -> Transition:
    """Apply verbs one after the other and give the last transition."""
    for action in actions:
        transition = apply(before, action, account="admin", now=NOW, comment="why not")
        before = transition.rule
    return transition


def imported(version: Version, vendor: str = "Polycom") -> Import:
    return Import(update(version), vendor)


def versions(of: Rule) -> dict[str, str]:
    return {name.value: slot.update.version.text for name, slot in of.slots().items()}


def refusal(before: Rule, action: Action, expected_change_number: int | None = None) -> VerbRefused:
    with pytest.raises(VerbRefused) as caught:
        apply(before, action, account="admin", now=NOW, expected_change_number=expected_change_number)
    return caught.value


def test_import_makes_the_version_pending_and_says_who_did_it() -> None:
    after = carry_out(rule(), imported(FIRST)).rule
    assert versions(after) == {"pending": FIRST.text}
    assert after.pending is not None
    assert (after.pending.account, after.pending.comment, after.pending.verb) == ("admin", "why not", Verb.IMPORT)
    assert after.change_number == 1


def test_approve_moves_pending_to_approved_and_approved_to_restore() -> None:
    after = carry_out(rule(pending=SECOND, approved=FIRST), Approve()).rule
    assert versions(after) == {"approved": SECOND.text, "restore": FIRST.text}
    assert not after.approved_by_roll_back


def test_approve_keeps_restore_when_nothing_was_approved() -> None:
    after = carry_out(rule(pending=SECOND, restore=FIRST), Approve()).rule
    assert versions(after) == {"approved": SECOND.text, "restore": FIRST.text}


def test_approve_serves_the_version_that_leaves_restore_for_the_grace() -> None:
    transition = carry_out(rule(pending=THIRD, approved=SECOND, restore=FIRST), Approve())
    assert transition.serve_until_grace == {update(FIRST).id}
    assert transition.stops_serving == frozenset()


def test_reject_takes_pending_away_and_stops_its_files_at_once() -> None:
    transition = carry_out(rule(pending=SECOND, approved=FIRST), Reject())
    assert versions(transition.rule) == {"approved": FIRST.text}
    assert transition.stops_serving == {update(SECOND).id}
    assert transition.serve_until_grace == frozenset()


def test_a_rule_left_with_no_version_after_reject_is_empty() -> None:
    assert carry_out(rule(pending=FIRST), Reject()).rule.state is RuleState.EMPTY


def test_roll_back_restores_keeps_pending_and_marks_the_version_rolled_back() -> None:
    transition = carry_out(rule(pending=THIRD, approved=SECOND, restore=FIRST), RollBack())
    assert versions(transition.rule) == {"pending": THIRD.text, "approved": FIRST.text}
    assert transition.rule.approved_by_roll_back
    assert [entry.replaced for entry in transition.entries] == [SECOND]
    assert transition.stops_serving == {update(SECOND).id}


def test_roll_back_works_when_nothing_is_approved() -> None:
    assert versions(carry_out(rule(restore=FIRST), RollBack()).rule) == {"approved": FIRST.text}


def test_roll_back_to_an_earlier_version_empties_restore() -> None:
    before = carry_out(rule(), imported(FIRST), Approve(), imported(SECOND), Approve(), imported(THIRD), Approve()).rule
    transition = carry_out(before, RollBackTo(FIRST))
    assert versions(transition.rule) == {"approved": FIRST.text}
    assert transition.rule.approved_by_roll_back
    assert transition.stops_serving == {update(SECOND).id, update(THIRD).id}
    assert [entry.replaced for entry in transition.entries] == [THIRD]


def test_roll_back_to_the_pending_version_clears_pending_and_says_so() -> None:
    before = carry_out(
        rule(), imported(FIRST), Approve(), imported(SECOND), Approve(), imported(THIRD), Approve(), imported(FIRST)
    ).rule
    transition = carry_out(before, RollBackTo(FIRST))
    assert versions(transition.rule) == {"approved": FIRST.text}
    assert [(notice.code, notice.parameters) for notice in transition.notices] == [
        (NoticeCode.SLOT_CLEARED, {"slot": "pending", "version": FIRST.text})
    ]


def test_importing_the_restore_version_again_moves_it_to_pending_and_says_so() -> None:
    transition = carry_out(rule(approved=SECOND, restore=FIRST), imported(FIRST))
    assert versions(transition.rule) == {"pending": FIRST.text, "approved": SECOND.text}
    assert (NoticeCode.SLOT_CLEARED, {"slot": "restore", "version": FIRST.text}) in [
        (notice.code, notice.parameters) for notice in transition.notices
    ]
    assert transition.serve_until_grace == frozenset()


def test_an_approval_after_a_roll_back_is_an_approval_again() -> None:
    rolled_back = carry_out(rule(approved=SECOND, restore=FIRST), RollBack()).rule
    assert rolled_back.approved_by_roll_back
    after = carry_out(rolled_back, imported(THIRD)).rule
    assert after.approved_by_roll_back
    assert not carry_out(after, Approve()).rule.approved_by_roll_back


def test_remove_clears_all_slots_and_stops_every_file_of_the_rule() -> None:
    before = carry_out(
        rule(), imported(FIRST), Approve(), imported(SECOND), Approve(), imported(THIRD), imported(Version.parse("9"))
    ).rule
    transition = carry_out(before, Remove())
    assert transition.rule.slots() == {}
    assert transition.rule.state is RuleState.REMOVED
    assert transition.stops_serving == {known.id for known in before.updates}
    assert transition.rule.history[: len(before.history)] == before.history


def test_removing_a_removed_rule_changes_nothing() -> None:
    removed = carry_out(rule(pending=FIRST), Remove()).rule
    transition = carry_out(removed, Remove())
    assert not transition.changed
    assert transition.rule is removed


def test_importing_for_a_removed_rule_continues_it_with_its_id_and_history() -> None:
    removed = carry_out(rule(number=7), imported(FIRST), Approve(), Remove()).rule
    after = carry_out(removed, imported(SECOND)).rule
    assert (after.id, after.removed, after.state) == (7, False, RuleState.PENDING)
    assert [entry.verb for entry in after.history] == [Verb.IMPORT, Verb.APPROVE, Verb.REMOVE, Verb.IMPORT]
    assert versions(carry_out(after, RollBackTo(FIRST)).rule) == {"pending": SECOND.text, "approved": FIRST.text}


@pytest.mark.parametrize(
    ("before", "action", "code"),
    [
        (rule(approved=FIRST), Approve(), VerbRefusalCode.NOTHING_PENDING),
        (rule(approved=FIRST), Reject(), VerbRefusalCode.NOTHING_PENDING),
        (rule(approved=FIRST), RollBack(), VerbRefusalCode.NO_EARLIER_VERSION),
        (rule(approved=FIRST), RollBackTo(FIRST), VerbRefusalCode.ALREADY_APPROVED),
        (rule(approved=FIRST, pending=SECOND), RollBackTo(SECOND), VerbRefusalCode.NO_EARLIER_VERSION),
        (rule(approved=FIRST), RollBackTo(THIRD), VerbRefusalCode.NO_EARLIER_VERSION),
    ],
    ids=str,
)
def test_a_verb_that_is_not_allowed_is_refused_with_its_code(
    before: Rule, action: Action, code: VerbRefusalCode
) -> None:
    refused = refusal(before, action)
    assert refused.refusal is code
    assert refused.code == code.value
    assert refused.sentence.endswith(".")


def test_rolling_back_to_a_version_never_approved_names_it() -> None:
    assert THIRD.text in refusal(rule(approved=FIRST), RollBackTo(THIRD)).sentence


def test_rolling_back_to_a_purged_version_is_refused() -> None:
    before = carry_out(rule(), imported(FIRST), Approve(), imported(SECOND), Approve(), imported(THIRD), Approve()).rule
    purged = replace(before, updates=tuple(replace(known, stored=known.version != FIRST) for known in before.updates))
    assert refusal(purged, RollBackTo(FIRST)).refusal is VerbRefusalCode.VERSION_NOT_STORED
    stored_again = carry_out(purged, imported(FIRST), Reject()).rule
    assert versions(carry_out(stored_again, RollBackTo(FIRST)).rule) == {"approved": FIRST.text}


@pytest.mark.parametrize("action", [Approve(), Reject(), RollBack(), RollBackTo(FIRST), Remove(), imported(THIRD)])
def test_a_stale_change_number_is_refused_before_anything_else(action: Action) -> None:
    refused = refusal(replace(rule(), change_number=8), action, expected_change_number=7)
    assert refused.refusal is VerbRefusalCode.CHANGED_MEANWHILE
    assert refused.parameters == {"change_number": 8, "expected_change_number": 7}


def test_the_right_change_number_is_accepted_and_grows_by_one() -> None:
    before = replace(rule(pending=FIRST), change_number=8)
    after = apply(before, Approve(), account="admin", now=NOW, expected_change_number=8).rule
    assert after.change_number == 9


def test_of_two_clients_that_approve_at_once_the_second_is_told_so() -> None:
    approved = carry_out(rule(pending=FIRST), Approve()).rule
    assert refusal(approved, Approve()).refusal is VerbRefusalCode.NOTHING_PENDING
    assert refusal(approved, Approve(), expected_change_number=0).refusal is VerbRefusalCode.CHANGED_MEANWHILE


# --- the checks of an import, in their order ------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("before", [rule(approved=FIRST), rule(pending=FIRST), rule(restore=FIRST)], ids=str)
def test_import_of_a_known_version_with_other_content_is_refused_also_after_a_purge(before: Rule, stored: bool) -> None:
    known = replace(before, updates=tuple(replace(update, stored=stored) for update in before.updates))
    other = Import(update(FIRST, content="other bytes"), "Other vendor")
    assert refusal(known, other).refusal is VerbRefusalCode.VERSION_CONTENT_DIFFERS


def test_other_content_is_seen_in_the_signature_alone() -> None:
    new = update(FIRST)
    unsigned = replace(new, files=(replace(new.files[0], signature=None, signature_sha256=None),))
    assert refusal(rule(approved=FIRST), Import(unsigned, "Polycom")).refusal is VerbRefusalCode.VERSION_CONTENT_DIFFERS


def test_a_file_name_in_another_case_is_the_same_content() -> None:
    new = update(FIRST)
    renamed = replace(new, files=(replace(new.files[0], name="cpe.NBT"),))
    transition = carry_out(rule(pending=FIRST), Import(renamed, "Polycom"))
    assert [notice.code for notice in transition.notices] == [NoticeCode.UNCHANGED]


def test_import_of_the_approved_version_warns_and_changes_nothing() -> None:
    before = rule(approved=FIRST)
    transition = carry_out(before, imported(FIRST))
    assert not transition.changed
    assert transition.rule is before
    assert [notice.code for notice in transition.notices] == [NoticeCode.ALREADY_APPROVED]


def test_import_of_the_pending_version_is_unchanged() -> None:
    transition = carry_out(rule(pending=FIRST), imported(FIRST))
    assert not transition.changed
    assert [notice.code for notice in transition.notices] == [NoticeCode.UNCHANGED]


def test_import_of_another_vendor_changes_the_vendor_even_where_the_version_is_approved() -> None:
    transition = carry_out(rule(approved=FIRST), imported(FIRST, vendor="LG-Nortel"))
    assert transition.rule.vendor == "LG-Nortel"
    assert (transition.changed, transition.rule.change_number, len(transition.entries)) == (True, 1, 1)
    assert [n.code for n in transition.notices] == [NoticeCode.VENDOR_CHANGED, NoticeCode.ALREADY_APPROVED]


def test_the_same_vendor_in_another_case_keeps_the_first_spelling() -> None:
    transition = carry_out(rule(approved=FIRST), imported(SECOND, vendor="POLYCOM"))
    assert transition.rule.vendor == "Polycom"
    assert transition.notices == ()


def test_import_over_another_pending_version_replaces_it_and_serves_it_for_the_grace() -> None:
    transition = carry_out(rule(pending=FIRST), imported(SECOND))
    assert versions(transition.rule) == {"pending": SECOND.text}
    assert [notice.code for notice in transition.notices] == [NoticeCode.REPLACED_PENDING]
    assert transition.serve_until_grace == {update(FIRST).id}


def test_import_of_a_version_older_than_the_approved_one_warns() -> None:
    transition = carry_out(rule(approved=SECOND), imported(FIRST))
    assert [notice.code for notice in transition.notices] == [NoticeCode.OLDER_THAN_APPROVED]
    assert versions(transition.rule) == {"pending": FIRST.text, "approved": SECOND.text}


def test_a_version_spelled_otherwise_is_the_same_version() -> None:
    transition = carry_out(rule(approved=FIRST), Import(update("1.0.522.0101"), "Polycom"))
    assert [notice.code for notice in transition.notices] == [NoticeCode.ALREADY_APPROVED]


def test_a_known_version_keeps_its_update_id() -> None:
    known = carry_out(rule(), imported(FIRST), Reject()).rule
    transition = carry_out(known, Import(update(FIRST, number=999), "Polycom"))
    assert transition.update is not None
    assert transition.update.id == update(FIRST).id
    assert len(transition.rule.updates) == 1


def test_every_verb_has_a_row_and_an_action() -> None:
    assert set(TRANSITIONS) == set(Verb) == set(VERB_OF.values())


@pytest.mark.parametrize("slots", list(product([False, True], repeat=3)), ids=str)
@pytest.mark.parametrize(
    "action", [imported(Version.parse("7")), Approve(), Reject(), RollBack(), RollBackTo(FIRST), Remove()], ids=str
)
def test_every_verb_in_every_state_is_carried_out_or_refused_with_a_code_of_the_contract(
    action: Action, slots: tuple[bool, bool, bool]
) -> None:
    pending, approved, restore = slots
    before = rule(
        pending=THIRD if pending else None,
        approved=SECOND if approved else None,
        restore=FIRST if restore else None,
    )
    allowed = {
        Import: True,
        Approve: pending,
        Reject: pending,
        RollBack: restore,
        RollBackTo: False,  # the sample rule has no history of approvals
        Remove: True,
    }[type(action)]
    if allowed:
        after = apply(before, action, account="admin", now=NOW)
        assert after.changed
        assert after.rule.change_number == before.change_number + 1
        assert len(after.entries) == (0 if isinstance(action, Remove) and not any(slots) else 1)
    else:
        assert refusal(before, action).refusal in set(VerbRefusalCode)
