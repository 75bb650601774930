"""The lists of devices and of test devices."""

from __future__ import annotations

from device_update_console.core.filters.device_filters import (
    asked_after,
    asked_before,
    has_part,
    has_version,
    is_in_network,
)
from device_update_console.core.filters.fitting_items import has_terms
from device_update_console.core.lists.definition import (
    YES_OR_NO,
    FilterField,
    FilterKind,
    ListDefinition,
    choices,
    coded,
    moment,
    words,
    yes_no,
)
from device_update_console.core.texts.code_texts import (
    IDENTIFIER_TYPE_TEXTS,
    INSTALL_RESULT_TEXTS,
    REASON_TEXTS,
    STATUS_TEXTS,
    WHO_ACTS_TEXTS,
    text_of,
    titles_of,
)
from device_update_console.core.texts.formats import duration_text, size_text
from device_update_console.core.texts.language import marked_counted, text
from device_update_console.core.texts.service_sentences import decision_text, note_text, why_text
from device_update_contract.administration.devices import Device, TestDevice
from device_update_contract.administration.endpoints import LIST_DEVICES, LIST_TEST_DEVICES
from device_update_contract.identifiers import bare_mac


def _overdue(device: Device) -> str:
    return duration_text(device.overdue_seconds) if device.overdue_seconds else ""


def _sent(device: Device) -> str:
    """How much of the offered version was sent; empty where nothing is offered or the service cannot tell."""
    if device.bytes_sent is None or device.bytes_total is None:
        return ""
    return text("{part} of {whole}", part=size_text(device.bytes_sent), whole=size_text(device.bytes_total))


def _modules(device: Device) -> str:
    return ", ".join(f"{module.file_name} {module.version or ''}".strip() for module in device.modules)


def _last_install(device: Device) -> str:
    install = device.last_install
    return "" if install is None else f"{text_of(INSTALL_RESULT_TEXTS, install.result)} {install.version}"


def _installed_with(device: Device, code: str) -> bool:
    return device.last_install is not None and device.last_install.code == code


def _is_named(device: TestDevice, sought: str) -> bool:
    return has_terms((device.name, device.identifier, bare_mac(device.identifier)), sought)


