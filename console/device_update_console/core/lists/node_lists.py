"""The list of each node (`definition` says what a list is made of)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from device_update_console.core.lists.definition import (
    Align,
    Column,
    FilterField,
    FilterKind,
    ListDefinition,
)
from device_update_console.core.lists.device_lists import DEVICES, TEST_DEVICES
from device_update_console.core.lists.log_lists import DEVICE_LOGS, UPDATE_LOG
from device_update_console.core.lists.record_lists import ACCOUNTS, AUDIT_TRAIL, REFUSED_REQUESTS, SIGN_INS
from device_update_console.core.lists.rule_lists import DEPLOYED_UPDATES, PACKAGES, PENDING_UPDATES
from device_update_console.core.window.scope_tree import NodeKind

__all__ = ["LISTS", "Align", "Column", "FilterField", "FilterKind", "ListDefinition"]

LISTS: Mapping[NodeKind, ListDefinition[Any]] = {
    NodeKind.PENDING_UPDATES: PENDING_UPDATES,
    NodeKind.DEPLOYED_UPDATES: DEPLOYED_UPDATES,
    NodeKind.PACKAGES: PACKAGES,
    NodeKind.TEST_DEVICES: TEST_DEVICES,
    NodeKind.DEVICES: DEVICES,
    NodeKind.SAVED_FILTER: DEVICES,
    NodeKind.DEVICE_LOGS: DEVICE_LOGS,
    NodeKind.UPDATE_LOG: UPDATE_LOG,
    NodeKind.REFUSED_REQUESTS: REFUSED_REQUESTS,
    NodeKind.SIGN_INS: SIGN_INS,
    NodeKind.AUDIT_TRAIL: AUDIT_TRAIL,
    NodeKind.ACCOUNTS: ACCOUNTS,
}
"""The list that a node shows; the console and a server have none."""
