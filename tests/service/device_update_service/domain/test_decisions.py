"""Every row of the decision table of contract 2.2, and the order in which several rules are decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, check, rule

from device_update_contract.checks import CheckRequest, ReportedModule
from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import MacAddress
from device_update_contract.reasons import REASON_NUMBER, ReasonCode, WhoActs
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, DecisionSettings, IdentifierType, TestDevice
from device_update_service.domain.decisions import (
    Decision,
    decide,
    installed_version,
    next_check_seconds,
)
from device_update_service.domain.rules import Rule

MAC = "00-04-F2-00-01-76"
TEST_DEVICE = TestDevice(1, "desk", IdentifierType.MAC, MAC)


def catalog(*rules: Rule, test: bool = False) -> CatalogSnapshot:
    return CatalogSnapshot(1, rules, [TEST_DEVICE] if test else [])


def test_1_a_test_device_is_offered_the_pending_version() -> None:
    decision = decide(check(FIRST), catalog(rule(pending=THIRD, approved=FIRST), test=True))
    assert decision.code is ReasonCode.PENDING_UPDATE_TEST_DEVICE
    assert decision.offer is not None
    assert decision.offer.update.version == THIRD
    assert decision.who_acts is WhoActs.DEVICE


def test_a_test_device_gets_the_approved_version_when_nothing_is_pending() -> None:
    decision = decide(check(FIRST), catalog(rule(approved=SECOND), test=True))
    assert decision.code is ReasonCode.APPROVED_UPDATE


def test_a_test_device_goes_back_to_the_approved_version_after_a_reject() -> None:
    decision = decide(check(THIRD), catalog(rule(approved=SECOND), test=True))
    assert (decision.code, decision.downgrade) == (ReasonCode.APPROVED_UPDATE, True)


def test_2_a_version_restored_by_roll_back_is_offered_as_rolled_back() -> None:
    decision = decide(check(SECOND), catalog(rule(approved=FIRST, approved_by_roll_back=True)))
    assert (decision.code, decision.downgrade) == (ReasonCode.ROLLED_BACK, True)
    assert decision.decided_by is not None
    assert (decision.decided_by.account, decision.decided_by.at, decision.decided_by.comment) == (
        "admin",
        NOW,
        "tested",
    )


def test_3_an_approved_version_that_is_not_installed_is_offered() -> None:
    decision = decide(check(FIRST), catalog(rule(approved=SECOND)))
    assert (decision.code, decision.downgrade) == (ReasonCode.APPROVED_UPDATE, False)
    assert decision.parameters["version"] == SECOND.text
    assert decision.text == f"Version {SECOND.text} is approved for this device."


def test_3_an_approved_version_is_offered_also_when_it_is_older() -> None:
    decision = decide(check(THIRD), catalog(rule(approved=SECOND)))
    assert (decision.code, decision.downgrade) == (ReasonCode.APPROVED_UPDATE, True)


def test_an_approved_version_is_offered_when_nothing_is_reported() -> None:
    decision = decide(check(), catalog(rule(approved=SECOND)))
    assert (decision.code, decision.downgrade) == (ReasonCode.APPROVED_UPDATE, False)


def test_a_module_of_another_name_tells_nothing_about_what_is_installed() -> None:
    decision = decide(check(SECOND, file_name="other.nbt"), catalog(rule(approved=SECOND)))
    assert decision.code is ReasonCode.APPROVED_UPDATE


def test_a_module_with_an_unreadable_version_counts_as_not_reported() -> None:
    facts = replace(
        check(),
        modules=(
            ReportedModule("CPE.nbt", None),
            ReportedModule("cpe.NBT", SECOND),
        ),
    )
    assert decide(facts, catalog(rule(approved=SECOND))).code is ReasonCode.UP_TO_DATE
    facts = replace(check(), modules=(ReportedModule("CPE.nbt", None),))
    assert decide(facts, catalog(rule(approved=SECOND))).code is ReasonCode.APPROVED_UPDATE


def test_one_of_several_reported_modules_that_differs_is_enough_for_an_offer() -> None:
    facts = replace(
        check(),
        modules=(
            ReportedModule("CPE.nbt", SECOND),
            ReportedModule("cpe.nbt", FIRST),
        ),
    )
    assert decide(facts, catalog(rule(approved=SECOND))).code is ReasonCode.APPROVED_UPDATE


def test_4_up_to_date_when_the_target_is_installed_whatever_its_spelling() -> None:
    decision = decide(check("1.0.522.0101", file_name="cpe.NBT"), catalog(rule(approved=FIRST)))
    assert (decision.code, decision.offer, decision.who_acts) == (ReasonCode.UP_TO_DATE, None, WhoActs.NOBODY)


def test_4_a_test_device_that_has_the_pending_version_is_up_to_date() -> None:
    decision = decide(check(THIRD), catalog(rule(pending=THIRD, approved=FIRST), test=True))
    assert decision.code is ReasonCode.UP_TO_DATE


def test_5_an_ordinary_device_waits_for_approval() -> None:
    decision = decide(check(FIRST), catalog(rule(pending=THIRD)))
    assert (decision.code, decision.offer) == (ReasonCode.WAITING_FOR_APPROVAL, None)
    assert decision.who_acts is WhoActs.ADMINISTRATOR
    assert THIRD.text in decision.text


@pytest.mark.parametrize("test", [False, True])
def test_6_nothing_approved_and_nothing_pending(test: bool) -> None:
    decision = decide(check(FIRST), catalog(rule(restore=FIRST), test=test))
    assert decision.code is ReasonCode.NOTHING_APPROVED


@pytest.mark.parametrize(
    "known",
    [rule(removed=True), rule(approved=SECOND, device_class=DeviceClass("UCPhone", "Polycom", "CX600", "A", "ENU"))],
)
def test_7_no_rule_matches_or_it_was_removed(known: Rule) -> None:
    decision = decide(check(FIRST), catalog(known))
    assert decision.code is ReasonCode.NO_RULE_FOR_DEVICE_CLASS
    assert "UCPhone Polycom CX700 A ENU" in decision.text


def test_the_reasons_are_numbered_as_the_table_does() -> None:
    assert [REASON_NUMBER[code] for code in ReasonCode] == [1, 2, 3, 4, 5, 6, 7]
    assert list(ReasonCode)[3:5] == [ReasonCode.UP_TO_DATE, ReasonCode.WAITING_FOR_APPROVAL]


def test_a_test_device_is_known_by_serial_without_regard_to_case() -> None:
    by_serial = CatalogSnapshot(1, [rule(pending=THIRD)], [TestDevice(1, "desk", IdentifierType.SERIAL, "07823-a345")])
    assert decide(check(serial="07823-A345", mac=None), by_serial).offer is not None
    assert decide(check(serial="07823-A346", mac=None), by_serial).offer is None


def several(*, looping: frozenset[int] = frozenset(), installed: Version | None = None) -> Decision:
    """A device that matches three rules; the first two would both be offered."""
    rules = [
        rule(number=3, update_type="Ringtones", pending=THIRD),
        rule(number=2, update_type="cpe-b", approved=THIRD),
        rule(number=1, update_type="CPE-A", approved=SECOND),
    ]
    return decide(check(installed), catalog(*rules), looping)


def test_rules_are_decided_in_the_order_of_update_type_and_more_is_due() -> None:
    decision = several()
    assert (decision.rule_id, decision.more_due) == (1, True)


def test_a_rule_in_an_install_loop_comes_last() -> None:
    assert several(looping=frozenset({1})).rule_id == 2
    assert several(looping=frozenset({1})).more_due
    assert several(looping=frozenset({1, 2})).rule_id == 1


def test_a_rule_in_an_install_loop_is_still_offered() -> None:
    assert decide(check(), catalog(rule(approved=FIRST)), frozenset({1})).offer is not None


def test_nothing_more_is_due_when_the_other_rule_has_nothing_to_offer() -> None:
    decision = several(installed=SECOND)
    assert (decision.rule_id, decision.more_due) == (2, False)


def test_without_an_offer_the_reason_with_the_smallest_number_is_given() -> None:
    rules = [
        rule(number=1, update_type="A"),
        rule(number=2, update_type="B", pending=THIRD),
        rule(number=3, update_type="C"),
    ]
    assert decide(check(), catalog(*rules)).code is ReasonCode.WAITING_FOR_APPROVAL
    rules.append(rule(number=4, update_type="D", approved=FIRST))
    assert decide(check(FIRST), catalog(*rules)).code is ReasonCode.UP_TO_DATE


@pytest.mark.parametrize(
    ("more_due", "is_test_device", "spread", "expected"),
    [
        (False, False, 0.0, 86400),
        (False, False, 1.0, 95040),
        (False, False, -1.0, 77760),
        (False, True, 1.0, 900),
        (True, False, 1.0, 600),
        (True, True, 1.0, 600),
    ],
)
def test_only_the_ordinary_interval_is_spread(
    more_due: bool, is_test_device: bool, spread: float, expected: int
) -> None:
    settings = DecisionSettings(more_due_check_interval_seconds=600)
    decision = several() if more_due else several(installed=SECOND)
    assert next_check_seconds(decision, is_test_device=is_test_device, settings=settings, spread=spread) == expected


@given(st.floats(-1, 1))
def test_the_spread_never_leaves_ten_per_cent(spread: float) -> None:
    seconds = next_check_seconds(
        several(installed=SECOND), is_test_device=False, settings=DecisionSettings(), spread=spread
    )
    assert 77760 <= seconds <= 95040


def test_the_installed_version_shown_is_that_of_the_rules_files() -> None:
    facts = replace(
        check(),
        modules=(
            ReportedModule("boot.bin", THIRD),
            ReportedModule("CPE.nbt", FIRST),
        ),
    )
    assert installed_version(facts, catalog(rule(approved=SECOND))) == FIRST
    assert installed_version(facts, catalog()) == THIRD
    assert installed_version(check(), catalog(rule(approved=SECOND))) is None


_versions = st.sampled_from([FIRST, SECOND, THIRD])
_maybe = st.none() | _versions


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    held = draw(st.permutations([FIRST, SECOND, THIRD]))
    return rule(
        pending=held[0] if draw(st.booleans()) else None,
        approved=held[1] if draw(st.booleans()) else None,
        approved_by_roll_back=draw(st.booleans()),
        removed=draw(st.booleans()),
        number=draw(st.integers(1, 1000)),
        update_type=draw(st.sampled_from(["A", "b", "C"])),
    )


@given(
    rules=st.lists(_rules(), max_size=4, unique_by=(lambda r: r.id, lambda r: r.update_type)),
    modules=st.lists(st.builds(ReportedModule, st.sampled_from(["CPE.nbt", "cpe.NBT", "x.bin"]), _maybe), max_size=3),
    test=st.booleans(),
    looping=st.frozensets(st.integers(1, 1000)),
)
def test_a_decision_never_offers_what_is_installed_nor_pending_to_an_ordinary_device(
    rules: list[Rule], modules: list[ReportedModule], test: bool, looping: frozenset[int]
) -> None:
    facts = CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress(MAC), modules=tuple(modules))
    decision = decide(facts, catalog(*rules, test=test), looping)
    reported = [module.version for module in modules if module.version and module.file_name.lower() == "cpe.nbt"]
    due = []
    for one in rules:
        target = (test and one.pending) or one.approved
        if target and not one.removed and not (reported and all(v == target.update.version for v in reported)):
            due.append((one.id in looping, one.update_type.lower(), one.id, target.update.version))
    if not due:
        assert decision.offer is None
        return
    first = min(due)
    assert decision.offer is not None
    assert (decision.offer.rule.id, decision.offer.update.version) == (first[2], first[3])
    assert decision.more_due == (len(due) > 1)
    assert decision.downgrade == any(version > first[3] for version in reported)
