"""What is told of each verb: one table, in the order in which verbs are listed."""

from __future__ import annotations

from collections.abc import Mapping

from device_update_console.core.verbs.definition import Selected, Verb, VerbDefinition
from device_update_console.core.window.scope_tree import DEVICE_LISTS, NodeKind
from device_update_contract.administration.roles import Permission

_D = VerbDefinition
_V = Verb
_P = Permission
_N = NodeKind
_ONE, _SOME = Selected.ONE, Selected.SOME

_SERVER = frozenset({_N.SERVER})
_SERVERS = frozenset({_N.CONSOLE, _N.SERVER})
_PENDING = frozenset({_N.PENDING_UPDATES})
_DEPLOYED = frozenset({_N.DEPLOYED_UPDATES})
_UPLOADS = frozenset({_N.SERVER, _N.PENDING_UPDATES, _N.DEPLOYED_UPDATES, _N.PACKAGES})
_TEST_DEVICES = frozenset({_N.TEST_DEVICES})
_DEVICE_LOGS = frozenset({_N.DEVICE_LOGS})
_LOGS = frozenset({_N.DEVICE_LOGS, _N.UPDATE_LOG})
_ACCOUNTS = frozenset({_N.ACCOUNTS})
_SAVED_FILTER = frozenset({_N.SAVED_FILTER})
LISTS = frozenset(_N) - {_N.CONSOLE, _N.SERVER}
"""The nodes that show a list."""

_SERVER_VERBS = (
    _D(
        _V.CONNECT_SERVER, "&Connect to Server...", "Add a server to this console.", nodes=_SERVERS,
        icon="connect",
    ),
    _D(_V.TRY_AGAIN, "&Try Again", "Connect to this server again.", nodes=_SERVER, icon="refresh"),
    _D(_V.SIGN_IN, "Si&gn In...", "Sign in to this server, or as somebody else.", nodes=_SERVER, icon="sign-in"),
    _D(
        _V.SIGN_OUT, "Sign &Out", "End the session with this server.", nodes=_SERVER, permission=_P.OWN_SESSION,
        feature="sessions",
    ),
    _D(
        _V.DISCONNECT_SERVER, "&Disconnect...", "Take this server out of the console; the service itself goes on.",
        nodes=_SERVER, icon="disconnect",
    ),
    _D(
        _V.RENAME_SERVER, "Rena&me", "Give this server another name in this console.", nodes=_SERVER, shortcut="F2",
        icon="edit",
    ),
    _D(
        _V.SERVER_PROPERTIES, "P&roperties", "Show this server and its settings.", nodes=_SERVER, permission=_P.READ,
        feature="settings", shortcut="Alt+Return", icon="properties",
    ),
    _D(_V.OPEN_CONSOLE, "&Open...", "Open servers, filters and columns from a file.", shortcut="Ctrl+O"),
    _D(
        _V.SAVE_CONSOLE_AS, "Save Console &As...", "Write servers, filters and columns to a file, without passwords.",
        shortcut="Ctrl+Shift+S",
    ),
    _D(_V.NEW_WINDOW, "&New Window from Here", "Open a window of its own on this node.", shortcut="Ctrl+N"),
    _D(_V.EXIT, "E&xit", "Close the console.", shortcut="Ctrl+Q"),
)  # fmt: skip

_RULE_VERBS = (
    _D(
        _V.UPLOAD_UPDATES, "&Upload Updates...", "Upload packages; what is in them becomes pending.", nodes=_UPLOADS,
        permission=_P.IMPORT_PACKAGES, feature="packages", shortcut="Ctrl+U", icon="upload",
    ),
    _D(
        _V.APPROVE, "&Approve...", "Give the pending version to all devices.", nodes=_PENDING, selected=_SOME,
        permission=_P.CHANGE_RULES, feature="rules", icon="approve", whole_list=True,
    ),
    _D(
        _V.REJECT, "Re&ject...", "Drop the pending version; devices keep the approved one.", nodes=_PENDING,
        selected=_SOME, permission=_P.CHANGE_RULES, feature="rules", shortcut="Del", icon="reject", whole_list=True,
    ),
    _D(
        _V.ROLL_BACK, "Roll &Back...", "Return to the version that was approved before.", nodes=_DEPLOYED,
        selected=_SOME, permission=_P.CHANGE_RULES, feature="rules", icon="roll-back", whole_list=True,
    ),
    _D(
        _V.ROLL_BACK_TO, "Roll Back &To...", "Return to any version of the history whose files are stored.",
        nodes=_DEPLOYED, selected=_ONE, permission=_P.CHANGE_RULES, feature="rules", icon="roll-back",
    ),
    _D(
        _V.REMOVE_UPDATE, "Re&move...", "Stop offering anything for this device class; nothing is uninstalled.",
        nodes=_DEPLOYED, selected=_SOME, permission=_P.CHANGE_RULES, feature="rules", shortcut="Del", icon="remove",
        whole_list=True,
    ),
)  # fmt: skip

