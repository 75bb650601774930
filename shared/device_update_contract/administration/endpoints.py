"""Every route of the administration API with its permission, parameters, body, answer and sorts (contract section 5).

The service registers its routes from this table, so that one without a declared permission cannot exist; the OpenAPI
document is generated from it, and clients build their requests with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from device_update_contract.administration import (
    audit_trail,
    device_logs,
    devices,
    evidence,
    packages,
    rules,
    server,
    sign_ins,
    update_log,
)
from device_update_contract.administration.base import Page, PageQuery
from device_update_contract.administration.roles import Permission
from device_update_contract.audit import AuditVerb

BASE = "/api/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route: ``permission`` None means that no session is needed (health, metrics, opening a session)."""

    name: str
    method: str
    path: str
    permission: Permission | None
    summary: str
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: Any = None
    status: int = 200
    sorts: tuple[str, ...] = ()
    """Fields that a list sorts by, in both directions; one with ``-`` before it in descending order only."""
    raw_body: bool = False
    """Whether the body is a file (or multipart) instead of JSON."""
    answer_type: str = "application/json"
    bad_news_status: int | None = None
    """The status with which the same answer comes when it holds bad news (health: something is failing)."""
    audited: AuditVerb | None = None
    """What the audit trail calls it; None is only for what changes nothing."""

    def url(self, **parts: str) -> str:
        """The path with its parts filled in; the caller percent-encodes them."""
        return self.path.format(**parts)


_E = Endpoint
_P = Permission
_V = AuditVerb

OPEN_SESSION = _E(
    "open_session", "POST", f"{BASE}/session", None, "Sign in and get a session token",
    answer=server.SessionAnswer, status=201, audited=_V.SESSION_OPEN,
)  # fmt: skip
SHOW_SESSION = _E("show_session", "GET", f"{BASE}/session", _P.OWN_SESSION, "This session", answer=server.SessionModel)
CLOSE_SESSION = _E(
    "close_session", "DELETE", f"{BASE}/session", _P.OWN_SESSION, "Sign out", status=204, audited=_V.SESSION_CLOSE
)
LIST_SESSIONS = _E(
    "list_sessions", "GET", f"{BASE}/sessions", _P.OWN_SESSION,
    "An account's sessions; of other accounts for administrators",
    query=server.SessionQuery, answer=Page[server.SessionModel], sorts=("id",),
)  # fmt: skip
REVOKE_SESSION = _E(
    "revoke_session", "DELETE", f"{BASE}/sessions/{{id}}", _P.OWN_SESSION, "End a session", status=204,
    audited=_V.SESSION_REVOKE,
)  # fmt: skip
SHOW_SERVER = _E("show_server", "GET", f"{BASE}/server", _P.READ, "What this service is", answer=server.ServerAnswer)
HEALTH = _E(
    "health", "GET", f"{BASE}/health", None, "How the service is", answer=server.HealthAnswer, bad_news_status=503
)
METRICS = _E("metrics", "GET", "/metrics", None, "Prometheus metrics", answer_type="text/plain")
OPENAPI = _E("openapi", "GET", f"{BASE}/openapi.json", None, "This API as an OpenAPI 3 document", answer=dict[str, Any])

INSPECT_PACKAGE = _E(
    "inspect_package", "POST", f"{BASE}/packages/inspect", _P.IMPORT_PACKAGES,
    "Upload a package and see its findings and what importing it would change, or look again at one that was",
    query=packages.PackageNameQuery, raw_body=True, body=packages.KeptUploadRequest,
    answer=packages.PackageInspectionAnswer,
)  # fmt: skip
IMPORT_PACKAGE = _E(
    "import_package", "POST", f"{BASE}/packages", _P.IMPORT_PACKAGES,
    "Import a package: a file, or one inspected before",
    query=packages.PackageNameQuery, raw_body=True, body=packages.KeptUploadRequest, answer=packages.Package,
    status=201, audited=_V.PACKAGE_IMPORT,
)  # fmt: skip
FORGET_UPLOAD = _E(
    "forget_upload", "DELETE", f"{BASE}/packages/uploads/{{id}}", _P.IMPORT_PACKAGES,
    "Delete the file of an inspected package that will not be imported", status=204,
)  # fmt: skip
LIST_PACKAGES = _E(
    "list_packages", "GET", f"{BASE}/packages", _P.READ, "Imported packages",
    query=packages.PackageQuery, answer=Page[packages.Package], sorts=("id", "name", "imported_at", "size"),
)  # fmt: skip
SHOW_PACKAGE = _E(
    "show_package", "GET", f"{BASE}/packages/{{id}}", _P.READ, "One imported package", answer=packages.Package
)

