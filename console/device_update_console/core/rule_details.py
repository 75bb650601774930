"""A rule in facts, for the details pane and the command line."""

from __future__ import annotations

from collections.abc import Iterator

from device_update_console.core.code_texts import RULE_STATE_TEXTS, text_of
from device_update_console.core.details_form import Details, Fact, details
from device_update_console.core.formats import counted, moment_text, rule_label, size_text
from device_update_contract.administration.rules import Rule, RuleVersion


def rule_details(rule: Rule) -> Details:
    """The versions of its slots with who put them there, and how many devices it touches."""
    return details(
        rule_label(rule),
        *_slot_facts("Pending", rule.pending, rule.devices_on_pending),
        ("Test devices", tests_text(rule)),
        *_slot_facts("Approved", rule.approved, rule.devices_on_approved),
        *_slot_facts("Restore", rule.restore, rule.devices_on_restore),
        ("Devices", counted(rule.devices_matching, "device")),
        ("State", text_of(RULE_STATE_TEXTS, rule.state)),
        ("Device type", rule.device_type),
        ("Vendor", rule.vendor),
        ("Rule", f"{rule.id}, change {rule.change_number}"),
    )


def tests_text(rule: Rule) -> str | None:
    """How far each step of the pending version came on the test devices; None when nothing is pending."""
    test = rule.pending_test
    if rule.pending is None:
        return None
    return f"{test.devices}: {test.offered} offered, {test.installed} installed, {test.failed} failed"


def files_text(version: RuleVersion) -> str:
    """The image files of a version with their sizes."""
    return ", ".join(f"{file.name} ({size_text(file.size)})" for file in version.files)


def _slot_facts(label: str, version: RuleVersion | None, devices: int) -> Iterator[Fact]:
    if version is None:
        return
    yield (
        label,
        f"{version.version}, since {moment_text(version.at)} by {version.account}, on {counted(devices, 'device')}",
    )
    yield f"{label}: comment", version.comment
    yield f"{label}: files", files_text(version)