_TEST_DEVICE_VERBS = (
    _D(
        _V.ADD_TEST_DEVICE, "&Add Test Device...", "Name a device that gets pending updates.", nodes=_TEST_DEVICES,
        permission=_P.CHANGE_TEST_DEVICES, feature="test-devices", icon="add-test-device",
    ),
    _D(
        _V.EDIT_TEST_DEVICE, "&Edit...", "Change the test device's name or identifier.", nodes=_TEST_DEVICES,
        selected=_ONE, permission=_P.CHANGE_TEST_DEVICES, feature="test-devices", icon="edit",
    ),
    _D(
        _V.RENAME_TEST_DEVICE, "Re&name", "Change the test device's name.", nodes=_TEST_DEVICES, selected=_ONE,
        permission=_P.CHANGE_TEST_DEVICES, feature="test-devices", shortcut="F2",
    ),
    _D(
        _V.REMOVE_TEST_DEVICE, "Re&move...", "Make it an ordinary device: it gets approved updates only.",
        nodes=_TEST_DEVICES, selected=_SOME, permission=_P.CHANGE_TEST_DEVICES, feature="test-devices",
        shortcut="Del", icon="remove",
    ),
)  # fmt: skip

_DEVICE_VERBS = (
    _D(
        _V.USE_AS_TEST_DEVICE, "&Use as Test Device", "Let it have pending updates.", nodes=DEVICE_LISTS,
        selected=_SOME, permission=_P.CHANGE_TEST_DEVICES, feature="test-devices", icon="test-device", whole_list=True,
    ),
    _D(
        _V.EDIT_NOTE, "Edit &Note...", "Write down what others should know of this device.", nodes=DEVICE_LISTS,
        selected=_ONE, permission=_P.WRITE_NOTES, feature="devices", icon="note",
    ),
    _D(
        _V.EDIT_DEVICE, "&Edit...", "Change label, location and asset tag.", nodes=DEVICE_LISTS, selected=_SOME,
        permission=_P.CHANGE_DEVICES, feature="devices", icon="edit",
    ),
    _D(
        _V.RETIRE_DEVICE, "Re&tire...", "Mark it as out of use; it comes back by itself when it asks again.",
        nodes=DEVICE_LISTS, selected=_SOME, permission=_P.CHANGE_DEVICES, feature="devices", icon="retire",
        whole_list=True,
    ),
    _D(
        _V.BRING_DEVICE_BACK, "&Bring Back", "Take the mark of being retired off.", nodes=DEVICE_LISTS, selected=_SOME,
        permission=_P.CHANGE_DEVICES, feature="devices",
    ),
    _D(
        _V.REMOVE_DEVICE, "Re&move...", "Forget the device and its history.", nodes=DEVICE_LISTS, selected=_SOME,
        permission=_P.CHANGE_DEVICES, feature="devices", shortcut="Del", icon="remove", whole_list=True,
    ),
    _D(
        _V.COPY_SUMMARY, "Copy Summar&y", "Copy the device as six plain lines for a ticket.", nodes=DEVICE_LISTS,
        selected=_ONE, shortcut="Ctrl+Shift+C", icon="copy",
    ),
    _D(
        _V.FIND_DEVICE, "&Find Device...", "Find a device by MAC address, serial number, user, label or address.",
        permission=_P.READ, feature="devices", shortcut="Ctrl+F", icon="find",
    ),
    _D(
        _V.REPORTS, "&Reports...", "Report on the fleet, and save that to print or for a spreadsheet.",
        permission=_P.READ, feature="devices", icon="reports",
    ),
    _D(
        _V.SAVE_FILTER, "Sa&ve Filter...", "Keep this filter as a node below Devices.", nodes=DEVICE_LISTS,
        icon="saved-filter",
    ),
    _D(
        _V.RENAME_FILTER, "Ren&ame Filter", "Give the saved filter another name.", nodes=_SAVED_FILTER,
        shortcut="F2",
    ),
    _D(
        _V.REMOVE_FILTER, "Rem&ove Filter...", "Take the saved filter out of the tree; devices stay.",
        nodes=_SAVED_FILTER,
    ),
)  # fmt: skip