LIST_RULES = _E(
    "list_rules", "GET", f"{BASE}/rules", _P.READ, "Rules",
    query=rules.RuleQuery, answer=Page[rules.Rule],
    sorts=("id", "device_type", "brand", "vendor", "model", "revision", "locale", "update_type"),
)  # fmt: skip
SHOW_RULE = _E("show_rule", "GET", f"{BASE}/rules/{{id}}", _P.READ, "One rule", answer=rules.Rule)
RULE_HISTORY = _E(
    "rule_history", "GET", f"{BASE}/rules/{{id}}/history", _P.READ, "A rule's history, newest first",
    query=PageQuery, answer=Page[rules.RuleHistoryEntry], sorts=("id",),
)  # fmt: skip


def _rule_verb(verb: str, summary: str, audited: AuditVerb) -> Endpoint:
    return Endpoint(
        f"{verb}_rules", "POST", f"{BASE}/rules/{verb}", _P.CHANGE_RULES, summary,
        body=rules.RuleVerbRequest, answer=rules.RuleVerbAnswer, audited=audited,
    )  # fmt: skip


APPROVE_RULES = _rule_verb("approve", "Give the pending version to all devices", _V.RULE_APPROVE)
REJECT_RULES = _rule_verb("reject", "Drop the pending version", _V.RULE_REJECT)
ROLL_BACK_RULES = _rule_verb("rollback", "Return to the earlier version, or to a named one", _V.RULE_ROLL_BACK)
REMOVE_RULES = _rule_verb("remove", "Stop offering anything; nothing is uninstalled", _V.RULE_REMOVE)

LIST_TEST_DEVICES = _E(
    "list_test_devices", "GET", f"{BASE}/test-devices", _P.READ, "Test devices",
    query=devices.TestDeviceQuery, answer=Page[devices.TestDevice], sorts=("id", "name", "identifier"),
)  # fmt: skip
ADD_TEST_DEVICE = _E(
    "add_test_device", "POST", f"{BASE}/test-devices", _P.CHANGE_TEST_DEVICES, "Add a test device",
    body=devices.NewTestDevice, answer=devices.TestDevice, status=201, audited=_V.TEST_DEVICE_ADD,
)  # fmt: skip
SHOW_TEST_DEVICE = _E(
    "show_test_device", "GET", f"{BASE}/test-devices/{{id}}", _P.READ, "One test device", answer=devices.TestDevice
)
CHANGE_TEST_DEVICE = _E(
    "change_test_device", "PATCH", f"{BASE}/test-devices/{{id}}", _P.CHANGE_TEST_DEVICES, "Change a test device",
    body=devices.TestDeviceChange, answer=devices.TestDevice, audited=_V.TEST_DEVICE_CHANGE,
)  # fmt: skip
REMOVE_TEST_DEVICE = _E(
    "remove_test_device", "DELETE", f"{BASE}/test-devices/{{id}}", _P.CHANGE_TEST_DEVICES, "Remove a test device",
    status=204, audited=_V.TEST_DEVICE_REMOVE,
)  # fmt: skip
ADD_TEST_DEVICES = _E(
    "add_test_devices", "POST", f"{BASE}/test-devices/add", _P.CHANGE_TEST_DEVICES, "Use many devices as test devices",
    body=devices.ManyDevicesRequest, answer=devices.ManyDevicesAnswer, audited=_V.TEST_DEVICE_ADD,
)  # fmt: skip

