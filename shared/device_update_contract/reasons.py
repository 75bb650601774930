"""Codes of decisions, statuses, refusals and notices, and who acts next (contract sections 2.1 to 2.3).

A code and its parameters are what travels; `sentences` makes the English sentence of them, the console one in its
own language. Parameters are JSON values: times are RFC 3339 texts, sizes are bytes, spans are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

Parameter = str | int | None
Parameters = Mapping[str, Parameter]


class ReasonCode(StrEnum):
    """Why a check was answered as it was (contract 2.2)."""

    PENDING_UPDATE_TEST_DEVICE = "pending-update-test-device"
    ROLLED_BACK = "rolled-back"
    APPROVED_UPDATE = "approved-update"
    UP_TO_DATE = "up-to-date"
    WAITING_FOR_APPROVAL = "waiting-for-approval"
    NOTHING_APPROVED = "nothing-approved"
    NO_RULE_FOR_DEVICE_CLASS = "no-rule-for-device-class"


class StatusCode(StrEnum):
    """The status of a device, in the order in which they are tried (contract 2.3)."""

    RETIRED = "retired"
    SILENT = "silent"
    INSTALL_FAILED = "install-failed"
    DOWNLOADING = "downloading"
    INSTALL_LOOP = "install-loop"
    DOWNLOADED_NOT_INSTALLED = "downloaded-not-installed"
    DOWNLOAD_STALLED = "download-stalled"
    OFFERED = "offered"
    WAITING_FOR_APPROVAL = "waiting-for-approval"
    NOTHING_APPROVED = "nothing-approved"
    NO_RULE = "no-rule"
    UP_TO_DATE = "up-to-date"


class WhoActs(StrEnum):
    """Who has to act next."""

    DEVICE = "device"
    NOBODY = "nobody"
    ADMINISTRATOR = "administrator"
    HELP_DESK = "help_desk"


class VerbRefusalCode(StrEnum):
    """Why a verb was refused for one rule (contract 2.1); `version-content-differs` is the import's only one."""

    NOTHING_PENDING = "nothing-pending"
    NO_EARLIER_VERSION = "no-earlier-version"
    VERSION_NOT_STORED = "version-not-stored"
    ALREADY_APPROVED = "already-approved"
    CHANGED_MEANWHILE = "changed-meanwhile"
    UNKNOWN_RULE = "unknown-rule"
    VERSION_CONTENT_DIFFERS = "version-content-differs"


class NoticeCode(StrEnum):
    """What a verb that was carried out has to say beside its effect (contract 2.1)."""

    ALREADY_APPROVED = "already-approved"
    UNCHANGED = "unchanged"
    REPLACED_PENDING = "replaced-pending"
    OLDER_THAN_APPROVED = "older-than-approved"
    VENDOR_CHANGED = "vendor-changed"
    SLOT_CLEARED = "slot-cleared"
    DEPLOYED_ON_IMPORT = "deployed-on-import"


class IdentityNoteCode(StrEnum):
    """What the service notes on a device whose identifiers do not agree with the records (contract section 1)."""

    IDENTITY_CONFLICT = "identity-conflict"
    SERIAL_CHANGED = "serial-changed"


REASON_NUMBER: Mapping[ReasonCode, int] = {code: number for number, code in enumerate(ReasonCode, start=1)}
"""The smallest number wins when nothing is offered."""

OFFERING_REASONS = frozenset(
    {ReasonCode.PENDING_UPDATE_TEST_DEVICE, ReasonCode.ROLLED_BACK, ReasonCode.APPROVED_UPDATE}
)

STATUS_OF_REASON: Mapping[ReasonCode, StatusCode] = {
    ReasonCode.PENDING_UPDATE_TEST_DEVICE: StatusCode.OFFERED,
    ReasonCode.ROLLED_BACK: StatusCode.OFFERED,
    ReasonCode.APPROVED_UPDATE: StatusCode.OFFERED,
    ReasonCode.UP_TO_DATE: StatusCode.UP_TO_DATE,
    ReasonCode.WAITING_FOR_APPROVAL: StatusCode.WAITING_FOR_APPROVAL,
    ReasonCode.NOTHING_APPROVED: StatusCode.NOTHING_APPROVED,
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: StatusCode.NO_RULE,
}
"""The status of a device of which nothing but its last decision is known."""

WHO_ACTS: Mapping[ReasonCode, WhoActs] = {
    ReasonCode.PENDING_UPDATE_TEST_DEVICE: WhoActs.DEVICE,
    ReasonCode.ROLLED_BACK: WhoActs.DEVICE,
    ReasonCode.APPROVED_UPDATE: WhoActs.DEVICE,
    ReasonCode.UP_TO_DATE: WhoActs.NOBODY,
    ReasonCode.WAITING_FOR_APPROVAL: WhoActs.ADMINISTRATOR,
    ReasonCode.NOTHING_APPROVED: WhoActs.ADMINISTRATOR,
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: WhoActs.ADMINISTRATOR,
}

WHO_ACTS_ON_STATUS: Mapping[StatusCode, WhoActs] = {
    StatusCode.RETIRED: WhoActs.NOBODY,
    StatusCode.SILENT: WhoActs.HELP_DESK,
    StatusCode.INSTALL_FAILED: WhoActs.HELP_DESK,
    StatusCode.DOWNLOADING: WhoActs.DEVICE,
    StatusCode.INSTALL_LOOP: WhoActs.ADMINISTRATOR,
    StatusCode.DOWNLOADED_NOT_INSTALLED: WhoActs.DEVICE,
    StatusCode.DOWNLOAD_STALLED: WhoActs.HELP_DESK,
    StatusCode.OFFERED: WhoActs.DEVICE,
    StatusCode.WAITING_FOR_APPROVAL: WhoActs.ADMINISTRATOR,
    StatusCode.NOTHING_APPROVED: WhoActs.ADMINISTRATOR,
    StatusCode.NO_RULE: WhoActs.ADMINISTRATOR,
    StatusCode.UP_TO_DATE: WhoActs.NOBODY,
}


class EvidenceCode(StrEnum):
    """A stored fact that the answer to "why has it not updated?" rests on."""

    LAST_CHECK = "last-check"
    NEXT_CHECK = "next-check"
    LAST_DECISION = "last-decision"
    DUE_DECISION = "due-decision"
    DOWNGRADE = "downgrade"
    OFFERED = "offered"
    BYTES_SENT = "bytes-sent"
    ATTEMPTS = "attempts"
    LAST_INSTALL = "last-install"
    INSTALLED = "installed"
    RETIRED = "retired"
