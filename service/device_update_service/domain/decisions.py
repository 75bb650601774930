"""The decision for a check: a pure function of what the device told and the catalog (contract 2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from device_update_contract.checks import CheckRequest, ReportedModule
from device_update_contract.reasons import REASON_NUMBER, WHO_ACTS, ReasonCode
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, DecisionSettings
from device_update_service.domain.prepared_rules import DecidedBy, Decision, Offer, PreparedRule, Target

__all__ = [
    "DecidedBy",
    "Decision",
    "Offer",
    "decide",
    "installed_version",
    "next_check_seconds",
]

_SPREAD = 0.1


def decide(facts: CheckRequest, catalog: CatalogSnapshot, looping: frozenset[int] = frozenset()) -> Decision:
    """Decide one check; `looping` are ids of rules that are in an install loop on this device.

    The first rule in the order of update type that yields an offer is the answer, rules in a loop last; `more_due`
    tells that another would yield one too. Where none offers, the reason with the smallest number is given.
    """
    matching = catalog.prepared_rules(facts.device_type, facts.vendor, facts.model, facts.revision, facts.locale)
    if not matching:
        return _no_rule(facts)
    is_test_device = catalog.is_test_device(facts.mac, facts.serial)
    if looping and len(matching) > 1:
        matching = tuple(sorted(matching, key=lambda prepared: prepared.rule.id in looping))
    offered: Decision | None = None
    refused: Decision | None = None
    for prepared in matching:
        decision, more_due = _decide_rule(prepared, facts.modules, is_test_device=is_test_device)
        if decision.offer is None:
            if refused is None or REASON_NUMBER[decision.code] < REASON_NUMBER[refused.code]:
                refused = decision
        elif offered is None:
            offered, offered_with_more_due = decision, more_due
        else:
            return offered_with_more_due
    answer = offered or refused
    return answer if answer is not None else _no_rule(facts)


def _decide_rule(
    prepared: PreparedRule, modules: Sequence[ReportedModule], *, is_test_device: bool
) -> tuple[Decision, Decision]:
    """What one rule yields, and the same in case another rule yields an offer too."""
    target = prepared.test_target if is_test_device else prepared.target
    if target is None:
        return prepared.without_target, prepared.without_target
    installed = target.installed_versions(modules)
    numbers = target.numbers
    downgrade = False
    has_it = bool(installed)
    for version in installed:
        if version.numbers != numbers:
            has_it = False
            downgrade = downgrade or version.numbers > numbers
    if has_it:
        return target.up_to_date, target.up_to_date
    return target.offers[downgrade], target.offers[downgrade + 2]


def _no_rule(facts: CheckRequest) -> Decision:
    code = ReasonCode.NO_RULE_FOR_DEVICE_CLASS
    return Decision(
        code,
        {
            "device_type": facts.device_type,
            "vendor": facts.vendor,
            "model": facts.model,
            "revision": facts.revision,
            "locale": facts.locale,
        },
        WHO_ACTS[code],
    )


def installed_version(facts: CheckRequest, catalog: CatalogSnapshot) -> Version | None:
    """The version to show for a device: of the first rule whose files it reports, the oldest; else what it reports.

    Not used by decisions: it only fills the column of the device list.
    """
    for prepared in catalog.prepared_rules(facts.device_type, facts.vendor, facts.model, facts.revision, facts.locale):
        for target in (prepared.target, prepared.test_target):
            installed = _installed(target, facts.modules)
            if installed:
                return min(installed)
    return next((module.version for module in facts.modules if module.version is not None), None)


def _installed(target: Target | None, modules: Sequence[ReportedModule]) -> list[Version]:
    return target.installed_versions(modules) if target is not None else []


def next_check_seconds(
    decision: Decision, *, is_test_device: bool, settings: DecisionSettings, spread: float = 0.0
) -> int:
    """`NextCheckSeconds`; `spread` in [-1, 1] moves the ordinary interval, and only that, by up to 10 %."""
    if decision.more_due:
        return settings.more_due_check_interval_seconds
    if is_test_device:
        return settings.test_device_check_interval_seconds
    return round(settings.check_interval_seconds * (1 + _SPREAD * spread))
