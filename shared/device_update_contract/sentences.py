"""The English sentences of every code, filled with its parameters (contract sections 2.1 to 2.3).

Templates are ours, never received text. `PARAMETER_KINDS` tells a catalogue of any language how to show a parameter.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from device_update_contract.reasons import (
    EvidenceCode,
    NoticeCode,
    Parameter,
    Parameters,
    ReasonCode,
    StatusCode,
    VerbRefusalCode,
)


class ParameterKind(StrEnum):
    """How a parameter is shown: a text as it is, a number, a time, a time with its year, bytes, or seconds."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    DATE_TIME = "date-time"
    SIZE = "size"
    SPAN = "span"


PARAMETER_KINDS: Mapping[str, ParameterKind] = {
    "version": ParameterKind.TEXT,
    "approved": ParameterKind.TEXT,
    "pending": ParameterKind.TEXT,
    "installed_version": ParameterKind.TEXT,
    "reported_version": ParameterKind.TEXT,
    "update_type": ParameterKind.TEXT,
    "slot": ParameterKind.TEXT,
    "vendor": ParameterKind.TEXT,
    "device_type": ParameterKind.TEXT,
    "model": ParameterKind.TEXT,
    "revision": ParameterKind.TEXT,
    "locale": ParameterKind.TEXT,
    "identifier": ParameterKind.TEXT,
    "reason": ParameterKind.TEXT,
    "result": ParameterKind.TEXT,
    "code": ParameterKind.TEXT,
    "message": ParameterKind.TEXT,
    "attempts": ParameterKind.NUMBER,
    "change_number": ParameterKind.NUMBER,
    "expected_change_number": ParameterKind.NUMBER,
    "offered_at": ParameterKind.TIME,
    "last_byte_at": ParameterKind.TIME,
    "next_check_at": ParameterKind.TIME,
    "due_since": ParameterKind.TIME,
    "last_check_at": ParameterKind.DATE_TIME,
    "expected_at": ParameterKind.DATE_TIME,
    "retired_at": ParameterKind.DATE_TIME,
    "at": ParameterKind.DATE_TIME,
    "bytes_sent": ParameterKind.SIZE,
    "bytes_total": ParameterKind.SIZE,
    "last_byte_seconds": ParameterKind.SPAN,
    **dict.fromkeys(("search", "shown", "filter", "field", "characters", "name", "detail"), ParameterKind.TEXT),
    **dict.fromkeys(("address", "account", "previous", "rule"), ParameterKind.TEXT),
    **dict.fromkeys(("count", "at_least", "most", "days", "digits"), ParameterKind.NUMBER),
    **dict.fromkeys(("first_at", "last_at"), ParameterKind.DATE_TIME),
}
"""Every parameter that any sentence may name."""

TOLD_BY_DEVICES = frozenset({"code", "message"})
"""Texts that may end in a full stop of their own, which is left out: the sentence has one."""

REASON_SENTENCES: Mapping[ReasonCode, tuple[str, ...]] = {
    ReasonCode.PENDING_UPDATE_TEST_DEVICE: (
        "Version {version} is pending, and this is a test device, so it gets it before approval.",
    ),
    ReasonCode.ROLLED_BACK: ("Version {version} was restored by a roll back for this device.",),
    ReasonCode.APPROVED_UPDATE: ("Version {version} is approved for this device.",),
    ReasonCode.UP_TO_DATE: (
        "Version {version} is installed; it is the one this device is to have.",
        "The version that this device is to have is installed.",
    ),
    ReasonCode.WAITING_FOR_APPROVAL: (
        "Version {version} is pending and waits for an administrator's approval.",
        "A version is pending and waits for an administrator's approval.",
    ),
    ReasonCode.NOTHING_APPROVED: ("No version is approved for this device, and none is pending.",),
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: (
        "No update was ever imported for {device_type} {vendor} {model} {revision} {locale}, or its rule was removed.",
    ),
}

