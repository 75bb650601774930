"""A rule prepared for the check: its targets and every decision it can give, made once per catalog (contract 2.2).

A check runs thousands of times a second; here is what does not depend on the device, so that deciding only compares
version numbers and picks a ready decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from device_update_contract.identifiers import file_name_key
from device_update_contract.reasons import WHO_ACTS, Parameters, ReasonCode, WhoActs
from device_update_contract.sentences import reason_sentence
from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, Slot, Update


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Who made the target what it is, when and why."""

    account: str
    at: datetime
    comment: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The update to install, with the rule that gives its path."""

    rule: Rule
    update: Update


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a check. Shared between checks, most are made once per catalog: never changed."""

    code: ReasonCode
    parameters: Parameters
    who_acts: WhoActs
    downgrade: bool = False
    decided_by: DecidedBy | None = None
    offer: Offer | None = None
    more_due: bool = False
    rule_id: int | None = None

    @property
    def text(self) -> str:
        """The English sentence."""
        return reason_sentence(self.code, self.parameters)


@dataclass(frozen=True, slots=True)
class Target:
    """The version a device is to have by one rule. `offers` is indexed by downgrade + 2 x more due."""

    numbers: tuple[int, int, int, int]
    file_keys: frozenset[str]
    up_to_date: Decision
    offers: tuple[Decision, Decision, Decision, Decision]

    def installed_versions(self, modules: Iterable[tuple[str, Version | None, str | None]]) -> list[Version]:
        """The readable versions that a device reports for this target's image files."""
        keys = self.file_keys
        return [version for name, version, _ in modules if version is not None and (file_name_key(name) in keys)]


@dataclass(frozen=True, slots=True)
class PreparedRule:
    """A rule with its target for ordinary devices and for test devices, or the decision where there is none."""

    rule: Rule
    target: Target | None
    test_target: Target | None
    without_target: Decision


def prepare_rule(rule: Rule) -> PreparedRule:
    """Make every decision that this rule can give."""
    ordinary = None
    if rule.approved is not None:
        code = ReasonCode.ROLLED_BACK if rule.approved_by_roll_back else ReasonCode.APPROVED_UPDATE
        ordinary = _target(rule, rule.approved, code)
    for_test = ordinary
    if rule.pending is not None:
        for_test = _target(rule, rule.pending, ReasonCode.PENDING_UPDATE_TEST_DEVICE)
        without = _no_offer(rule, ReasonCode.WAITING_FOR_APPROVAL, {"version": rule.pending.update.version.text})
    else:
        without = _no_offer(rule, ReasonCode.NOTHING_APPROVED, {})
    return PreparedRule(rule, ordinary, for_test, without)


def _no_offer(rule: Rule, code: ReasonCode, parameters: Parameters, decided_by: DecidedBy | None = None) -> Decision:
    return Decision(code, parameters, WHO_ACTS[code], decided_by=decided_by, rule_id=rule.id)


def _target(rule: Rule, slot: Slot, code: ReasonCode) -> Target:
    update = slot.update
    decided_by = DecidedBy(slot.account, slot.at, slot.comment)
    offer = Offer(rule, update)
    parameters: Parameters = {"version": update.version.text, "update_type": rule.update_type}

    def offering(*, downgrade: bool, more_due: bool) -> Decision:
        return Decision(code, parameters, WHO_ACTS[code], downgrade, decided_by, offer, more_due, rule.id)

    return Target(
        numbers=update.version.numbers,
        file_keys=frozenset(file_name_key(file.name) for file in update.files),
        up_to_date=_no_offer(rule, ReasonCode.UP_TO_DATE, parameters, decided_by),
        offers=(
            offering(downgrade=False, more_due=False),
            offering(downgrade=True, more_due=False),
            offering(downgrade=False, more_due=True),
            offering(downgrade=True, more_due=True),
        ),
    )
