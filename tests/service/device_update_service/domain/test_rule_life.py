"""Random sequences of verbs: nothing approved is ever forgotten, and each state has one decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.support.sample_rules import CX700, NOW, update

from device_update_contract.checks import CheckRequest, ReportedModule
from device_update_contract.identifiers import MacAddress
from device_update_contract.reasons import OFFERING_REASONS, WHO_ACTS, ReasonCode
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, IdentifierType, TestDevice
from device_update_service.domain.decisions import decide
from device_update_service.domain.purging import plan_purge
from device_update_service.domain.rules import ROLLING_BACK_VERBS, HistoryEntry, Rule, RuleState, Verb
from device_update_service.domain.transitions import apply
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

VERSIONS = [Version.parse(text) for text in ("1", "2", "3", "4")]
TEST_MAC, ORDINARY_MAC = "00-04-F2-00-00-01", "00-04-F2-00-00-02"


class RuleLife(RuleBasedStateMachine):
    """One rule under any sequence of verbs, with a plain record of what must be remembered beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.rule = Rule(id=1, device_class=CX700, update_type="CPE", vendor="Polycom")
        self.now: datetime = NOW
        self.ever_approved: list[Version] = []
        self.ever_rolled_back: set[Version] = set()
        self.history: tuple[HistoryEntry, ...] = ()
        self.served: dict[int, datetime | None] = {}

    def attempt(self, action: Action) -> Transition | None:
        self.now += timedelta(hours=1)
        before = self.rule
        try:
            transition = apply(before, action, account="admin", now=self.now)
        except VerbRefused:
            return None
        self.rule = transition.rule
        assert self.rule.change_number == before.change_number + transition.changed
        assert self.rule.history == (*self.history, *transition.entries)
        assert transition.changed or self.rule is before
        self.history = self.rule.history
        self.remember_served(before, transition)
        return transition

    def remember_served(self, before: Rule, transition: Transition) -> None:
        referred = {slot.update.id for slot in self.rule.slots().values()}
        left = {slot.update.id for slot in before.slots().values()} - referred
        assert left <= transition.stops_serving | transition.serve_until_grace
        assert not referred & (transition.stops_serving | transition.serve_until_grace)
        for number in transition.stops_serving:
            self.served.pop(number, None)
        for number in transition.serve_until_grace:
            self.served[number] = self.now + timedelta(hours=24)

    @rule(version=st.sampled_from(VERSIONS), vendor=st.sampled_from(["Polycom", "POLYCOM", "LG-Nortel"]))
    def import_version(self, version: Version, vendor: str) -> None:
        approved = self.rule.approved
        transition = self.attempt(Import(update(version), vendor))
        assert transition is not None
        assert self.rule.approved == approved

    @rule(version=st.sampled_from(VERSIONS))
    def import_other_content(self, version: Version) -> None:
        if self.rule.update_of(version) is not None:
            assert self.attempt(Import(update(version, content="other"), "Polycom")) is None

    @rule()
    def approve(self) -> None:
        pending = self.rule.pending
        transition = self.attempt(Approve())
        assert (transition is None) == (pending is None)
        if pending is not None:
            self.ever_approved.append(pending.update.version)

    @rule(version=st.sampled_from(VERSIONS))
    def import_and_approve(self, version: Version) -> None:
        self.import_version(version, "Polycom")
        self.approve()

    @rule()
    def reject(self) -> None:
        pending = self.rule.pending
        assert (self.attempt(Reject()) is None) == (pending is None)

    @rule()
    def roll_back(self) -> None:
        restore, approved = self.rule.restore, self.rule.approved
        assert (self.attempt(RollBack()) is None) == (restore is None)
        if restore is not None:
            self.ever_approved.append(restore.update.version)
            self.ever_rolled_back |= {approved.update.version} if approved else set()

    @rule(version=st.sampled_from(VERSIONS))
    def roll_back_to(self, version: Version) -> None:
        approved, known = self.rule.approved, self.rule.update_of(version)
        allowed = (
            version in self.ever_approved
            and (approved is None or approved.update.version != version)
            and known is not None
            and known.stored
        )
        assert (self.attempt(RollBackTo(version)) is not None) == allowed
        if allowed:
            self.ever_approved.append(version)
            self.ever_rolled_back |= {approved.update.version} if approved else set()

    @rule()
    def remove(self) -> None:
        assert self.attempt(Remove()) is not None
        assert self.rule.state is RuleState.REMOVED
        assert self.served == {}

    @rule(keep=st.integers(0, 3))
    def purge(self, keep: int) -> None:
        plan = plan_purge(
            self.rule,
            now=self.now,
            keep_earlier_versions=keep,
            serve_until={number: until for number, until in self.served.items() if until is not None},
            last_referred_at={},
        )
        gone = {going.id for going in plan.updates}
        assert not gone & {slot.update.id for slot in self.rule.slots().values()}
        self.rule = replace(
            self.rule,
            updates=tuple(replace(known, stored=known.stored and known.id not in gone) for known in self.rule.updates),
        )

    @invariant()
    def no_approved_version_is_ever_forgotten(self) -> None:
        assert set(self.rule.approved_versions()) == set(self.ever_approved)
        if self.ever_approved:
            assert self.rule.approved_versions()[0] == self.ever_approved[-1]
        marked = {entry.replaced for entry in self.history if entry.verb in ROLLING_BACK_VERBS} - {None}
        assert marked == self.ever_rolled_back
        if self.rule.approved is not None:
            assert self.rule.approved.update.version == self.ever_approved[-1]

    @invariant()
    def slots_hold_pairwise_different_versions_that_are_stored(self) -> None:
        held = [slot.update for slot in self.rule.slots().values()]
        assert len({one.version for one in held}) == len(held)
        stored = {known.id for known in self.rule.updates if known.stored}
        assert {one.id for one in held} <= stored

    @invariant()
    def every_state_has_one_decision_that_never_offers_what_is_installed(self) -> None:
        catalog = CatalogSnapshot(1, [self.rule], [TestDevice(1, "desk", IdentifierType.MAC, TEST_MAC)])
        pending, approved = self.rule.pending, self.rule.approved
        for mac in (TEST_MAC, ORDINARY_MAC):
            for installed in (None, *VERSIONS):
                modules = () if installed is None else (ReportedModule("cpe.nbt", installed),)
                request = CheckRequest("ucphone", "POLYCOM", "cx700", "a", "enu", MacAddress(mac), modules=modules)
                decision = decide(request, catalog)
                assert decision.who_acts is WHO_ACTS[decision.code]
                assert decision.text.endswith(".")
                assert (decision.offer is not None) == (decision.code in OFFERING_REASONS)
                if self.rule.removed:
                    assert decision.code is ReasonCode.NO_RULE_FOR_DEVICE_CLASS
                if decision.offer is None:
                    continue
                offered = decision.offer.update.version
                assert offered != installed
                assert decision.downgrade == (installed is not None and offered < installed)
                if mac == ORDINARY_MAC or pending is None:
                    assert approved is not None
                    assert offered == approved.update.version
                    assert (decision.code is ReasonCode.ROLLED_BACK) == (approved.verb is not Verb.APPROVE)
                else:
                    assert offered == pending.update.version


TestRuleLife = RuleLife.TestCase
TestRuleLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