LIST_DEVICES = _E(
    "list_devices", "GET", f"{BASE}/devices", _P.READ, "Devices",
    query=devices.DeviceQuery, answer=Page[devices.Device],
    sorts=("last_check_at", "mac", "serial", "model", "installed_version", "user", "address", "status", "id"),
)  # fmt: skip
DEVICE_CHANGES = _E(
    "device_changes", "GET", f"{BASE}/devices/changes", _P.READ,
    "What changed in the last 24 hours for the devices that match a filter",
    query=devices.DeviceFilter, answer=evidence.DeviceChangesAnswer,
)  # fmt: skip
SHOW_DEVICE = _E("show_device", "GET", f"{BASE}/devices/{{id}}", _P.READ, "One device", answer=devices.Device)
CHANGE_DEVICE = _E(
    "change_device", "PATCH", f"{BASE}/devices/{{id}}", _P.WRITE_NOTES,
    "Change a device's note (help desk), label, location, asset tag or retirement (operator)",
    body=devices.DeviceChange, answer=devices.Device, audited=_V.DEVICE_CHANGE,
)  # fmt: skip
REMOVE_DEVICE = _E(
    "remove_device", "DELETE", f"{BASE}/devices/{{id}}", _P.CHANGE_DEVICES, "Forget a device", status=204,
    audited=_V.DEVICE_REMOVE,
)  # fmt: skip
DEVICE_HISTORY = _E(
    "device_history", "GET", f"{BASE}/devices/{{id}}/history", _P.READ, "A device's history, newest first",
    query=devices.DeviceHistoryQuery, answer=Page[devices.DeviceHistoryEntry], sorts=("-at",),
)  # fmt: skip
REMOVE_DEVICES = _E(
    "remove_devices", "POST", f"{BASE}/devices/remove", _P.CHANGE_DEVICES, "Forget many devices",
    body=devices.ManyDevicesRequest, answer=devices.ManyDevicesAnswer, audited=_V.DEVICE_REMOVE,
)  # fmt: skip
RETIRE_DEVICES = _E(
    "retire_devices", "POST", f"{BASE}/devices/retire", _P.CHANGE_DEVICES, "Mark many devices as retired",
    body=devices.ManyDevicesRequest, answer=devices.ManyDevicesAnswer, audited=_V.DEVICE_RETIRE,
)  # fmt: skip

LIST_UPDATE_LOG = _E(
    "list_update_log", "GET", f"{BASE}/update-log", _P.READ,
    "Every check with its decision, also as CSV; a page may have fewer checks than asked for, or none, and a next one",
    query=update_log.UpdateLogQuery, answer=Page[update_log.LoggedCheck], sorts=("at",),
)  # fmt: skip
LIST_DEVICE_LOGS = _E(
    "list_device_logs", "GET", f"{BASE}/device-logs", _P.READ, "Logs that devices sent",
    query=device_logs.DeviceLogQuery, answer=Page[device_logs.DeviceLog], sorts=("stored_at", "size", "id"),
)  # fmt: skip
SHOW_DEVICE_LOG = _E(
    "show_device_log", "GET", f"{BASE}/device-logs/{{id}}", _P.READ, "One device log", answer=device_logs.DeviceLog
)
DEVICE_LOG_CONTENT = _E(
    "device_log_content", "GET", f"{BASE}/device-logs/{{id}}/content", _P.READ,
    "What is in a device log; ranges are served", answer_type="application/octet-stream", audited=_V.DEVICE_LOG_READ,
)  # fmt: skip

