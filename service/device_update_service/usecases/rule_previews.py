"""What a verb would do to the devices behind a rule, before anybody does it (contract section 5, ``preview``).

A device is affected when it would be offered the version that is its target after the verb: it reports another one, or
none. After a removal every device is, since nothing is offered to it any more. Test devices keep a version that stays
pending, and only they are affected by a rejection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from device_update_contract.administration import rules as models
from device_update_contract.administration.base import Statement
from device_update_service.domain.rules import Rule, Verb
from device_update_service.domain.verbs import Transition
from device_update_service.storage.rules.rule_devices import RuleDevices, devices_of_rules
from device_update_service.usecases.rule_models import reported_version, rule_models


def preview_transitions(verb: Verb, steps: Sequence[tuple[Rule, Transition]]) -> list[models.RulePreview]:
    """The previews of transitions that are not carried out; each shows the rule as it is now."""
    shown = rule_models([before for before, _ in steps])
    # A removed rule has no devices: they are counted as the rule is (removal) or as it will be (roll back to V).
    counted = [before if transition.rule.removed else transition.rule for before, transition in steps]
    devices = devices_of_rules(counted)
    return [
        _preview(verb, model, transition, devices[before.id])
        for model, (before, transition) in zip(shown, steps, strict=True)
    ]


def _preview(verb: Verb, model: models.Rule, transition: Transition, devices: RuleDevices) -> models.RulePreview:
    target = transition.rule.approved
    if verb is Verb.REMOVE:
        affected, downgrades, size = (devices.total if transition.changed else 0), 0, 0
    elif target is None:
        affected, downgrades, size = 0, 0, 0
    else:
        installed = _those_with_this_target(verb, transition.rule, devices)
        version = target.update.version
        others = [(reported_version(text), count) for text, count in installed.items()]
        affected = sum(count for reported, count in others if reported != version)
        downgrades = sum(count for reported, count in others if reported is not None and reported > version)
        size = target.update.bytes_total
    about = transition.update.version if transition.update is not None else None
    return models.RulePreview(
        rule=model,
        version=None if about is None else about.text,
        devices_affected=affected,
        downgrades=downgrades,
        bytes=size * affected,
        notices=[
            Statement(code=notice.code.value, text=notice.text, parameters=dict(notice.parameters))
            for notice in transition.notices
        ],
    )


def _those_with_this_target(verb: Verb, after: Rule, devices: RuleDevices) -> Mapping[str, int]:
    """Installed versions of the devices whose target this verb sets to the approved version."""
    of_test_devices = Counter(state.installed_version or "" for state in devices.test_devices)
    if verb is Verb.REJECT:
        return of_test_devices
    installed = Counter(devices.installed)
    if after.pending is not None:
        installed.subtract(of_test_devices)
    return +installed
