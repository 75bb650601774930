"""A rule in facts, for the details pane and the command line."""

from __future__ import annotations

from collections.abc import Iterator

from device_update_console.core.sheets.details_form import Details, Fact, details
from device_update_console.core.texts.code_texts import RULE_STATE_TEXTS, text_of
from device_update_console.core.texts.formats import moment_text, rule_label, size_text
from device_update_console.core.texts.language import counted_text, text
from device_update_contract.administration.rules import Rule, RuleVersion


def rule_details(rule: Rule) -> Details:
    """The versions of its slots with who put them there, and how many devices it touches."""
    return details(
        rule_label(rule),
        *_slot_facts(text("Pending"), rule.pending, rule.devices_on_pending),
        (text("Test devices"), tests_text(rule)),
        *_slot_facts(text("Approved"), rule.approved, rule.devices_on_approved),
        *_slot_facts(text("Restore"), rule.restore, rule.devices_on_restore),
        (text("Devices"), counted_text("{count} device", "{count} devices", rule.devices_matching)),
        (text("State"), text_of(RULE_STATE_TEXTS, rule.state)),
        (text("Device type"), rule.device_type),
        (text("Vendor"), rule.vendor),
        (text("Rule"), text("{id}, change {number}", id=rule.id, number=rule.change_number)),
    )


def tests_text(rule: Rule) -> str | None:
    """How far each step of the pending version came on the test devices; None when nothing is pending."""
    test = rule.pending_test
    if rule.pending is None:
        return None
    if not test.devices:
        return text("none of this device class")
    return text(
        "{devices}: {offered} offered, {installed} installed, {failed} failed",
        devices=test.devices,
        offered=test.offered,
        installed=test.installed,
        failed=test.failed,
    )


def files_text(version: RuleVersion) -> str:
    """The image files of a version with their sizes."""
    return ", ".join(f"{file.name} ({size_text(file.size)})" for file in version.files)


def _slot_facts(label: str, version: RuleVersion | None, devices: int) -> Iterator[Fact]:
    if version is None:
        return
    yield (
        label,
        counted_text(
            "{version}, since {time} by {account}, on {count} device",
            "{version}, since {time} by {account}, on {count} devices",
            devices,
            version=version.version,
            time=moment_text(version.at),
            account=version.account,
        ),
    )
    yield text("{slot}: comment", slot=label), version.comment
    yield text("{slot}: files", slot=label), files_text(version)
