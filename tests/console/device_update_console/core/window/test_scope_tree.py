"""Which nodes there are for whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_update_console.core.window.scope_tree import NODES, NodeKind, SavedFilter, nodes_of_server, visible_nodes
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_service.usecases.server_state import FEATURES

some_features = st.sets(st.sampled_from(FEATURES))
some_permissions = st.sets(st.sampled_from(list(Permission)))


@given(some_features, some_permissions)
def test_a_node_is_there_exactly_when_the_service_has_the_feature_and_the_account_the_permission(
    features: set[str], permissions: set[Permission]
) -> None:
    visible = {node.kind for node in visible_nodes(features, permissions)}
    for node in NODES.values():
        if node.parent is NodeKind.SERVER:
            assert (node.kind in visible) == (node.feature in features and node.permission in permissions)


def test_this_version_of_the_service_can_fill_every_node() -> None:
    assert {node.feature for node in NODES.values()} - {None} <= set(FEATURES)


def test_an_administrator_sees_every_node_in_the_order_of_the_original() -> None:
    kinds = [node.kind for node in visible_nodes(FEATURES, PERMISSIONS[Role.ADMINISTRATOR])]
    assert kinds[:5] == [
        NodeKind.PENDING_UPDATES,
        NodeKind.DEPLOYED_UPDATES,
        NodeKind.PACKAGES,
        NodeKind.TEST_DEVICES,
        NodeKind.DEVICES,
    ]
    assert set(kinds) == set(NodeKind) - {NodeKind.CONSOLE, NodeKind.SERVER, NodeKind.SAVED_FILTER}


def test_help_desk_sees_no_accounts() -> None:
    kinds = {node.kind for node in visible_nodes(FEATURES, PERMISSIONS[Role.HELP_DESK])}
    assert NodeKind.ACCOUNTS not in kinds
    assert NodeKind.DEVICES in kinds


def test_a_parent_stands_before_its_children() -> None:
    seen: set[NodeKind | None] = {None}
    for kind, node in NODES.items():
        assert node.parent in seen
        seen.add(kind)
    assert seen == {None, *NodeKind}


def test_saved_filters_stand_below_devices_by_name() -> None:
    filters = [SavedFilter("silent phones", (("status", "silent"),)), SavedFilter("Berlin", (("location", "Berlin"),))]
    nodes = nodes_of_server(FEATURES, PERMISSIONS[Role.HELP_DESK], filters)
    [devices] = [node for node in nodes if node.kind is NodeKind.DEVICES]
    assert [(child.kind, child.title) for child in devices.children] == [
        (NodeKind.SAVED_FILTER, "Berlin"),
        (NodeKind.SAVED_FILTER, "silent phones"),
    ]
    assert all(not node.children for node in nodes if node.kind is not NodeKind.DEVICES)


def test_without_devices_there_are_no_saved_filters() -> None:
    assert nodes_of_server({"rules"}, set(Permission), [SavedFilter("a", ())]) == nodes_of_server(
        {"rules"}, set(Permission)
    )