STATUS_SENTENCES: Mapping[StatusCode, tuple[str, ...]] = {
    StatusCode.RETIRED: (
        "Retired on {retired_at}.",
        "Retired: it has not asked for an update since {last_check_at}.",
    ),
    StatusCode.SILENT: (
        (
            "Silent: it asked last on {last_check_at} and was to ask again by {expected_at}. Before that, {bytes_sent} "
            "of {bytes_total} of version {version}, offered on {offered_at}, were sent."
        ),
        (
            "Silent: it asked last on {last_check_at} and was to ask again by {expected_at}. Before that, version "
            "{version} was offered on {offered_at}."
        ),
        "Silent: it asked last on {last_check_at} and was to ask again by {expected_at}.",
    ),
    StatusCode.INSTALL_FAILED: (
        "Installing {version} failed on {at} with code {code}: {message}.",
        "Installing {version} failed on {at} with code {code}.",
        "Installing {version} failed on {at}: {message}.",
        "Installing {version} failed on {at}.",
    ),
    StatusCode.DOWNLOADING: (
        "Offered {version} on {offered_at}; {bytes_sent} of {bytes_total} sent, last byte {last_byte_seconds} ago.",
    ),
    StatusCode.INSTALL_LOOP: (
        (
            "Version {version} was sent or offered {attempts} times since {offered_at}, and the device still reports "
            "{reported_version}; it goes on being offered."
        ),
        (
            "Version {version} was sent or offered {attempts} times since {offered_at}, and what the device reports "
            "did not change; it goes on being offered."
        ),
    ),
    StatusCode.DOWNLOADED_NOT_INSTALLED: (
        (
            "Offered {version} on {offered_at}; all {bytes_total} were sent, but the device still reports "
            "{reported_version}. It installs while nobody uses it."
        ),
        (
            "Offered {version} on {offered_at}; all {bytes_total} were sent, but the device has not reported it yet. "
            "It installs while nobody uses it."
        ),
    ),
    StatusCode.DOWNLOAD_STALLED: (
        (
            "Offered {version} on {offered_at}; the download stopped at {bytes_sent} of {bytes_total}, last byte "
            "{last_byte_seconds} ago."
        ),
        "Offered {version} on {offered_at}; the download stopped at {bytes_sent} of {bytes_total}.",
    ),
    StatusCode.OFFERED: (
        "Offered {version} on {offered_at}; {bytes_sent} of {bytes_total} sent so far.",
        "Offered {version} on {offered_at}; the service cannot tell how much of it was sent.",
        "Version {version} was offered.",
    ),
    StatusCode.WAITING_FOR_APPROVAL: REASON_SENTENCES[ReasonCode.WAITING_FOR_APPROVAL],
    StatusCode.NOTHING_APPROVED: REASON_SENTENCES[ReasonCode.NOTHING_APPROVED],
    StatusCode.NO_RULE: REASON_SENTENCES[ReasonCode.NO_RULE_FOR_DEVICE_CLASS],
    StatusCode.UP_TO_DATE: REASON_SENTENCES[ReasonCode.UP_TO_DATE],
}
"""By status, the most telling sentence first; the first whose parameters are all given is taken."""

ASKS_AGAIN_SENTENCES = (
    "It asks again about {next_check_at}; restarting it makes it ask now.",
    "It was to ask again at {due_since}; restarting it makes it ask now.",
)
"""Follows the sentence of a status in `ASKING_STATUSES`."""

FOLLOWING_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "changed_to": ("Since it asked this has changed: {reason}",),
    "answered": ("Its last check was answered: {reason}",),
}
"""Follows the sentence of a status whose parameters name a reason so: what it would be answered now, or what it was
answered although its status is about something else. `reason_version` is the version of that reason."""

ASKING_STATUSES = frozenset(
    {
        StatusCode.INSTALL_FAILED,
        StatusCode.DOWNLOADING,
        StatusCode.INSTALL_LOOP,
        StatusCode.DOWNLOADED_NOT_INSTALLED,
        StatusCode.DOWNLOAD_STALLED,
        StatusCode.OFFERED,
    }
)

