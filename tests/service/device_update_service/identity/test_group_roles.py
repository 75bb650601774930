"""Groups of a domain give roles: the highest wins, case does not matter, a domain that is configured does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.administration.roles import Role
from device_update_service.identity.group_roles import role_of_groups

HIGHEST_FIRST = list(Role)
NAMES = [*"abä", r"CORP\a", "b@corp", r"corp.example\ä", "A@OTHER", r"OTHER\b"]
group_names = st.sampled_from(NAMES)  # few, so that most examples have groups that are configured
roles_of_groups = st.dictionaries(group_names, st.sampled_from(Role), max_size=8)
otherwise = st.sampled_from([None, *Role])


@pytest.mark.parametrize(
    ("configured", "group", "fits"),
    [
        (r"CORP\Phone Operators", r"corp\phone operators", True),
        (r"CORP\Phone Operators", "Phone Operators@Corp", True),
        (r"CORP\Phone Operators", r"OTHER\Phone Operators", False),
        (r"CORP\Phone Operators", "Phone Operators", False),
        ("Phone Operators", r"OTHER\PHONE OPERATORS", True),
        ("Phone Operators", "phone operators", True),
        ("STRASSE", "Straße", True),
        ("Phone Operators", r"CORP\Phone", False),
        ("Phone", r"CORP\Phone Operators", False),
    ],
)
def test_a_group_fits_a_configured_name(configured: str, group: str, *, fits: bool) -> None:
    assert role_of_groups([group], {configured: Role.OPERATOR}, None) == (Role.OPERATOR if fits else None)


@given(groups=st.lists(group_names, max_size=5), roles=roles_of_groups, otherwise=otherwise)
def test_the_role_is_one_that_was_configured_and_none_of_the_groups_has_a_higher_one(
    groups: list[str], roles: dict[str, Role], otherwise: Role | None
) -> None:
    role = role_of_groups(groups, roles, otherwise)
    own = {
        each
        for group in groups
        for name, each in roles.items()
        if role_of_groups([group], {name: each}, None) is not None
    }
    assert role == next((each for each in HIGHEST_FIRST if each in own), otherwise)


@given(groups=st.lists(group_names, max_size=5), more=group_names, roles=roles_of_groups)
def test_another_group_never_takes_a_role_away(groups: list[str], more: str, roles: dict[str, Role]) -> None:
    before, after = role_of_groups(groups, roles, None), role_of_groups([*groups, more], roles, None)
    assert before is None or (after is not None and HIGHEST_FIRST.index(after) <= HIGHEST_FIRST.index(before))


@given(group=group_names, configured=group_names, role=st.sampled_from(Role))
def test_case_does_not_matter(group: str, configured: str, role: Role) -> None:
    as_it_is = role_of_groups([group], {configured: role}, None)
    assert role_of_groups([group.upper()], {configured.lower(): role}, None) == as_it_is
