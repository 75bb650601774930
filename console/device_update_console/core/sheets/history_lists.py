"""The lists that stand in property sheets: what was done with a rule, and what happened to a device."""

from __future__ import annotations

from collections.abc import Mapping

from device_update_console.core.lists.definition import ListDefinition, moment, words
from device_update_console.core.texts.formats import moment_text
from device_update_console.core.texts.language import marked, marked_counted, text
from device_update_console.core.texts.service_sentences import history_text
from device_update_console.core.verbs.rule_history import history_verb_text
from device_update_contract.administration.devices import DeviceHistoryEntry
from device_update_contract.administration.endpoints import DEVICE_HISTORY, RULE_HISTORY
from device_update_contract.administration.rules import RuleHistoryEntry

KIND_TEXTS: Mapping[str, str] = {
    "check": marked("Check"),
    "offer": marked("Offer"),
    "download": marked("Download"),
    "install": marked("Installation"),
    "refusal": marked("Refusal"),
    "note": marked("Note"),
    "change": marked("Change"),
    "log": marked("Device log"),
    "administration": marked("Administration"),
}


def _what(entry: DeviceHistoryEntry) -> str:
    """The sentence, with until when where it stands for several."""
    if entry.until is None:
        return history_text(entry)
    return text("{sentence} (until {time})", sentence=history_text(entry), time=moment_text(entry.until))


def _kind(entry: DeviceHistoryEntry) -> str:
    return text(KIND_TEXTS[entry.kind]) if entry.kind in KIND_TEXTS else entry.kind


RULE_HISTORY_LIST = ListDefinition(
    RULE_HISTORY,
    RuleHistoryEntry,
    (
        moment("at", "When", lambda entry: entry.at),
        words("verb", "What", lambda entry: history_verb_text(entry.verb), 14),
        words("version", "Version", lambda entry: entry.version, 15),
        words("replaced", "Instead Of", lambda entry: entry.replaced, 15),
        words("account", "Who", lambda entry: entry.account, 10),
        words("comment", "Comment", lambda entry: entry.comment, 24),
    ),
    default_sort="-id",
    item_id=lambda entry: entry.id,
    counted=marked_counted("{count} entry", "{count} entries"),
    nothing=marked("Nothing was done with this update yet."),
    events=frozenset({"rules-changed", "package-imported"}),
    id_events=frozenset(),
)
"""Needs the rule's id in the path."""

DEVICE_HISTORY_LIST = ListDefinition(
    DEVICE_HISTORY,
    DeviceHistoryEntry,
    (
        moment("at", "When", lambda entry: entry.at),
        words("kind", marked("What"), _kind, 12),
        words("text", marked("What Happened"), _what, 60),
        words("account", "Who", lambda entry: entry.account, 10),
    ),
    default_sort="-at",
    item_id=lambda entry: entry.id,
    counted=marked_counted("{count} entry", "{count} entries"),
    nothing=marked("Nothing is known of this device any more."),
    events=frozenset({"devices-changed", "test-devices-changed", "device-log-stored"}),
    id_events=frozenset(),
)
"""Needs the device's id in the path."""
