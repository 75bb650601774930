"""Roles and what each may do: one table for service and front ends (contract section 5)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is for; `ADMINISTRATOR` > `OPERATOR` > `HELP_DESK`, and `DEVICE_USER` apart."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    HELP_DESK = "help_desk"
    DEVICE_USER = "device_user"


class Permission(StrEnum):
    """One thing that an account may be allowed to do."""

    READ = "read"
    WRITE_NOTES = "write-notes"
    READ_ACCOUNT_STATUS = "read-account-status"
    IMPORT_PACKAGES = "import-packages"
    CHANGE_RULES = "change-rules"
    CHANGE_TEST_DEVICES = "change-test-devices"
    CHANGE_DEVICES = "change-devices"
    CHANGE_SETTINGS = "change-settings"
    PURGE = "purge"
    MANAGE_ACCOUNTS = "manage-accounts"
    MANAGE_SESSIONS = "manage-sessions"
    OWN_SESSION = "own-session"


_HELP_DESK = frozenset(
    {Permission.READ, Permission.WRITE_NOTES, Permission.READ_ACCOUNT_STATUS, Permission.OWN_SESSION}
)
_OPERATOR = _HELP_DESK | {
    Permission.IMPORT_PACKAGES,
    Permission.CHANGE_RULES,
    Permission.CHANGE_TEST_DEVICES,
    Permission.CHANGE_DEVICES,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.OPERATOR: _OPERATOR,
    Role.HELP_DESK: _HELP_DESK,
    Role.DEVICE_USER: frozenset(),
}
