"""The lists of what devices told: the logs that they sent, and every check with its decision."""

from __future__ import annotations

from device_update_console.core.lists.definition import (
    FilterField,
    FilterKind,
    ListDefinition,
    choices,
    coded,
    moment,
    size,
    words,
)
from device_update_console.core.texts.code_texts import REASON_TEXTS, titles_of
from device_update_console.core.texts.language import marked, marked_counted
from device_update_contract.administration.device_logs import DeviceLog
from device_update_contract.administration.endpoints import LIST_DEVICE_LOGS, LIST_UPDATE_LOG
from device_update_contract.administration.update_log import LoggedCheck

DEVICE_LOGS = ListDefinition(
    LIST_DEVICE_LOGS,
    DeviceLog,
    (
        moment("stored_at", "Stored", lambda log: log.stored_at, sort="stored_at"),
        words("log_type", "Type", lambda log: log.log_type, 9, found_by="type"),
        words("name", "Name", lambda log: log.name, 20, found_by="search"),
        words("mac", "MAC Address", lambda log: log.mac, 18, found_by="search"),
        words("serial", "Serial Number", lambda log: log.serial, 14, found_by="search"),
        words("model", "Model", lambda log: log.model, 11),
        words("update_version", "Last Update", lambda log: log.update_version, 15),
        size("size", "Size", lambda log: log.size, sort="size"),
        words("user", "User", lambda log: log.user, 22, found_by="search"),
        words("address", "Address", lambda log: log.address, 14, shown=False, found_by="search"),
        words("account", "Account", lambda log: log.account, 12, shown=False),
        words("vendor", "Vendor", lambda log: log.vendor, 11, shown=False),
        words("device_type", "Device Type", lambda log: log.device_type, 11, shown=False),
        words("file", "File", lambda log: log.file, 40, shown=False),
        words("id", "ID", lambda log: log.id, 8, sort="id", shown=False),
    ),
    default_sort="-stored_at",
    item_id=lambda log: log.id,
    counted=marked_counted("{count} device log", "{count} device logs"),
    nothing="No device has sent a log yet.",
    events=frozenset({"device-log-stored"}),
    id_events=frozenset({"device-log-stored"}),
    filters=(
        FilterField("search", "Search", placeholder=marked("MAC address, name, user, or what is in it")),
        FilterField("type", "Type"),
        FilterField("since", "Since", FilterKind.MOMENT),
        FilterField("until", "Until", FilterKind.MOMENT),
    ),
)

UPDATE_LOG = ListDefinition(
    LIST_UPDATE_LOG,
    LoggedCheck,
    (
        moment("at", "When", lambda check: check.at, sort="at"),
        words("mac", "MAC Address", lambda check: check.mac, 18, found_by="search"),
        words("serial", "Serial Number", lambda check: check.serial, 14, found_by="search"),
        words("model", "Model", lambda check: check.model, 11, found_by="search"),
        coded("reason", "Answer", lambda check: check.reason, REASON_TEXTS, 24, found_by="reason"),
        words("version", "Offered", lambda check: check.version, 15, found_by="search"),
        words("user", "User", lambda check: check.user, 22, found_by="search"),
        words("address", "Address", lambda check: check.address, 14, found_by="search"),
        words("request_modules", "Reported Modules", lambda check: check.request_modules, 30, shown=False),
        words("response_modules", "Offered Modules", lambda check: check.response_modules, 30, shown=False),
        words("device_type", "Device Type", lambda check: check.device_type, 11, shown=False),
        words("vendor", "Vendor", lambda check: check.vendor, 11, shown=False),
        words("revision", "Revision", lambda check: check.revision, 8, shown=False),
        words("locale", "Locale", lambda check: check.locale, 7, shown=False),
    ),
    default_sort="-at",
    item_id=lambda check: check.id,
    counted=marked_counted("{count} check", "{count} checks"),
    nothing="No check was recorded yet.",
    events=frozenset(),
    filters=(
        FilterField("search", "Search", placeholder=marked("Three characters or more of anything a device tells")),
        FilterField("reason", "Answer", FilterKind.CHOICE, choices(titles_of(REASON_TEXTS))),
        FilterField("since", "Since", FilterKind.MOMENT),
        FilterField("until", "Until", FilterKind.MOMENT),
    ),
)
