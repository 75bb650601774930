"""Rules as the administration API shows them, with the devices behind them (contract section 5, Fields)."""

from __future__ import annotations

from collections.abc import Sequence

from device_update_contract.administration import rules as models
from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import Version
from device_update_service.domain.rules import ImageFile, Rule, Slot
from device_update_service.storage.rules.rule_devices import RuleDevices, TestDeviceState, devices_of_rules


def rule_models(rules: Sequence[Rule]) -> list[models.Rule]:
    """Many rules at once, in their order: the counters are read once for all of them."""
    devices = devices_of_rules(rules)
    return [_rule_model(rule, devices[rule.id]) for rule in rules]


def rule_title(rule: Rule) -> str:
    """A rule in words, for sentences about several of them."""
    return f"{rule.device_class} {rule.update_type}"


def file_model(file: ImageFile) -> models.RuleFile:
    """One image file of a version."""
    return models.RuleFile(
        name=file.name, signature=file.signature, size=file.size, sha256=file.sha256, timestamp=file.timestamp
    )


def reported_version(text: str | None) -> Version | None:
    """The version that a device reports as installed; None where it is unknown."""
    try:
        return Version.parse(text) if text else None
    except InvalidValue:
        return None


def _rule_model(rule: Rule, devices: RuleDevices) -> models.Rule:
    device_class = rule.device_class
    return models.Rule(
        id=str(rule.id),
        device_type=device_class.device_type,
        brand=device_class.brand,
        vendor=rule.vendor,
        model=device_class.model,
        revision=device_class.revision,
        locale=device_class.locale,
        update_type=rule.update_type,
        pending=_slot_model(rule.pending),
        approved=_slot_model(rule.approved),
        restore=_slot_model(rule.restore),
        state=rule.state.value,
        change_number=rule.change_number,
        devices_matching=devices.total,
        devices_on_pending=_devices_on(rule.pending, devices),
        devices_on_approved=_devices_on(rule.approved, devices),
        devices_on_restore=_devices_on(rule.restore, devices),
        pending_test=_pending_test(rule.pending, devices.test_devices),
    )


def _slot_model(slot: Slot | None) -> models.RuleVersion | None:
    if slot is None:
        return None
    package_id = slot.update.package_id
    return models.RuleVersion(
        version=slot.update.version.text,
        package_id=None if package_id is None else str(package_id),
        at=slot.at,
        account=slot.account,
        comment=slot.comment,
        files=[file_model(file) for file in slot.update.files],
    )


def _devices_on(slot: Slot | None, devices: RuleDevices) -> int:
    if slot is None:
        return 0
    version = slot.update.version
    return sum(count for text, count in devices.installed.items() if reported_version(text) == version)


def _pending_test(pending: Slot | None, states: Sequence[TestDeviceState]) -> models.PendingTest:
    """Each test device counts once: it has installed the pending version, or failed to, or was offered it, or none."""
    if pending is None:
        return models.PendingTest(devices=len(states))
    version = pending.update.version
    installed = [state for state in states if reported_version(state.installed_version) == version]
    waiting = [state for state in states if state not in installed]
    failed = [state for state in waiting if reported_version(state.failed_version) == version]
    offered = [state for state in waiting if state not in failed and state.offered_update_id == pending.update.id]
    return models.PendingTest(devices=len(states), offered=len(offered), installed=len(installed), failed=len(failed))
