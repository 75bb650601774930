"""The codes of a device's history and their English sentences (contract section 5, ``/devices/{id}/history``).

Checks are not events: they are in the update log. Parameters are JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from device_update_contract.reasons import OFFERING_REASONS, ReasonCode
from device_update_contract.sentences import finished, fitting_template, reason_sentence


class EventKind(StrEnum):
    """What an entry of a history is about."""

    CHECK = "check"
    OFFER = "offer"
    DOWNLOAD = "download"
    INSTALL = "install"
    REFUSAL = "refusal"
    NOTE = "note"
    CHANGE = "change"
    LOG = "log"
    ADMINISTRATION = "administration"


EVENT_SENTENCES: Mapping[str, str] = {
    "download-complete": "All {bytes_total} bytes of version {version} were sent.",
    "install-succeeded": "The device installed version {version}.",
    "install-failed": "The installation of version {version} failed{cause}.",
    "first-seen": "The device asked for the first time.",
    "version-changed": "The device reports version {installed_version} instead of {previous}.",
    "class-changed": "The device reports {model} {revision} {locale} instead of {previous}.",
    "identity-conflict": "Its MAC address and serial number are known from two devices.",
    "serial-changed": "Its serial number changed from {previous} to {serial}.",
    "invalid-mac": "It sent an invalid MAC address, which was ignored.",
    "invalid-serial": "It sent an invalid serial number, which was ignored.",
    "unreadable-install-report": "It sent an install report that could not be read.",
    "retired": "The device was marked as retired.",
    "unretired": "The device is no longer marked as retired.",
    "came-back": "It was marked as retired and asked again, so it no longer is.",
    "changed": "Changed: {fields}.",
    "test-device-added": "It became the test device {name}.",
    "test-device-removed": "It is no longer a test device.",
    "rule-imported": "Version {version} was imported for devices of its class{cause}.",
    "rule-approved": "Version {version} was approved for devices of its class{cause}.",
    "rule-rejected": "Version {version} was rejected for devices of its class{cause}.",
    "rule-rolled-back": "Version {version} was restored for devices of its class by a roll back{cause}.",
    "rule-removed": "The update for devices of its class was removed{cause}.",
    "note-changed": "The note was changed.",
    "log-stored": "It sent the {log_type} log {name} ({size} bytes).",
    "log-type-not-accepted": "Its log was refused: logs of the type {log_type} are not stored here.",
    "log-extension-not-accepted": "Its log was refused: files with the extension {extension} are not stored here.",
    "log-too-large": "Its log was refused: a log has at most {limit} bytes.",
    "log-store-full": "Its log was refused: all logs together have at most {quota} bytes, and there was no room.",
    "log-disk-full": "Its log was refused: the disk of the log store had no room.",
    "malformed-log": "Its log was refused: {detail}.",
}

RULE_EVENT_CODES: Mapping[str, str] = {
    "import": "rule-imported",
    "approve": "rule-approved",
    "reject": "rule-rejected",
    "roll-back": "rule-rolled-back",
    "roll-back-to": "rule-rolled-back",
    "remove": "rule-removed",
}
"""How a verb on a rule is told in the history of each device that it is for; ``message`` is the comment on it."""

NOTE_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "serial-changed": ("Its serial number changed; it is now {serial}.", "Its serial number changed."),
}
"""Of notes that are counted, those whose sentence in the history names more than a count keeps."""

EVENT_CODES = frozenset(EVENT_SENTENCES) | {code.value for code in OFFERING_REASONS}


def event_sentence(code: str, parameters: Mapping[str, Any]) -> str:
    """The sentence of a history entry; an unknown code (of a newer version) is given as it is."""
    if code in set(ReasonCode):
        return reason_sentence(ReasonCode(code), parameters)
    template = EVENT_SENTENCES.get(code)
    if template is None:
        return code
    return _filled(template, parameters)


def note_templates(code: str) -> tuple[str, ...]:
    """The sentences of a note that the service counts on a device, the most telling first.

    Raises:
        KeyError: the code is not known here.
    """
    return NOTE_SENTENCES.get(code) or (EVENT_SENTENCES[code],)


def note_sentence(code: str, parameters: Mapping[str, Any]) -> str:
    """What a counted note says; an unknown code (of a newer version) is given as it is."""
    if code not in EVENT_SENTENCES:
        return code
    return _filled(fitting_template(note_templates(code), parameters), parameters)


def _filled(template: str, parameters: Mapping[str, Any]) -> str:
    shown = {"cause": _cause(parameters), **{name: "nothing" if v is None else v for name, v in parameters.items()}}
    return " ".join(finished(template.format_map(_Known(shown))).split())


def told_causes(parameters: Mapping[str, Any]) -> list[str]:
    """What a device told of why an installation failed, each without the full stops that its sentence brings."""
    given = [str(parameters[name]).rstrip(" .") for name in ("code", "message") if parameters.get(name)]
    return [cause for cause in given if any(map(str.isalnum, cause))]


def _cause(parameters: Mapping[str, Any]) -> str:
    causes = told_causes(parameters)
    return f": {', '.join(causes)}" if causes else ""


class _Known(dict[str, Any]):
    """Fills what is missing with a word, because old entries may lack a newer parameter."""

    def __missing__(self, key: str) -> str:
        return "unknown"
