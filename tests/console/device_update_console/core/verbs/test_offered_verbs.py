"""What may be done where, by whom, with what."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.administration_samples import MORNING, device, rule, version

from device_update_console.core.verbs.definition import without_mnemonic
from device_update_console.core.verbs.offered_verbs import (
    DEFINITIONS,
    OfferedVerb,
    Selected,
    Selection,
    Verb,
    verbs_for,
)
from device_update_console.core.window.scope_tree import NODES, NodeKind
from device_update_contract.administration import endpoints
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_contract.administration.server import AccountModel
from device_update_contract.administration.sign_ins import SignIn
from device_update_contract.sign_ins import SignInCause
from device_update_service.usecases.server_state import FEATURES

NOTHING = Selection()
EACH_VERB = pytest.mark.parametrize("verb", Verb, ids=str)

some_nodes = st.sampled_from(NodeKind)
some_features = st.sets(st.sampled_from(FEATURES))
some_permissions = st.sets(st.sampled_from(list(Permission)))


def offered(node: NodeKind, selection: Selection, role: Role = Role.ADMINISTRATOR) -> dict[Verb, OfferedVerb]:
    return {offer.verb: offer for offer in verbs_for(node, selection, PERMISSIONS[role], FEATURES)}


def why_not(verb: Verb, node: NodeKind, *items: object) -> str:
    return offered(node, Selection(items))[verb].why_not


def account(**changes: object) -> AccountModel:
    fields: dict[str, object] = {
        "name": "bob", "role": Role.HELP_DESK, "enabled": True, "created_at": MORNING, "last_sign_in_at": None,
        "locked_until": None,
    }  # fmt: skip
    return AccountModel.model_validate(fields | changes)


def sign_in(name: str | None) -> SignIn:
    return SignIn(
        id="1", listener="external", account=name, address="10.0.0.7", cause=SignInCause.WRONG_PASSWORD,
        detail="Wrong password.", first_at=MORNING, last_at=MORNING, count=1,
    )  # fmt: skip


@given(some_nodes, some_permissions, some_features)
def test_nobody_sees_a_verb_that_the_account_may_not_use_or_the_service_cannot_do(
    node: NodeKind, permissions: set[Permission], features: set[str]
) -> None:
    for offer in verbs_for(node, NOTHING, permissions, features):
        definition = DEFINITIONS[offer.verb]
        assert definition.permission is None or definition.permission in permissions
        assert definition.feature is None or definition.feature in features


@given(some_nodes, some_features)
def test_help_desk_sees_no_verb_of_a_permission_that_it_has_not(node: NodeKind, features: set[str]) -> None:
    for offer in verbs_for(node, NOTHING, PERMISSIONS[Role.HELP_DESK], features):
        permission = DEFINITIONS[offer.verb].permission
        assert permission is None or permission in PERMISSIONS[Role.HELP_DESK]


def test_every_verb_that_needs_no_permission_touches_this_console_alone() -> None:
    assert {verb for verb in Verb if DEFINITIONS[verb].permission is None} == {
        *(Verb.CONNECT_SERVER, Verb.DISCONNECT_SERVER, Verb.TRY_AGAIN, Verb.SIGN_IN, Verb.RENAME_SERVER),
        *(Verb.OPEN_CONSOLE, Verb.SAVE_CONSOLE_AS, Verb.NEW_WINDOW, Verb.EXIT, Verb.HELP, Verb.ABOUT),
        *(Verb.COPY_ROWS, Verb.COPY_SUMMARY, Verb.SELECT_ALL, Verb.REFRESH, Verb.EXPORT_LIST, Verb.PROPERTIES),
        *(Verb.SAVE_FILTER, Verb.RENAME_FILTER, Verb.REMOVE_FILTER, Verb.CLEAR_FILTER),
        *(Verb.CHOOSE_COLUMNS, Verb.SIZE_COLUMNS, Verb.LIVE_UPDATES, Verb.BACK, Verb.FORWARD, Verb.UP),
        *(Verb.SHOW_SCOPE_TREE, Verb.SHOW_DETAILS_PANE, Verb.SHOW_ACTIONS_PANE, Verb.SHOW_FILTER_BAR),
        *(Verb.SHOW_TOOLBAR, Verb.SHOW_STATUS_BAR),
        *(Verb.SORT_BY_COLUMN, Verb.GROUP_BY_COLUMN, Verb.FILTER_BY_VALUE),
    }


CALLS = {
    Verb.SIGN_OUT: endpoints.CLOSE_SESSION,
    Verb.SERVER_PROPERTIES: endpoints.SHOW_SETTINGS,
    Verb.UPLOAD_UPDATES: endpoints.IMPORT_PACKAGE,
    Verb.APPROVE: endpoints.APPROVE_RULES,
    Verb.REJECT: endpoints.REJECT_RULES,
    Verb.ROLL_BACK: endpoints.ROLL_BACK_RULES,
    Verb.ROLL_BACK_TO: endpoints.ROLL_BACK_RULES,
    Verb.REMOVE_UPDATE: endpoints.REMOVE_RULES,
    Verb.ADD_TEST_DEVICE: endpoints.ADD_TEST_DEVICE,
    Verb.EDIT_TEST_DEVICE: endpoints.CHANGE_TEST_DEVICE,
    Verb.RENAME_TEST_DEVICE: endpoints.CHANGE_TEST_DEVICE,
    Verb.REMOVE_TEST_DEVICE: endpoints.REMOVE_TEST_DEVICE,
    Verb.USE_AS_TEST_DEVICE: endpoints.ADD_TEST_DEVICES,
    Verb.EDIT_NOTE: endpoints.CHANGE_DEVICE,
    Verb.RETIRE_DEVICE: endpoints.RETIRE_DEVICES,
    Verb.REMOVE_DEVICE: endpoints.REMOVE_DEVICES,
    Verb.FIND_DEVICE: endpoints.LIST_DEVICES,
    Verb.REPORTS: endpoints.SUMMARY,
    Verb.VIEW_LOG: endpoints.DEVICE_LOG_CONTENT,
    Verb.SAVE_LOG: endpoints.DEVICE_LOG_CONTENT,
    Verb.SHOW_DEVICE: endpoints.SHOW_DEVICE,
    Verb.ADD_ACCOUNT: endpoints.ADD_ACCOUNT,
    Verb.EDIT_ACCOUNT: endpoints.CHANGE_ACCOUNT,
    Verb.SET_PASSWORD: endpoints.CHANGE_ACCOUNT,
    Verb.UNLOCK_ACCOUNT: endpoints.UNLOCK_ACCOUNT,
    Verb.REMOVE_ACCOUNT: endpoints.REMOVE_ACCOUNT,
    Verb.ACCOUNT_STATUS: endpoints.ACCOUNT_STATUS,
    Verb.SETTINGS: endpoints.SHOW_SETTINGS,
    Verb.LOG_SETTINGS: endpoints.SHOW_SETTINGS,
    Verb.PURGE_LOGS: endpoints.PURGE,
    Verb.PURGE_UPDATES: endpoints.PURGE,
    Verb.PURGE_ALL: endpoints.PURGE,
    Verb.VERIFY_AUDIT_TRAIL: endpoints.LIST_AUDIT_TRAIL,
}
"""What each verb asks of the service."""
NARROWER = {Verb.EDIT_DEVICE, Verb.BRING_DEVICE_BACK}
"""Fields of a device that an operator may change and help desk may not, though the endpoint is the same."""


def test_a_verb_needs_the_permission_of_what_it_asks_of_the_service() -> None:
    wanting = {verb for verb in Verb if DEFINITIONS[verb].permission is not None}
    assert wanting == set(CALLS) | NARROWER
    for verb, endpoint in CALLS.items():
        assert DEFINITIONS[verb].permission is endpoint.permission, verb
    for verb in NARROWER:
        assert DEFINITIONS[verb].permission is Permission.CHANGE_DEVICES


@given(some_nodes, some_permissions, some_permissions, some_features)
def test_more_permissions_never_take_a_verb_away(
    node: NodeKind, permissions: set[Permission], more: set[Permission], features: set[str]
) -> None:
    fewer = {offer.verb for offer in verbs_for(node, NOTHING, permissions, features)}
    assert fewer <= {offer.verb for offer in verbs_for(node, NOTHING, permissions | more, features)}


@given(some_nodes, st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5000)))
def test_without_anything_selected_no_verb_on_items_can_be_used(
    node: NodeKind, rows: int, all_matching: int | None
) -> None:
    selection = Selection([rule(), rule("2"), rule("3")][:rows], all_matching)
    if node in {NodeKind.PENDING_UPDATES, NodeKind.DEPLOYED_UPDATES}:
        for verb, offer in offered(node, selection).items():
            needs = DEFINITIONS[verb].selected
            if needs is Selected.NOTHING:
                assert offer.enabled
            if needs is not Selected.NOTHING and selection.count == 0:
                assert not offer.enabled
            if needs is Selected.ONE and selection.count > 1:
                assert not offer.enabled
            if all_matching and needs is not Selected.NOTHING and not DEFINITIONS[verb].whole_list:
                assert offer.enabled == (verb is Verb.COPY_ROWS)


@EACH_VERB
def test_every_verb_is_told_of_completely(verb: Verb) -> None:
    definition = DEFINITIONS[verb]
    assert definition.verb is verb
    assert definition.title.replace("&&", "").count("&") == 1, "one mnemonic"
    assert "&" not in without_mnemonic(definition.title)
    assert definition.tip.endswith(".")
    assert definition.feature is None or definition.feature in FEATURES
    assert definition.nodes is None or definition.nodes
    assert definition.icon is None or (files("device_update_resources") / "icons" / f"{definition.icon}.svg").is_file()


@pytest.mark.parametrize("node", NODES.values(), ids=lambda node: str(node.kind))
def test_every_node_has_a_picture(node: object) -> None:
    icon = NODES[node.kind].icon  # type: ignore[attr-defined]
    assert (files("device_update_resources") / "icons" / f"{icon}.svg").is_file()


@EACH_VERB
def test_every_verb_can_be_used_somewhere_by_an_administrator(verb: Verb) -> None:
    assert any(verb in offered(node, NOTHING) for node in NodeKind)


def test_verbs_come_in_the_order_of_their_table() -> None:
    found = [offer.verb for offer in verbs_for(NodeKind.DEVICES, NOTHING, set(Permission), FEATURES)]
    assert found == [verb for verb in DEFINITIONS if verb in found]


def test_del_rejects_on_pending_and_removes_on_deployed_updates() -> None:
    def on_del(node: NodeKind) -> list[Verb]:
        return [verb for verb in offered(node, NOTHING) if DEFINITIONS[verb].shortcut == "Del"]

    assert on_del(NodeKind.PENDING_UPDATES) == [Verb.REJECT]
    assert on_del(NodeKind.DEPLOYED_UPDATES) == [Verb.REMOVE_UPDATE]
    assert on_del(NodeKind.TEST_DEVICES) == [Verb.REMOVE_TEST_DEVICE]
    assert on_del(NodeKind.AUDIT_TRAIL) == []


def test_f2_renames_test_devices_servers_and_filters() -> None:
    renaming = {verb for verb in Verb if DEFINITIONS[verb].shortcut == "F2"}
    assert renaming == {Verb.RENAME_TEST_DEVICE, Verb.RENAME_SERVER, Verb.RENAME_FILTER}


def test_what_an_item_is_not_fit_for_is_said() -> None:
    assert why_not(Verb.APPROVE, NodeKind.PENDING_UPDATES, rule()) == ""
    assert why_not(Verb.APPROVE, NodeKind.PENDING_UPDATES, rule(pending=None)) == "No version is pending."
    assert why_not(Verb.REJECT, NodeKind.PENDING_UPDATES, rule(pending=None)) == "No version is pending."
    assert why_not(Verb.ROLL_BACK, NodeKind.DEPLOYED_UPDATES, rule()) == "There is no earlier version to roll back to."
    assert why_not(Verb.ROLL_BACK, NodeKind.DEPLOYED_UPDATES, rule(restore=version("1.0"))) == ""
    assert (
        why_not(Verb.USE_AS_TEST_DEVICE, NodeKind.DEVICES, device(test_device=True)) == "It is a test device already."
    )
    assert why_not(Verb.RETIRE_DEVICE, NodeKind.DEVICES, device(retired_at=MORNING)) == "It is retired already."
    assert why_not(Verb.BRING_DEVICE_BACK, NodeKind.DEVICES, device()) == "It is not retired."
    assert why_not(Verb.BRING_DEVICE_BACK, NodeKind.DEVICES, device(retired_at=MORNING)) == ""
    assert why_not(Verb.SET_PASSWORD, NodeKind.ACCOUNTS, account()) == ""
    assert "domain" in why_not(Verb.SET_PASSWORD, NodeKind.ACCOUNTS, account(source="kerberos"))
    assert why_not(Verb.ACCOUNT_STATUS, NodeKind.ACCOUNTS, account()) == ""
    assert why_not(Verb.ACCOUNT_STATUS, NodeKind.SIGN_INS, sign_in("bob")) == ""
    assert why_not(Verb.ACCOUNT_STATUS, NodeKind.SIGN_INS, sign_in(None)) == "Nobody was named."


def test_of_several_items_one_that_fits_is_enough() -> None:
    assert why_not(Verb.APPROVE, NodeKind.PENDING_UPDATES, rule(pending=None), rule("2")) == ""


def test_a_verb_for_one_item_says_so_when_several_are_selected() -> None:
    assert why_not(Verb.EDIT_NOTE, NodeKind.DEVICES, device(), device("2")) == "Select only one item."
    assert why_not(Verb.EDIT_NOTE, NodeKind.DEVICES) == "Nothing is selected."


def test_all_that_match_can_be_given_to_what_the_service_does_in_one_request() -> None:
    everything = offered(NodeKind.DEVICES, Selection((), all_matching=1204))
    assert everything[Verb.RETIRE_DEVICE].enabled
    assert everything[Verb.USE_AS_TEST_DEVICE].enabled
    assert everything[Verb.BRING_DEVICE_BACK].why_not == "Select single items."
    assert not offered(NodeKind.DEVICES, Selection((), all_matching=0))[Verb.RETIRE_DEVICE].enabled


def test_without_a_connection_servers_can_still_be_connected_and_left() -> None:
    found = {offer.verb for offer in verbs_for(NodeKind.SERVER, NOTHING, (), ())}
    assert {Verb.TRY_AGAIN, Verb.SIGN_IN, Verb.DISCONNECT_SERVER, Verb.CONNECT_SERVER, Verb.EXIT} <= found
    assert not found & {Verb.UPLOAD_UPDATES, Verb.SETTINGS, Verb.PURGE_UPDATES, Verb.FIND_DEVICE}
