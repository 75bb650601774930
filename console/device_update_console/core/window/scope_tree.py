"""The scope tree as data: which nodes there are, where they stand, and which of them an account may see.

A node is there only when the service says in ``features`` of ``GET /server`` that it can fill it, and when the account
has the permission to read it. What a node's list shows is `lists.node_lists`'s; how it is drawn is the window's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from device_update_console.core.texts.language import text
from device_update_contract.administration.roles import Permission


class NodeKind(StrEnum):
    """What a node of the tree is; the values are remembered in files, so none is ever given another meaning."""

    CONSOLE = "console"
    SERVER = "server"
    PENDING_UPDATES = "pending-updates"
    DEPLOYED_UPDATES = "deployed-updates"
    PACKAGES = "packages"
    TEST_DEVICES = "test-devices"
    DEVICES = "devices"
    SAVED_FILTER = "saved-filter"
    DEVICE_LOGS = "device-logs"
    UPDATE_LOG = "update-log"
    REFUSED_REQUESTS = "refused-requests"
    SIGN_INS = "sign-ins"
    AUDIT_TRAIL = "audit-trail"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    """One kind of node: where it stands, and what it needs to be there; ``icon`` names a picture."""

    kind: NodeKind
    title: str
    parent: NodeKind | None
    icon: str
    tip: str
    feature: str | None = None
    permission: Permission | None = None


def _list_node(kind: NodeKind, title: str, tip: str, feature: str, permission: Permission) -> NodeDefinition:
    return NodeDefinition(kind, title, NodeKind.SERVER, kind.value, tip, feature, permission)


_READ = Permission.READ
_DEFINITIONS = (
    NodeDefinition(
        NodeKind.CONSOLE, "Device Update Service", None, "console", "The servers that this console is connected to."
    ),
    NodeDefinition(
        NodeKind.SERVER, "Server", NodeKind.CONSOLE, "server", "What this service is, and what needs attention."
    ),
    _list_node(
        NodeKind.PENDING_UPDATES, "Pending Updates", "Updates that wait for approval; test devices get them already.",
        "rules", _READ,
    ),
    _list_node(NodeKind.DEPLOYED_UPDATES, "Deployed Updates", "Updates that all devices get.", "rules", _READ),
    _list_node(NodeKind.PACKAGES, "Packages", "What was uploaded, by whom and when.", "packages", _READ),
    _list_node(NodeKind.TEST_DEVICES, "Test Devices", "Devices that get pending updates.", "test-devices", _READ),
    _list_node(NodeKind.DEVICES, "Devices", "Every device that ever asked for an update.", "devices", _READ),
    NodeDefinition(
        NodeKind.SAVED_FILTER, "Filter", NodeKind.DEVICES, "saved-filter", "Devices that a saved filter finds.",
        "devices", _READ,
    ),
    _list_node(NodeKind.DEVICE_LOGS, "Device Logs", "Logs that devices sent.", "device-logs", _READ),
    _list_node(NodeKind.UPDATE_LOG, "Update Log", "Every check, and how it was answered.", "update-log", _READ),
    _list_node(
        NodeKind.REFUSED_REQUESTS, "Refused Requests", "What was turned away, and why.", "refused-requests", _READ
    ),
    _list_node(NodeKind.SIGN_INS, "Refused Sign-ins", "Who did not get in, and why.", "sign-ins", _READ),
    _list_node(NodeKind.AUDIT_TRAIL, "Audit Trail", "Who did what.", "audit-trail", _READ),
    _list_node(
        NodeKind.ACCOUNTS, "Accounts", "Who may sign in, and as what.", "accounts", Permission.MANAGE_ACCOUNTS
    ),
)  # fmt: skip

NODES: Mapping[NodeKind, NodeDefinition] = {definition.kind: definition for definition in _DEFINITIONS}
"""All kinds, a parent before its children, siblings in the order in which they are shown."""

DEVICE_LISTS = frozenset({NodeKind.DEVICES, NodeKind.SAVED_FILTER})
"""The nodes that list devices."""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter of the devices that was given a name; the fields are those of the list's filter bar."""

    name: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScopeNode:
    """A node below a server as it is to be shown; ``saved_filter`` is given for a `NodeKind.SAVED_FILTER` alone."""

    kind: NodeKind
    title: str
    children: tuple[ScopeNode, ...] = ()
    saved_filter: SavedFilter | None = None


def visible_nodes(features: Collection[str], permissions: Collection[Permission]) -> tuple[NodeDefinition, ...]:
    """The list nodes below a server that it can fill for this account, in their order."""
    return tuple(
        node
        for node in _DEFINITIONS
        if node.parent is NodeKind.SERVER
        and (node.feature is None or node.feature in features)
        and (node.permission is None or node.permission in permissions)
    )


def nodes_of_server(
    features: Collection[str], permissions: Collection[Permission], saved_filters: Iterable[SavedFilter] = ()
) -> tuple[ScopeNode, ...]:
    """The nodes below a server with their children; saved filters stand below Devices in the order of their names."""
    filters = tuple(
        ScopeNode(NodeKind.SAVED_FILTER, saved.name, saved_filter=saved)
        for saved in sorted(saved_filters, key=lambda saved: (saved.name.casefold(), saved.name))
    )
    return tuple(
        ScopeNode(node.kind, text(node.title), filters if node.kind is NodeKind.DEVICES else ())
        for node in visible_nodes(features, permissions)
    )
