"""Codes of the contract as words for lists: statuses, reasons, audit verbs, causes, roles.

Sentences with the facts in them come from the service and from the contract; these are the short names beside them. A
code that a newer service sends is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from device_update_console.core.texts.language import text
from device_update_contract.administration.roles import Role
from device_update_contract.audit import AuditVerb
from device_update_contract.reasons import ReasonCode, StatusCode, WhoActs
from device_update_contract.sign_ins import SignInCause

STATUS_TEXTS: Mapping[str, str] = {
    StatusCode.RETIRED: "Retired",
    StatusCode.SILENT: "Silent",
    StatusCode.INSTALL_FAILED: "Installation failed",
    StatusCode.DOWNLOADING: "Downloading",
    StatusCode.INSTALL_LOOP: "Installs again and again",
    StatusCode.DOWNLOADED_NOT_INSTALLED: "Downloaded, not installed",
    StatusCode.DOWNLOAD_STALLED: "Download stopped",
    StatusCode.OFFERED: "Offered",
    StatusCode.WAITING_FOR_APPROVAL: "Waiting for approval",
    StatusCode.NOTHING_APPROVED: "Nothing approved",
    StatusCode.NO_RULE: "No update known",
    StatusCode.UP_TO_DATE: "Up to date",
}
REASON_TEXTS: Mapping[str, str] = {
    ReasonCode.PENDING_UPDATE_TEST_DEVICE: "Pending update for a test device",
    ReasonCode.ROLLED_BACK: "Rolled back",
    ReasonCode.APPROVED_UPDATE: "Approved update",
    ReasonCode.UP_TO_DATE: "Up to date",
    ReasonCode.WAITING_FOR_APPROVAL: "Waiting for approval",
    ReasonCode.NOTHING_APPROVED: "Nothing approved",
    ReasonCode.NO_RULE_FOR_DEVICE_CLASS: "No update known for the device class",
}
WHO_ACTS_TEXTS: Mapping[str, str] = {
    WhoActs.DEVICE: "The device",
    WhoActs.NOBODY: "Nobody",
    WhoActs.ADMINISTRATOR: "An administrator",
    WhoActs.HELP_DESK: "Help desk",
}
AUDIT_VERB_TEXTS: Mapping[str, str] = {
    AuditVerb.PACKAGE_IMPORT: "Package imported",
    AuditVerb.RULE_IMPORT: "Update imported",
    AuditVerb.RULE_APPROVE: "Update approved",
    AuditVerb.RULE_REJECT: "Update rejected",
    AuditVerb.RULE_ROLL_BACK: "Update rolled back",
    AuditVerb.RULE_REMOVE: "Update removed",
    AuditVerb.TEST_DEVICE_ADD: "Test device added",
    AuditVerb.TEST_DEVICE_CHANGE: "Test device changed",
    AuditVerb.TEST_DEVICE_REMOVE: "Test device removed",
    AuditVerb.DEVICE_CHANGE: "Device changed",
    AuditVerb.DEVICE_RETIRE: "Device retired",
    AuditVerb.DEVICE_REMOVE: "Device removed",
    AuditVerb.SETTING_CHANGE: "Setting changed",
    AuditVerb.DEVICE_LOG_READ: "Device log read",
    AuditVerb.PURGE: "Files purged",
    AuditVerb.ACCOUNT_ADD: "Account added",
    AuditVerb.ACCOUNT_CHANGE: "Account changed",
    AuditVerb.ACCOUNT_REMOVE: "Account removed",
    AuditVerb.ACCOUNT_UNLOCK: "Account unlocked",
    AuditVerb.SESSION_OPEN: "Signed in",
    AuditVerb.SESSION_CLOSE: "Signed out",
    AuditVerb.SESSION_REVOKE: "Session ended",
    AuditVerb.KEY_ROTATE: "Key of the accounts renewed",
    AuditVerb.BACKUP_RESTORE: "Backup restored",
    AuditVerb.MORE_REFUSED: "More was refused",
}
"""Of what was done; an entry that was refused says so in its outcome."""
OUTCOME_TEXTS: Mapping[str, str] = {"done": "Done", "refused": "Refused"}
CAUSE_TEXTS: Mapping[str, str] = {
    SignInCause.UNKNOWN_ACCOUNT: "Unknown account",
    SignInCause.WRONG_PASSWORD: "Wrong password",
    SignInCause.ACCOUNT_DISABLED: "Account disabled",
    SignInCause.ROLE_NOT_ALLOWED: "Role not allowed",
    SignInCause.LOCKED_OUT: "Locked out",
    SignInCause.DELAYED: "Too soon after a failure",
    SignInCause.MALFORMED_TOKEN: "Damaged message",
    SignInCause.OUT_OF_ORDER: "Out of order",
    SignInCause.OLD_PROTOCOL: "Protocol not safe",
    SignInCause.CHANNEL_BINDING: "Not bound to the certificate",
    SignInCause.TOO_MANY_UNFINISHED: "Too many unfinished",
    SignInCause.SHARED_PROXY: "Through a shared proxy",
    SignInCause.TICKET_REFUSED: "Ticket refused",
    SignInCause.SOURCE_UNAVAILABLE: "Domain not reachable",
}
REFUSAL_KIND_TEXTS: Mapping[str, str] = {
    "check": "Check for updates",
    "external-sign-in": "Sign-in from outside",
    "administration-sign-in": "Sign-in to administer",
}
LISTENER_TEXTS: Mapping[str, str] = {"external": "External", "administration": "Administration"}
ROLE_TEXTS: Mapping[str, str] = {
    Role.ADMINISTRATOR: "Administrator",
    Role.OPERATOR: "Operator",
    Role.HELP_DESK: "Help desk",
    Role.DEVICE_USER: "Device user",
}
RULE_STATE_TEXTS: Mapping[str, str] = {
    "pending": "Pending",
    "deployed": "Deployed",
    "removed": "Removed",
    "empty": "Empty",
}
SOURCE_TEXTS: Mapping[str, str] = {
    "local": "This service",
    "kerberos": "A Kerberos realm",
    "winbind": "A Windows domain",
}
IDENTIFIER_TYPE_TEXTS: Mapping[str, str] = {"mac": "MAC address", "serial": "Serial number"}
INSTALL_RESULT_TEXTS: Mapping[str, str] = {"Succeeded": "Succeeded", "Failed": "Failed"}
SEVERITY_TEXTS: Mapping[str, str] = {"error": "Error", "warning": "Warning"}
SLOT_TEXTS: Mapping[str, str] = {"pending": "Pending", "approved": "Approved", "restore": "Restore"}


def text_of(texts: Mapping[str, str], code: str) -> str:
    """The words for a code, or the code where a newer service sent one that is not known here."""
    return text(texts[code]) if code in texts else code


def titles_of(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Codes with the sources of their words, as choices of a filter."""
    return tuple((str(code), words) for code, words in texts.items())
