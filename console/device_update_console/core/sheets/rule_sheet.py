"""What the property sheet of a rule shows: general facts, the files of each slot, and its test devices."""

from __future__ import annotations

from collections.abc import Iterator

from device_update_console.core.lists.source import Caller
from device_update_console.core.sheets.details_form import Details, Fact, details
from device_update_console.core.texts.code_texts import RULE_STATE_TEXTS, STATUS_TEXTS, text_of
from device_update_console.core.texts.formats import moment_text, one_line, rule_label, size_text
from device_update_console.core.texts.language import counted_text, marked, text
from device_update_console.core.texts.service_sentences import why_text
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import Device, DeviceQuery
from device_update_contract.administration.endpoints import LIST_DEVICES
from device_update_contract.administration.rules import Rule, RuleVersion

FILE_TITLES = (
    marked("Slot"),
    marked("Version"),
    marked("File"),
    marked("Size"),
    marked("SHA-256"),
    marked("Signature"),
)
TEST_DEVICE_TITLES = (
    marked("Device"),
    marked("Installed"),
    marked("Status"),
    marked("Last Check"),
    marked("Why"),
)
MOST_TEST_DEVICES = 200


def general_facts(rule: Rule) -> Details:
    """What the rule is for, and what is in its slots on how many devices."""
    return details(
        rule_label(rule),
        (text("State"), text_of(RULE_STATE_TEXTS, rule.state)),
        (text("Device type"), rule.device_type),
        (text("Brand"), rule.brand),
        (text("Model"), rule.model),
        (text("Revision"), rule.revision),
        (text("Locale"), rule.locale),
        (text("Update type"), rule.update_type),
        (text("Vendor"), rule.vendor),
        (text("Devices"), counted_text("{count} device", "{count} devices", rule.devices_matching)),
        *_slot_facts(text("Pending"), rule.pending, rule.devices_on_pending),
        *_slot_facts(text("Approved"), rule.approved, rule.devices_on_approved),
        *_slot_facts(text("Restore"), rule.restore, rule.devices_on_restore),
    )


def slots_of(rule: Rule) -> list[tuple[str, RuleVersion]]:
    """The slots that hold a version, with their names."""
    slots = ((text("Pending"), rule.pending), (text("Approved"), rule.approved), (text("Restore"), rule.restore))
    return [(name, version) for name, version in slots if version is not None]


def file_rows(rule: Rule) -> list[tuple[str, ...]]:
    """One row for each image file of each slot, in the order of `FILE_TITLES`."""
    return [
        (name, version.version, one_line(file.name), size_text(file.size), file.sha256, one_line(file.signature or ""))
        for name, version in slots_of(rule)
        for file in version.files
    ]


def how_far_tested(rule: Rule) -> str:
    """How far the test devices of this device class got with the pending version."""
    test = rule.pending_test
    if rule.pending is None:
        return text("No version is pending. A pending one is offered to test devices before it is approved.")
    if not test.devices:
        return text(
            "Version {version} is pending, and there is no test device of this device class to try it on.",
            version=rule.pending.version,
        )
    parts = [
        text(
            "{installed:,} of {devices:,} test devices have installed version {version}.",
            installed=test.installed,
            devices=test.devices,
            version=rule.pending.version,
        )
    ]
    if test.failed:
        parts.append(counted_text("On {count} it failed.", "On {count} it failed.", test.failed))
    if test.offered:
        parts.append(
            counted_text("To {count} it was offered so far.", "To {count} it was offered so far.", test.offered)
        )
    waiting = test.devices - test.installed - test.failed - test.offered
    if waiting > 0:
        parts.append(counted_text("{count} has not asked since.", "{count} have not asked since.", waiting))
    return " ".join(parts)


async def read_test_devices(caller: Caller, rule: Rule) -> list[Device]:
    """The test devices of a rule's device class, as far as they ever asked.

    Raises:
        FailedCall.
    """
    query = DeviceQuery(
        test_device=True,
        device_type=rule.device_type,
        model=rule.model,
        revision=rule.revision,
        locale=rule.locale,
        limit=MOST_TEST_DEVICES,
    )
    page = await caller.ask(LIST_DEVICES, Page[Device], query=query)
    makers = {rule.brand.casefold(), rule.vendor.casefold()}
    return [device for device in page.items if device.vendor.casefold() in makers]


def tested_device_row(device: Device) -> tuple[str, ...]:
    """A test device in the order of `TEST_DEVICE_TITLES`."""
    return (
        one_line(device.label or device.mac or device.serial or device.id),
        device.installed_version or "",
        text_of(STATUS_TEXTS, device.status),
        moment_text(device.last_check_at),
        one_line(why_text(device.why)),
    )


def _slot_facts(name: str, version: RuleVersion | None, devices: int) -> Iterator[Fact]:
    if version is None:
        yield name, text("none")
        return
    yield (
        name,
        text(
            "{version}, since {time} by {account}\non {devices}",
            version=version.version,
            time=moment_text(version.at),
            account=one_line(version.account),
            devices=counted_text("{count} device", "{count} devices", devices),
        ),
    )
    yield text("{slot}: comment", slot=name), version.comment