NEXT_STEPS: Mapping[StatusCode, str] = {
    StatusCode.RETIRED: "Nothing; when it asks again it comes back by itself.",
    StatusCode.SILENT: "Check that the device has power and network, and restart it.",
    StatusCode.INSTALL_FAILED: "Read the device's logs for the cause, then restart it so that it tries again.",
    StatusCode.DOWNLOADING: "Wait; the download goes on.",
    StatusCode.INSTALL_LOOP: "Find out why the device does not install it; roll the version back if many devices loop.",
    StatusCode.DOWNLOADED_NOT_INSTALLED: "Leave the device idle, or restart it.",
    StatusCode.DOWNLOAD_STALLED: "Check the device's network, and restart it so that it resumes.",
    StatusCode.OFFERED: "Wait until the device has fetched it, or restart it.",
    StatusCode.WAITING_FOR_APPROVAL: "Approve the pending version, or make this a test device.",
    StatusCode.NOTHING_APPROVED: "Import a package for this device class and approve it.",
    StatusCode.NO_RULE: "Import a package for this device class.",
    StatusCode.UP_TO_DATE: "Nothing.",
}

CHANGED_STEPS = "Wait until the device asks again, or restart it so that it asks now."
"""What comes next where the device does not know yet what it is to have."""

VERB_REFUSAL_SENTENCES: Mapping[VerbRefusalCode, tuple[str, ...]] = {
    VerbRefusalCode.NOTHING_PENDING: ("No version is pending for this rule.",),
    VerbRefusalCode.NO_EARLIER_VERSION: (
        "Version {version} was never approved for this rule, so it cannot be rolled back to.",
        "This rule has no earlier version to roll back to.",
    ),
    VerbRefusalCode.VERSION_NOT_STORED: (
        "The files of version {version} are no longer stored; import its package again.",
    ),
    VerbRefusalCode.ALREADY_APPROVED: ("Version {version} is approved already.",),
    VerbRefusalCode.CHANGED_MEANWHILE: (
        "This rule was changed meanwhile: its change number is {change_number}, not {expected_change_number}.",
    ),
    VerbRefusalCode.UNKNOWN_RULE: ("There is no such rule.",),
    VerbRefusalCode.VERSION_CONTENT_DIFFERS: (
        "Version {version} was imported before with other files; a version never changes its content.",
    ),
}

NOTICE_SENTENCES: Mapping[NoticeCode, tuple[str, ...]] = {
    NoticeCode.ALREADY_APPROVED: ("Version {version} is approved already; nothing changed.",),
    NoticeCode.UNCHANGED: ("Version {version} is pending already; nothing changed.",),
    NoticeCode.REPLACED_PENDING: ("Version {version} replaced the pending version {pending}.",),
    NoticeCode.OLDER_THAN_APPROVED: ("Version {version} is older than the approved version {approved}.",),
    NoticeCode.VENDOR_CHANGED: ("The vendor of this rule is now {vendor}.",),
    NoticeCode.SLOT_CLEARED: ("Version {version} is no longer in the slot {slot}, because it moved to another.",),
    NoticeCode.DEPLOYED_ON_IMPORT: (
        "Version {version} was approved at import, as the settings say for {device_type}.",
    ),
}

EVIDENCE_SENTENCES: Mapping[EvidenceCode, tuple[str, ...]] = {
    EvidenceCode.LAST_CHECK: ("It asked last on {last_check_at}.",),
    EvidenceCode.NEXT_CHECK: ("It was told to ask again at {next_check_at}.",),
    EvidenceCode.LAST_DECISION: ("It was answered: {reason}",),
    EvidenceCode.DUE_DECISION: ("Asking now, it would be answered: {reason}",),
    EvidenceCode.DOWNGRADE: ("Version {version} is older than {reported_version}, which it reports.",),
    EvidenceCode.OFFERED: ("Version {version} was offered on {offered_at}.",),
    EvidenceCode.BYTES_SENT: (
        "{bytes_sent} of {bytes_total} were sent, the last on {last_byte_at}.",
        "{bytes_sent} of {bytes_total} were sent.",
        "The service cannot tell how much of {bytes_total} was sent.",
    ),
    EvidenceCode.ATTEMPTS: ("Attempts after which it reported the same as before: {attempts}.",),
    EvidenceCode.LAST_INSTALL: (
        "It reported on {at}: {result}, version {version}, code {code}, {message}.",
        "It reported on {at}: {result}, version {version}, code {code}.",
        "It reported on {at}: {result}, version {version}, {message}.",
        "It reported on {at}: {result}, version {version}.",
    ),
    EvidenceCode.INSTALLED: ("It reports version {installed_version}.",),
    EvidenceCode.RETIRED: ("It was retired on {retired_at}.",),
}


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""English whatever the locale of the process."""


@functools.cache
def named_parameters(template: str) -> tuple[str, ...]:
    """The parameters that a sentence names, in their order."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(template) if name)