SHOW_EVIDENCE = _E(
    "show_evidence", "GET", f"{BASE}/evidence", _P.READ,
    "What is known instead where a list of devices, device logs or checks is empty",
    query=evidence.EvidenceQuery, answer=evidence.EvidenceAnswer,
)  # fmt: skip
"""``evidence`` is what section 2.3 of the contract calls the stored facts behind a sentence; here they stand behind
"nothing was found"."""
SUMMARY = _E("summary", "GET", f"{BASE}/summary", _P.READ, "Counts for charts", answer=server.SummaryAnswer)
LIST_REFUSED_REQUESTS = _E(
    "list_refused_requests", "GET", f"{BASE}/refused-requests", _P.READ, "What was turned away, and why",
    query=server.RefusedRequestQuery, answer=Page[server.RefusedRequest], sorts=("last_at", "first_at", "count"),
)  # fmt: skip
LIST_AUDIT_TRAIL = _E(
    "list_audit_trail", "GET", f"{BASE}/audit-trail", _P.READ, "Administrative actions, done and refused",
    query=audit_trail.AuditQuery, answer=Page[audit_trail.AuditEntry], sorts=("id",),
)  # fmt: skip
LIST_SIGN_INS = _E(
    "list_sign_ins", "GET", f"{BASE}/sign-ins", _P.READ, "Refused sign-ins: which account, from where, and why",
    query=sign_ins.SignInQuery, answer=Page[sign_ins.SignIn], sorts=("last_at", "first_at", "count"),
)  # fmt: skip
SHOW_SETTINGS = _E("show_settings", "GET", f"{BASE}/settings", _P.READ, "Settings", answer=server.SettingsAnswer)
CHANGE_SETTINGS = _E(
    "change_settings", "PATCH", f"{BASE}/settings", _P.CHANGE_SETTINGS, "Change settings, all or nothing",
    body=server.SettingsChange, answer=server.SettingsAnswer, audited=_V.SETTING_CHANGE,
)  # fmt: skip
PURGE = _E(
    "purge", "POST", f"{BASE}/purge", _P.PURGE, "Delete image files that nothing needs",
    body=server.PurgeRequest, answer=server.PurgeAnswer, audited=_V.PURGE,
)  # fmt: skip
LIST_ACCOUNTS = _E(
    "list_accounts", "GET", f"{BASE}/accounts", _P.MANAGE_ACCOUNTS, "Accounts",
    query=server.AccountQuery, answer=Page[server.AccountModel], sorts=("name",),
)  # fmt: skip
ADD_ACCOUNT = _E(
    "add_account", "POST", f"{BASE}/accounts", _P.MANAGE_ACCOUNTS, "Add an account",
    body=server.NewAccount, answer=server.AccountModel, status=201, audited=_V.ACCOUNT_ADD,
)  # fmt: skip
SHOW_ACCOUNT = _E(
    "show_account", "GET", f"{BASE}/accounts/{{name}}", _P.MANAGE_ACCOUNTS, "One account", answer=server.AccountModel
)
CHANGE_ACCOUNT = _E(
    "change_account", "PATCH", f"{BASE}/accounts/{{name}}", _P.MANAGE_ACCOUNTS, "Change an account",
    body=server.AccountChange, answer=server.AccountModel, audited=_V.ACCOUNT_CHANGE,
)  # fmt: skip
REMOVE_ACCOUNT = _E(
    "remove_account", "DELETE", f"{BASE}/accounts/{{name}}", _P.MANAGE_ACCOUNTS, "Remove an account", status=204,
    audited=_V.ACCOUNT_REMOVE,
)  # fmt: skip
UNLOCK_ACCOUNT = _E(
    "unlock_account", "POST", f"{BASE}/accounts/{{name}}/unlock", _P.MANAGE_ACCOUNTS, "Unlock an account",
    answer=server.AccountModel, audited=_V.ACCOUNT_UNLOCK,
)  # fmt: skip
ACCOUNT_STATUS = _E(
    "account_status", "GET", f"{BASE}/accounts/{{name}}/status", _P.READ_ACCOUNT_STATUS,
    "Whether an account can sign in",
    answer=server.AccountStatus,
)  # fmt: skip
EVENTS = _E(
    "events", "GET", f"{BASE}/events", _P.READ, "What changes, as Server-Sent Events", answer_type="text/event-stream"
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(value for value in list(vars().values()) if isinstance(value, Endpoint))