_LOG_VERBS = (
    _D(
        _V.VIEW_LOG, "&Open Log", "Read the log, however large it is.", nodes=_DEVICE_LOGS, selected=_ONE,
        permission=_P.READ, feature="device-logs", icon="view-log",
    ),
    _D(
        _V.SAVE_LOG, "&Save As...", "Save the log to a file.", nodes=_DEVICE_LOGS, selected=_ONE, permission=_P.READ,
        feature="device-logs", shortcut="Ctrl+S", icon="save",
    ),
    _D(
        _V.SHOW_DEVICE, "Show &Device", "Open the properties of the device that sent it.", nodes=_LOGS, selected=_ONE,
        permission=_P.READ, feature="devices", icon="devices",
    ),
)  # fmt: skip

_ACCOUNT_VERBS = (
    _D(
        _V.ADD_ACCOUNT, "&Add Account...", "Let somebody sign in.", nodes=_ACCOUNTS, permission=_P.MANAGE_ACCOUNTS,
        feature="accounts", icon="add-account",
    ),
    _D(
        _V.EDIT_ACCOUNT, "&Edit...", "Change the role, or whether the account is enabled.", nodes=_ACCOUNTS,
        selected=_ONE, permission=_P.MANAGE_ACCOUNTS, feature="accounts", icon="edit",
    ),
    _D(
        _V.SET_PASSWORD, "Set &Password...", "Give the account another password.", nodes=_ACCOUNTS, selected=_ONE,
        permission=_P.MANAGE_ACCOUNTS, feature="accounts",
    ),
    _D(
        _V.UNLOCK_ACCOUNT, "&Unlock", "Let the account sign in again at once.", nodes=_ACCOUNTS, selected=_SOME,
        permission=_P.MANAGE_ACCOUNTS, feature="accounts", icon="unlock",
    ),
    _D(
        _V.REMOVE_ACCOUNT, "Re&move...", "Remove the account and end its sessions.", nodes=_ACCOUNTS, selected=_SOME,
        permission=_P.MANAGE_ACCOUNTS, feature="accounts", shortcut="Del", icon="remove",
    ),
    _D(
        _V.ACCOUNT_STATUS, "Account &Status", "Show whether the account can sign in now.",
        nodes=frozenset({_N.SIGN_INS, _N.ACCOUNTS}), selected=_ONE, permission=_P.READ_ACCOUNT_STATUS,
        feature="accounts", icon="account",
    ),
)  # fmt: skip

_SERVICE_VERBS = (
    _D(
        _V.SETTINGS, "&Settings...", "Show the settings of the service, and change them.", permission=_P.READ,
        feature="settings", icon="settings",
    ),
    _D(
        _V.LOG_SETTINGS, "&Log Settings...", "Show what is kept in log files and for how long, and change it.",
        permission=_P.READ, feature="settings",
    ),
    _D(
        _V.PURGE_LOGS, "&Logs...", "Delete the device logs that are stored; this cannot be undone.",
        permission=_P.PURGE, feature="purge-logs",
    ),
    _D(
        _V.PURGE_UPDATES, "&Updates...", "Delete image files that nothing needs; this cannot be undone.",
        permission=_P.PURGE, feature="purge-updates", icon="purge",
    ),
    _D(
        _V.PURGE_ALL, "&All...", "Delete device logs, and image files that nothing needs; this cannot be undone.",
        permission=_P.PURGE, feature="purge-logs",
    ),
    _D(
        _V.VERIFY_AUDIT_TRAIL, "&Verify Audit Trail", "Check that no entry was changed, removed or moved.",
        nodes=frozenset({_N.AUDIT_TRAIL}), permission=_P.READ, feature="audit-trail",
    ),
)  # fmt: skip