DEVICES = ListDefinition(
    LIST_DEVICES,
    Device,
    (
        words("mac", "MAC Address", lambda device: device.mac, 18, sort="mac", found_by="search"),
        words("serial", "Serial Number", lambda device: device.serial, 14, sort="serial", found_by="search"),
        words("model", "Model", lambda device: device.model, 11, sort="model", found_by="model"),
        words(
            "installed_version",
            "Installed",
            lambda device: device.installed_version,
            15,
            sort="installed_version",
            found_by="version",
        ),
        coded("status", "Status", lambda device: device.status, STATUS_TEXTS, 25, sort="status", found_by="status"),
        moment("last_check_at", "Last Check", lambda device: device.last_check_at, sort="last_check_at"),
        words("user", "User", lambda device: device.user, 24, sort="user", found_by="user"),
        words("address", "Address", lambda device: device.address, 14, sort="address", found_by="address"),
        words("label", "Label", lambda device: device.label, 16, found_by="label"),
        words("location", "Location", lambda device: device.location, 16, shown=False, found_by="location"),
        words("asset_tag", "Asset Tag", lambda device: device.asset_tag, 12, shown=False, found_by="asset_tag"),
        words("why", "Why", lambda device: why_text(device.why), 40, shown=False),
        coded("who_acts", "Who Acts", lambda device: device.why.who_acts, WHO_ACTS_TEXTS, 15, shown=False),
        words("offered_version", "Offered", lambda device: device.offered_version, 15, shown=False),
        words("bytes_sent", "Bytes Sent", _sent, 20, shown=False),
        moment("last_byte_at", "Last Byte", lambda device: device.last_byte_at, shown=False),
        words("last_install", "Last Installation", _last_install, 24, shown=False),
        words("device_type", "Device Type", lambda device: device.device_type, 11, shown=False, found_by="device_type"),
        words("vendor", "Vendor", lambda device: device.vendor, 11, shown=False, found_by="vendor"),
        words("revision", "Revision", lambda device: device.revision, 8, shown=False, found_by="revision"),
        words("locale", "Locale", lambda device: device.locale, 7, shown=False, found_by="locale"),
        yes_no(
            "test_device", "Test Device", lambda device: device.test_device, 11, shown=False, found_by="test_device"
        ),
        moment("next_check", "Next Check", lambda device: device.next_check_expected_at, shown=False),
        words("overdue", "Overdue", _overdue, 10, shown=False),
        moment("first_seen_at", "First Seen", lambda device: device.first_seen_at, shown=False),
        moment("retired_at", "Retired", lambda device: device.retired_at, shown=False),
        words("users", "Users", lambda device: ", ".join(device.users), 30, shown=False),
        words("modules", "Modules", _modules, 30, shown=False),
        words("note", "Note", lambda device: device.note, 30, shown=False),
        words(
            "notes_by_service",
            "Notes by the Service",
            lambda device: "; ".join(map(note_text, device.notes_by_service)),
            40,
            shown=False,
        ),
        words("id", "ID", lambda device: device.id, 8, sort="id", shown=False),
    ),
    default_sort="mac",
    item_id=lambda device: device.id,
    counted=marked_counted("{count} device", "{count} devices"),
    nothing="No device has asked for an update yet.",
    events=frozenset({"devices-changed", "test-devices-changed"}),
    id_events=frozenset({"devices-changed"}),
    filters=(
        FilterField("search", "Search", placeholder="MAC address, serial number, user or address", holds=has_part),
        FilterField("status", "Status", FilterKind.CHOICE, choices(titles_of(STATUS_TEXTS))),
        FilterField("reason", "Last Answer", FilterKind.CHOICE, choices(titles_of(REASON_TEXTS))),
        FilterField(
            "version",
            "Installed",
            holds=lambda device, sought: has_version([device.installed_version], sought),
        ),
        FilterField("device_type", "Device Type"),
        FilterField("vendor", "Vendor"),
        FilterField("model", "Model"),
        FilterField("revision", "Revision"),
        FilterField("locale", "Locale"),
        FilterField("user", "User"),
        FilterField("address", "Address", placeholder="10.0.0.7 or 10.0.0.0/24", holds=is_in_network),
        FilterField("install_code", "Installation Code", holds=_installed_with),
        FilterField("label", "Label"),
        FilterField("location", "Location"),
        FilterField("asset_tag", "Asset Tag"),
        FilterField("seen_before", "Last Check Before", FilterKind.MOMENT, holds=asked_before),
        FilterField("seen_after", "Last Check After", FilterKind.MOMENT, holds=asked_after),
        FilterField("test_device", "Test Device", FilterKind.YES_NO, YES_OR_NO),
    ),
    by_fraction=True,
    best_first=True,
)


def _last_decision(device: TestDevice) -> str:
    return "" if device.last_decision is None else decision_text(device.last_decision)


TEST_DEVICES = ListDefinition(
    LIST_TEST_DEVICES,
    TestDevice,
    (
        words("name", "Name", lambda device: device.name, 18, sort="name"),
        coded("identifier_type", "Identifier Type", lambda device: device.identifier_type, IDENTIFIER_TYPE_TEXTS, 14),
        words(
            "identifier",
            "Unique Identifier",
            lambda device: device.identifier,
            18,
            sort="identifier",
            found_by="search",
        ),
        words("model", "Model", lambda device: device.model, 11),
        words("installed_version", "Installed", lambda device: device.installed_version, 15),
        moment("last_check_at", "Last Check", lambda device: device.last_check_at),
        words("last_decision", "Last Answer", _last_decision, 40),
        words("id", "ID", lambda device: device.id, 6, sort="id", shown=False),
    ),
    default_sort="name",
    item_id=lambda device: device.id,
    counted=marked_counted("{count} test device", "{count} test devices"),
    nothing="There are no test devices. A test device gets pending updates, so that they are tried before approval.",
    events=frozenset({"test-devices-changed", "devices-changed"}),
    id_events=frozenset({"test-devices-changed"}),
    figure_events=frozenset({"devices-changed"}),
    filters=(FilterField("search", "Search", placeholder="Name or identifier", holds=_is_named),),
)
