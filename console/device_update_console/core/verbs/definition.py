"""The verbs of the console, and what is told of each: `table` tells it, `offered_verbs` says which can be used now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.roles import Permission


class Verb(StrEnum):
    """What a person can do in the console."""

    # Servers and the console
    CONNECT_SERVER = "connect-server"
    DISCONNECT_SERVER = "disconnect-server"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    TRY_AGAIN = "try-again"
    RENAME_SERVER = "rename-server"
    SERVER_PROPERTIES = "server-properties"
    OPEN_CONSOLE = "open-console"
    SAVE_CONSOLE_AS = "save-console-as"
    NEW_WINDOW = "new-window"
    EXIT = "exit"

    # Rules
    UPLOAD_UPDATES = "upload-updates"
    APPROVE = "approve"
    REJECT = "reject"
    ROLL_BACK = "roll-back"
    ROLL_BACK_TO = "roll-back-to"
    REMOVE_UPDATE = "remove-update"

    # Test devices
    ADD_TEST_DEVICE = "add-test-device"
    EDIT_TEST_DEVICE = "edit-test-device"
    RENAME_TEST_DEVICE = "rename-test-device"
    REMOVE_TEST_DEVICE = "remove-test-device"

    # Devices
    USE_AS_TEST_DEVICE = "use-as-test-device"
    EDIT_NOTE = "edit-note"
    EDIT_DEVICE = "edit-device"
    RETIRE_DEVICE = "retire-device"
    BRING_DEVICE_BACK = "bring-device-back"
    REMOVE_DEVICE = "remove-device"
    COPY_SUMMARY = "copy-summary"
    FIND_DEVICE = "find-device"
    REPORTS = "reports"
    SAVE_FILTER = "save-filter"
    RENAME_FILTER = "rename-filter"
    REMOVE_FILTER = "remove-filter"

    # Logs
    VIEW_LOG = "view-log"
    SAVE_LOG = "save-log"
    SHOW_DEVICE = "show-device"

    # Accounts
    ADD_ACCOUNT = "add-account"
    EDIT_ACCOUNT = "edit-account"
    SET_PASSWORD = "set-password"  # noqa: S105 -- a verb, not a password
    UNLOCK_ACCOUNT = "unlock-account"
    REMOVE_ACCOUNT = "remove-account"
    ACCOUNT_STATUS = "account-status"

    # The whole service
    SETTINGS = "settings"
    LOG_SETTINGS = "log-settings"
    PURGE_LOGS = "purge-logs"
    PURGE_UPDATES = "purge-updates"
    PURGE_ALL = "purge-all"
    VERIFY_AUDIT_TRAIL = "verify-audit-trail"

    # Every list
    REFRESH = "refresh"
    PROPERTIES = "properties"
    EXPORT_LIST = "export-list"
    COPY_ROWS = "copy-rows"
    SELECT_ALL = "select-all"
    CLEAR_FILTER = "clear-filter"
    CHOOSE_COLUMNS = "choose-columns"
    SIZE_COLUMNS = "size-columns"
    SORT_BY_COLUMN = "sort-by-column"
    GROUP_BY_COLUMN = "group-by-column"
    FILTER_BY_VALUE = "filter-by-value"
    LIVE_UPDATES = "live-updates"

    # The window
    BACK = "back"
    FORWARD = "forward"
    UP = "up"
    SHOW_SCOPE_TREE = "show-scope-tree"
    SHOW_DETAILS_PANE = "show-details-pane"
    SHOW_ACTIONS_PANE = "show-actions-pane"
    SHOW_FILTER_BAR = "show-filter-bar"
    SHOW_TOOLBAR = "show-toolbar"
    SHOW_STATUS_BAR = "show-status-bar"
    HELP = "help"
    ABOUT = "about"


class Selected(StrEnum):
    """How many items a verb needs."""

    NOTHING = "nothing"
    """It is about the node, the list or the window, whatever is selected."""
    ONE = "one"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class VerbDefinition:
    """One verb: ``title`` has its mnemonic after ``&`` and ends in ``...`` where a dialog asks for more.

    ``shortcut`` is written as Qt's portable text. ``nodes`` None means everywhere. A verb with ``whole_list`` can be
    given all that match the filter, in one request. ``checkable`` verbs switch something on and off.
    """

    verb: Verb
    title: str
    tip: str
    nodes: frozenset[NodeKind] | None = None
    selected: Selected = Selected.NOTHING
    permission: Permission | None = None
    feature: str | None = None
    shortcut: str | None = None
    icon: str | None = None
    whole_list: bool = False
    checkable: bool = False


def without_mnemonic(title: str) -> str:
    """A title for places that show no mnemonic."""
    return title.replace("&&", "\0").replace("&", "").replace("\0", "&")
