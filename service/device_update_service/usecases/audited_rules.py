"""What verbs made of rules, as the audit trail has it: one entry a rule and step, with its slots before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from device_update_contract.audit import AuditVerb
from device_update_service.domain.rules import Rule, SlotName, Verb
from device_update_service.domain.verbs import Transition
from device_update_service.usecases.outcomes import Actor, AuditedAction
from device_update_service.usecases.rule_models import rule_title

_VERBS: Mapping[Verb, AuditVerb] = {
    Verb.IMPORT: AuditVerb.RULE_IMPORT,
    Verb.APPROVE: AuditVerb.RULE_APPROVE,
    Verb.REJECT: AuditVerb.RULE_REJECT,
    Verb.ROLL_BACK: AuditVerb.RULE_ROLL_BACK,
    Verb.ROLL_BACK_TO: AuditVerb.RULE_ROLL_BACK,
    Verb.REMOVE: AuditVerb.RULE_REMOVE,
}


def audited_steps(actor: Actor, steps: Iterable[tuple[Rule, Transition]]) -> tuple[AuditedAction, ...]:
    """The steps that changed something, each with the rule before it."""
    return tuple(_action(actor, before, transition) for before, transition in steps if transition.changed)


def _action(actor: Actor, before: Rule, transition: Transition) -> AuditedAction:
    # A removal of a rule that never had a version is the only change without a history entry.
    entry = transition.entries[-1] if transition.entries else None
    verb = Verb.REMOVE if entry is None else entry.verb
    was, is_now = _facts(before), _facts(transition.rule)
    is_now["rule"] = rule_title(transition.rule)
    if entry is not None and entry.comment is not None:
        is_now["comment"] = entry.comment
    return AuditedAction(actor, _VERBS[verb], f"rule {before.id}", was, is_now)


def _facts(rule: Rule) -> dict[str, JsonValue]:
    slots = rule.slots()
    versions: dict[str, JsonValue] = {
        name.value: slots[name].update.version.text if name in slots else None for name in SlotName
    }
    return {**versions, "vendor": rule.vendor, "removed": rule.removed}
