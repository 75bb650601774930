"""A permission is held or not: nothing that was granted besides, or to others, adds up to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_service.identity.group_roles import role_of_groups
from device_update_service.identity.permissions import NotPermitted, SignedIn

Table = dict[Role, frozenset[Permission]]

permissions = st.sampled_from(Permission)
role_sets = st.frozensets(st.sampled_from(Role), min_size=1)
tables = st.fixed_dictionaries({role: st.frozensets(permissions) for role in Role})


def signed_in(role: Role) -> SignedIn:
    return SignedIn(1, 2, "kenmyer", role)


def may(account: SignedIn, permission: Permission) -> bool:
    """By refusal, as every route asks."""
    try:
        account.require(permission)
    except NotPermitted:
        return False
    return True


@given(table=tables, roles=role_sets, permission=permissions)
def test_an_account_may_what_its_one_role_was_given_whatever_other_roles_were_given(
    table: Table, roles: frozenset[Role], permission: Permission
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for role, given_to_it in table.items():
            patch.setitem(PERMISSIONS, role, given_to_it)
        for role in roles:
            account = signed_in(role)
            assert may(account, permission) == account.may(permission) == (permission in table[role])
            assert account.permissions == table[role]


@given(table=tables, roles=role_sets)
def test_groups_with_several_roles_give_the_permissions_of_one_of_them_and_never_the_union(
    table: Table, roles: frozenset[Role]
) -> None:
    of_groups = {f"group {place}": role for place, role in enumerate(sorted(roles))}
    role = role_of_groups(of_groups, of_groups, None)
    assert role in roles
    with pytest.MonkeyPatch.context() as patch:
        for each, given_to_it in table.items():
            patch.setitem(PERMISSIONS, each, given_to_it)
        held = {permission for permission in Permission if may(signed_in(role), permission)}
    assert held == table[role]


@given(roles=role_sets, permission=permissions)
def test_what_no_single_role_of_a_set_may_the_set_may_not(roles: frozenset[Role], permission: Permission) -> None:
    of_groups = {f"group {place}": role for place, role in enumerate(sorted(roles))}
    role = role_of_groups(of_groups, of_groups, None)
    assert role is not None
    assert may(signed_in(role), permission) == any(may(signed_in(each), permission) for each in roles)


def test_a_refusal_names_the_permission_and_the_role() -> None:
    with pytest.raises(NotPermitted, match="has the role help_desk") as refused:
        signed_in(Role.HELP_DESK).require(Permission.PURGE)
    assert refused.value.parameters == {"permission": "purge", "role": "help_desk"}
