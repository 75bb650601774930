"""Which versions of a rule's history can be rolled back to."""

from __future__ import annotations

from tests.support.administration_samples import history_entry, rule, version

from device_update_console.core.verbs.rule_history import can_roll_back_to, history_verb_text, roll_back_choices

OLD, NEW, NEWEST = "1.0.522.101", "4.0.7577.4366", "4.0.7577.4387"


def test_every_version_that_was_approved_can_be_chosen_once_but_the_approved_one_and_those_without_files() -> None:
    history = [
        history_entry("7", "roll-back", NEW),
        history_entry("6", "approve", NEWEST),
        history_entry("5", "import", NEWEST),
        history_entry("4", "approve", NEW),
        history_entry("2", "approve", OLD, stored=False),
    ]
    choices = roll_back_choices(rule(approved=version(NEW)), history)
    assert [(choice.version, choice.why_not) for choice in choices] == [
        (NEW, "It is the approved version."),
        (NEWEST, ""),
        (OLD, "Its files are no longer stored."),
    ]


def test_one_version_written_in_two_ways_is_one_choice() -> None:
    history = [history_entry("2", "approve", "1.0.522.101"), history_entry("1", "approve", "1.0.522.0101")]
    assert len(roll_back_choices(rule(), history)) == 1


def test_an_entry_that_approved_nothing_cannot_be_rolled_back_to() -> None:
    approved = rule(approved=version(NEWEST))
    assert can_roll_back_to(approved, history_entry("1", "import", NEW)) == "It was not approved by this."
    assert can_roll_back_to(approved, history_entry("1", "approve", NEW)) == ""
    assert can_roll_back_to(approved, history_entry("1", "approve", NEWEST)) == "It is the approved version."


def test_a_verb_of_a_newer_service_is_shown_as_it_is() -> None:
    assert history_verb_text("pause") == "pause"