_LIST_VERBS = (
    _D(_V.COPY_ROWS, "&Copy", "Copy the selected rows with their headings.", nodes=LISTS, selected=_SOME,
       shortcut="Ctrl+C", icon="copy"),
    _D(_V.SELECT_ALL, "Select A&ll", "Select all items of the list.", nodes=LISTS, shortcut="Ctrl+A"),
    _D(_V.REFRESH, "Re&fresh", "Read it anew from the server.", shortcut="F5", icon="refresh"),
    _D(_V.EXPORT_LIST, "E&xport List...", "Write the list to a file, as CSV or JSON.", nodes=LISTS, icon="export"),
    _D(_V.PROPERTIES, "P&roperties", "Show everything that is known of it.", nodes=LISTS, selected=_SOME,
       shortcut="Alt+Return", icon="properties"),
    _D(_V.CLEAR_FILTER, "C&lear Filter", "Show the whole list again.", nodes=LISTS),
    _D(_V.CHOOSE_COLUMNS, "Add/&Remove Columns...", "Choose the columns of this list.", nodes=LISTS, icon="view"),
    _D(_V.SIZE_COLUMNS, "Size Columns to F&it", "Make each column as wide as what is in it.", nodes=LISTS),
    _D(_V.SORT_BY_COLUMN, "&Sort by This Column", "Sort the list by the column that the keyboard is in.", nodes=LISTS),
    _D(_V.GROUP_BY_COLUMN, "Grou&p by This Column", "Set rows with one value in this column apart.", nodes=LISTS,
       checkable=True),
    _D(_V.FILTER_BY_VALUE, "&Filter by This Value", "Show only items with the value that the keyboard is on.",
       nodes=LISTS, selected=_SOME, icon="filter"),
    _D(_V.LIVE_UPDATES, "Li&ve Updates", "Show changes as they happen; otherwise at Refresh.", feature="events",
       checkable=True),
)  # fmt: skip

_WINDOW_VERBS = (
    _D(_V.BACK, "&Back", "Go to where you were before.", shortcut="Alt+Left", icon="back"),
    _D(_V.FORWARD, "&Forward", "Go to where you went back from.", shortcut="Alt+Right", icon="forward"),
    _D(_V.UP, "&Up One Level", "Go to the node above.", shortcut="Alt+Up", icon="up"),
    _D(_V.SHOW_SCOPE_TREE, "&Scope Tree", "Show or hide the tree.", icon="scope-tree", checkable=True),
    _D(_V.SHOW_FILTER_BAR, "&Filter Bar", "Show or hide the filter above the list.", icon="filter", checkable=True),
    _D(_V.SHOW_DETAILS_PANE, "&Details Pane", "Show or hide the details below the list.", checkable=True),
    _D(_V.SHOW_ACTIONS_PANE, "&Actions Pane", "Show or hide the actions.", icon="actions-pane", checkable=True),
    _D(_V.SHOW_TOOLBAR, "&Toolbar", "Show or hide the toolbar.", checkable=True),
    _D(_V.SHOW_STATUS_BAR, "Status &Bar", "Show or hide the bar at the bottom.", checkable=True),
    _D(_V.HELP, "&Help", "Open the help page for what is selected.", shortcut="F1", icon="help"),
    _D(_V.ABOUT, "&About Device Update Console", "Show versions and licence.", icon="information"),
)  # fmt: skip

DEFINITIONS: Mapping[Verb, VerbDefinition] = {
    definition.verb: definition
    for definition in (
        *_SERVER_VERBS,
        *_RULE_VERBS,
        *_TEST_DEVICE_VERBS,
        *_DEVICE_VERBS,
        *_LOG_VERBS,
        *_ACCOUNT_VERBS,
        *_SERVICE_VERBS,
        *_LIST_VERBS,
        *_WINDOW_VERBS,
    )
}
"""All verbs, each once."""
