"""The lists of rules and of the packages that they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from device_update_console.core.filters.device_filters import has_version
from device_update_console.core.filters.fitting_items import has_terms
from device_update_console.core.lists.definition import Column, FilterField, ListDefinition, moment, number, size, words
from device_update_console.core.texts.code_texts import RULE_STATE_TEXTS, text_of
from device_update_console.core.texts.language import counted_text, marked_counted, text
from device_update_contract.administration.endpoints import LIST_PACKAGES, LIST_RULES
from device_update_contract.administration.events import EventName
from device_update_contract.administration.packages import Package
from device_update_contract.administration.rules import Rule, RuleVersion

_CLASS: tuple[Column[Rule], ...] = (
    words("device_type", "Device Type", lambda rule: rule.device_type, 11, sort="device_type", found_by="device_type"),
    words("brand", "Brand", lambda rule: rule.brand, 11, sort="brand", found_by="brand"),
    words("model", "Model", lambda rule: rule.model, 11, sort="model", found_by="model"),
    words("revision", "Revision", lambda rule: rule.revision, 8, sort="revision", found_by="revision"),
    words("locale", "Locale", lambda rule: rule.locale, 7, sort="locale", found_by="locale"),
    words("update_type", "Update Type", lambda rule: rule.update_type, 11, sort="update_type", found_by="update_type"),
    words("vendor", "Vendor", lambda rule: rule.vendor, 11, sort="vendor", found_by="vendor"),
)


def _is_of_class(rule: Rule, sought: str) -> bool:
    fields = (rule.device_type, rule.brand, rule.vendor, rule.model, rule.revision, rule.locale, rule.update_type)
    return has_terms((*fields, *_versions(rule)), sought)


def _has_version(rule: Rule, sought: str) -> bool:
    return has_version(_versions(rule), sought)


def _versions(rule: Rule) -> list[str]:
    return [slot.version for slot in (rule.pending, rule.approved, rule.restore) if slot]


_FILTERS = (
    FilterField("search", "Search", placeholder="Text in the device class", holds=_is_of_class),
    FilterField("device_type", "Device Type"),
    FilterField("brand", "Brand"),
    FilterField("model", "Model"),
    FilterField("revision", "Revision"),
    FilterField("locale", "Locale"),
    FilterField("update_type", "Update Type"),
    FilterField("vendor", "Vendor"),
    FilterField("version", "Version", placeholder="In any of the three columns", holds=_has_version),
)
_RULE_EVENTS: frozenset[EventName] = frozenset({"rules-changed", "package-imported"})


def _version(key: str, title: str, slot: Callable[[Rule], RuleVersion | None], *, shown: bool = True) -> Column[Rule]:
    def cell(rule: Rule) -> str | None:
        version = slot(rule)
        return None if version is None else version.version

    return words(key, title, cell, 15, shown=shown, found_by="version")


def _since_and_by(slot: Callable[[Rule], RuleVersion | None], since: str, by: str) -> Iterable[Column[Rule]]:
    """When the version came into the slot, and who put it there."""
    yield moment("since", since, lambda rule: version.at if (version := slot(rule)) else None)
    yield words("by", by, lambda rule: version.account if (version := slot(rule)) else None, 12, shown=False)


def _approval_comment(rule: Rule) -> str | None:
    return None if rule.approved is None else rule.approved.comment


def tested_on_text(rule: Rule) -> str:
    """How far the test devices got with the pending version: ``3 of 4 installed``; empty when there is none."""
    test = rule.pending_test
    if rule.pending is None:
        return ""
    if not test.devices:
        return text("No test device")
    if test.failed:
        return text(
            "{installed} of {devices} installed, {failed} failed",
            installed=test.installed,
            devices=test.devices,
            failed=test.failed,
        )
    return text("{installed} of {devices} installed", installed=test.installed, devices=test.devices)


def _pending(rule: Rule) -> RuleVersion | None:
    return rule.pending


def _approved(rule: Rule) -> RuleVersion | None:
    return rule.approved


def _restore(rule: Rule) -> RuleVersion | None:
    return rule.restore


_IDENTITY: tuple[Column[Rule], ...] = (
    words("state", "State", lambda rule: text_of(RULE_STATE_TEXTS, rule.state), 11, shown=False),
    number("change_number", "Change Number", lambda rule: rule.change_number, shown=False),
    words("id", "ID", lambda rule: rule.id, 6, sort="id", shown=False),
)
"""What scripts name an update by, and whether it is deployed beside what is pending."""

PENDING_UPDATES = ListDefinition(
    LIST_RULES,
    Rule,
    (
        *_CLASS,
        _version("pending", "Pending", _pending),
        _version("approved", "Approved", _approved),
        _version("restore", "Restore", _restore),
        number("devices_matching", "Devices", lambda rule: rule.devices_matching),
        words("tested_on", "Tested On", tested_on_text, 16),
        number("devices_on_pending", "On Pending", lambda rule: rule.devices_on_pending, 11, shown=False),
        number("devices_on_approved", "On Approved", lambda rule: rule.devices_on_approved, 11, shown=False),
        *_since_and_by(_pending, "Uploaded", "Uploaded By"),
        *_IDENTITY,
    ),
    default_sort="brand",
    item_id=lambda rule: rule.id,
    counted=marked_counted("{count} update", "{count} updates"),
    nothing="No update waits for approval. Upload Updates brings new ones.",
    # How far test devices got changes with devices and test devices.
    events=_RULE_EVENTS | {"test-devices-changed", "devices-changed"},
    id_events=frozenset({"rules-changed"}),
    figure_events=frozenset({"test-devices-changed", "devices-changed", "package-imported"}),
    filters=_FILTERS,
    key="pending_rules",
    fixed={"state": "pending"},
    belongs=lambda rule: rule.pending is not None,
)

DEPLOYED_UPDATES = ListDefinition(
    LIST_RULES,
    Rule,
    (
        *_CLASS,
        _version("approved", "Approved", _approved),
        _version("restore", "Restore", _restore),
        _version("pending", "Pending", _pending),
        number("devices_matching", "Devices", lambda rule: rule.devices_matching),
        number("devices_on_approved", "On Approved", lambda rule: rule.devices_on_approved, 11),
        number("devices_on_restore", "On Restore", lambda rule: rule.devices_on_restore, 11, shown=False),
        number("devices_on_pending", "On Pending", lambda rule: rule.devices_on_pending, 11, shown=False),
        *_since_and_by(_approved, "Since", "By"),
        words("comment", "Comment", _approval_comment, 20, shown=False),
        *_IDENTITY,
    ),
    default_sort="brand",
    item_id=lambda rule: rule.id,
    counted=marked_counted("{count} update", "{count} updates"),
    nothing="No update is deployed. Updates come here when a pending one is approved.",
    events=_RULE_EVENTS | {"devices-changed"},
    id_events=frozenset({"rules-changed"}),
    figure_events=frozenset({"devices-changed", "package-imported"}),
    filters=_FILTERS,
    key="deployed_rules",
    fixed={"state": "deployed"},
    belongs=lambda rule: rule.approved is not None,
)


def _updates_text(package: Package) -> str:
    """The first update by name, and how many more."""
    if not package.updates:
        return ""
    first, *more = package.updates
    name = f"{first.brand} {first.model} {first.version}"
    return text("{first} and {number:,} more", first=name, number=len(more)) if more else name


def _findings_text(package: Package) -> str:
    return counted_text("{count} warning", "{count} warnings", len(package.findings)) if package.findings else ""


def _is_named(package: Package, sought: str) -> bool:
    return has_terms([package.name], sought)


PACKAGES = ListDefinition(
    LIST_PACKAGES,
    Package,
    (
        words("name", "Name", lambda package: package.name, 28, sort="name"),
        words("updates", "Updates", _updates_text, 40),
        size("size", "Size", lambda package: package.size, sort="size"),
        moment("imported_at", "Uploaded", lambda package: package.imported_at, sort="imported_at"),
        words("account", "By", lambda package: package.account, 12, found_by="account"),
        words("findings", "Findings", _findings_text, 12),
        words("sha256", "SHA-256", lambda package: package.sha256, 20, shown=False),
        words("id", "ID", lambda package: package.id, 6, sort="id", shown=False),
    ),
    default_sort="-imported_at",
    item_id=lambda package: package.id,
    counted=marked_counted("{count} package", "{count} packages"),
    nothing="No package was uploaded yet. Upload Updates is in the Action menu.",
    events=frozenset({"package-imported"}),
    id_events=frozenset({"package-imported"}),
    filters=(
        FilterField("search", "Search", placeholder="Text in the name", holds=_is_named),
        FilterField("account", "Uploaded By"),
    ),
)