def reason_sentence(code: ReasonCode, parameters: Parameters) -> str:
    """Why a check was answered as it was."""
    return sentence(REASON_SENTENCES[code], parameters)


def verb_refusal_sentence(code: VerbRefusalCode, parameters: Parameters) -> str:
    """Why a verb was refused."""
    return sentence(VERB_REFUSAL_SENTENCES[code], parameters)


def notice_sentence(code: NoticeCode, parameters: Parameters) -> str:
    """What a verb has to say beside its effect."""
    return sentence(NOTICE_SENTENCES[code], parameters)


def evidence_sentence(code: EvidenceCode, parameters: Parameters) -> str:
    """One stored fact."""
    return sentence(EVIDENCE_SENTENCES[code], parameters)


def fitting_template(templates: tuple[str, ...], parameters: Mapping[str, object]) -> str:
    """The first sentence whose parameters are all given, or else the last."""
    for template in templates:
        if all(_says_something(parameters.get(name)) for name in named_parameters(template)):
            return template
    return templates[-1]


def _says_something(value: object) -> bool:
    """Whether a parameter can stand in a sentence: a message of dots alone would leave a hole."""
    return value is not None and (not isinstance(value, str) or any(map(str.isalnum, value)))


def finished(filled: str) -> str:
    """A sentence with one end: a device's message, a name or a comment within it may bring its own."""
    said = filled.removesuffix(".")
    if said.endswith("."):
        return said.rstrip(".") + "."
    return said if said.endswith(("!", "?", "\N{HORIZONTAL ELLIPSIS}")) else filled


def sentence(templates: tuple[str, ...], parameters: Parameters) -> str:
    """The fitting one of several sentences, filled, with "unknown" for what is missing."""
    template = fitting_template(templates, parameters)
    shown = {name: show(name, parameters.get(name)) for name in named_parameters(template)}
    return finished(template.format_map(shown))


def show(name: str, value: Parameter) -> str:
    """One parameter in English, by its kind; a time is shown in UTC."""
    if value is None:
        return "unknown"
    kind = PARAMETER_KINDS.get(name, ParameterKind.TEXT)
    if kind in {ParameterKind.TIME, ParameterKind.DATE_TIME}:
        return _show_time(str(value), with_year=kind is ParameterKind.DATE_TIME)
    if kind is ParameterKind.SIZE:
        return show_size(int(value))
    if kind is ParameterKind.SPAN:
        return _show_span(int(value))
    said = " ".join(str(value).split())
    return said.rstrip(" .") if name in TOLD_BY_DEVICES else said


def _show_time(value: str, *, with_year: bool) -> str:
    moment = datetime.fromisoformat(value).astimezone(UTC)
    year = f" {moment.year}" if with_year else ""
    return f"{moment.day} {_MONTHS[moment.month - 1]}{year} {moment:%H:%M} UTC"


def show_size(value: int) -> str:
    """Bytes in the largest decimal unit of which there is one, rounded down: ``31 MB``."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)):
        if value >= factor:
            return f"{value // factor} {unit}"
    return "1 byte" if value == 1 else f"{value} bytes"


def _show_span(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"1 {unit}" if count == 1 else f"{count} {unit}s"
    return "1 second" if seconds == 1 else f"{seconds} seconds"
