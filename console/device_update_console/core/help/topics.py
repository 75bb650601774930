"""Which page of the help goes with what a person looks at: a node, what is selected, a dialog, a verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from device_update_console.core.help.pages import FIRST
from device_update_console.core.verbs.offered_verbs import Verb
from device_update_console.core.window.node_links import HelpLink
from device_update_console.core.window.scope_tree import DEVICE_LISTS, NodeKind
from device_update_contract.administration.devices import Device

_NODES: Mapping[NodeKind, str] = {NodeKind.SAVED_FILTER: "devices"}
"""Nodes whose page is not called as they are."""

VERB_TOPICS: Mapping[Verb, str] = {
    Verb.CONNECT_SERVER: "console",
    Verb.RENAME_SERVER: "console",
    Verb.DISCONNECT_SERVER: "console",
    Verb.OPEN_CONSOLE: "console",
    Verb.SAVE_CONSOLE_AS: "console",
    Verb.SIGN_IN: "signing-in",
    Verb.SERVER_PROPERTIES: "server",
    Verb.UPLOAD_UPDATES: "uploading",
    Verb.SAVE_LOG: "device-logs",
    Verb.APPROVE: "approving#approve",
    Verb.REJECT: "approving#reject",
    Verb.ROLL_BACK: "rolling-back#roll-back",
    Verb.ROLL_BACK_TO: "rolling-back#roll-back-to",
    Verb.REMOVE_UPDATE: "rolling-back#remove",
    Verb.ADD_TEST_DEVICE: "test-devices",
    Verb.EDIT_TEST_DEVICE: "test-devices",
    Verb.RENAME_TEST_DEVICE: "test-devices",
    Verb.REMOVE_TEST_DEVICE: "test-devices",
    Verb.USE_AS_TEST_DEVICE: "test-devices",
    Verb.EDIT_NOTE: "devices",
    Verb.EDIT_DEVICE: "devices",
    Verb.RETIRE_DEVICE: "devices",
    Verb.BRING_DEVICE_BACK: "devices",
    Verb.REMOVE_DEVICE: "devices",
    Verb.FIND_DEVICE: "devices#find",
    Verb.REPORTS: "reports",
    Verb.SAVE_FILTER: "devices#find",
    Verb.RENAME_FILTER: "devices#find",
    Verb.REMOVE_FILTER: "devices#find",
    Verb.ADD_ACCOUNT: "accounts",
    Verb.EDIT_ACCOUNT: "accounts",
    Verb.SET_PASSWORD: "accounts",
    Verb.REMOVE_ACCOUNT: "accounts",
    Verb.ACCOUNT_STATUS: "accounts#account-status",
    Verb.SETTINGS: "settings",
    Verb.LOG_SETTINGS: "log-settings",
    Verb.PURGE_LOGS: "purge",
    Verb.PURGE_UPDATES: "purge",
    Verb.PURGE_ALL: "purge",
    Verb.VERIFY_AUDIT_TRAIL: "audit-trail#verify",
    Verb.EXPORT_LIST: "working-with-lists#export",
    Verb.CHOOSE_COLUMNS: "working-with-lists#columns",
}
"""The page that explains a verb, where it opens a dialog."""

DIALOG_TOPICS: Mapping[str, str] = {
    "AboutDialog": "first-steps",
    "AuditCheckDialog": "audit-trail#verify",
    "CertificateDialog": "signing-in#certificate",
    "ColumnsDialog": "working-with-lists#columns",
    "ConnectDialog": "console",
    "ExportDialog": "working-with-lists#export",
    "FilterNameDialog": "devices#find",
    "FindDeviceDialog": "devices#find",
    "LogViewer": "device-logs",
    "ManifestDialog": "uploading",
    "OutcomeDialog": "updates",
    "PurgeDialog": "purge",
    "ReportsDialog": "reports",
    "RollBackDialog": "rolling-back#roll-back-to",
    "SignInDialog": "signing-in",
    "UploadWizard": "uploading",
}
"""Dialogs by their class, where they do not say it themselves (`help_topic`)."""


def link_of(topic: str) -> HelpLink:
    """A topic as it is written in tables, ``page`` or ``page#place``."""
    page, _, place = topic.partition("#")
    return HelpLink(page or FIRST, place)


def help_for(node: NodeKind, items: Sequence[object]) -> HelpLink:
    """The page for an open node; for one selected device what its status means."""
    if node in DEVICE_LISTS and len(items) == 1 and isinstance(items[0], Device):
        return HelpLink("device-statuses", items[0].status)
    return HelpLink(_NODES.get(node, node.value))
