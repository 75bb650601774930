"""Who may do what: the order of roles and what every route needs (contract section 5)."""

from __future__ import annotations

import re

import pytest

from device_update_contract.administration.endpoints import BASE, ENDPOINTS, Endpoint
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role

READING = {"GET"}
ORDER = (Role.HELP_DESK, Role.OPERATOR, Role.ADMINISTRATOR)

# Least roles as the contract's table names them; the others follow from reading and changing.
OF_ADMINISTRATORS = {
    "change_settings", "purge", "list_accounts", "add_account", "show_account", "change_account", "remove_account",
    "unlock_account",
}  # fmt: skip
OF_HELP_DESK = {"open_session", "show_session", "close_session", "revoke_session", "change_device"}
WITHOUT_SESSION = {"open_session", "health", "metrics", "openapi"}


def least_role(endpoint: Endpoint) -> Role:
    return next(role for role in ORDER if endpoint.permission in PERMISSIONS[role])


def test_each_role_may_all_that_the_one_below_may_and_more() -> None:
    below: frozenset[Permission] = frozenset()
    for role in ORDER:
        assert below < PERMISSIONS[role]
        below = PERMISSIONS[role]
    assert PERMISSIONS[Role.ADMINISTRATOR] == frozenset(Permission)


def test_a_device_user_may_nothing_here() -> None:
    assert PERMISSIONS[Role.DEVICE_USER] == frozenset()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_least_role_of_a_route_is_the_contract_s(endpoint: Endpoint) -> None:
    assert (endpoint.permission is None) == (endpoint.name in WITHOUT_SESSION)
    if endpoint.permission is None:
        return
    if endpoint.name in OF_ADMINISTRATORS:
        expected = Role.ADMINISTRATOR
    elif endpoint.method in READING or endpoint.name in OF_HELP_DESK:
        expected = Role.HELP_DESK
    else:
        expected = Role.OPERATOR
    assert least_role(endpoint) is expected


def test_routes_and_their_names_are_unique() -> None:
    assert len({endpoint.name for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    assert len({(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}) == len(ENDPOINTS)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_route_lies_below_the_base_and_says_what_it_does(endpoint: Endpoint) -> None:
    assert endpoint.path.startswith(f"{BASE}/") or endpoint.name == "metrics"
    assert endpoint.summary
    assert endpoint.method in {"GET", "POST", "PATCH", "DELETE"}
    parts = re.findall(r"{(\w+)}", endpoint.path)
    assert endpoint.url(**dict.fromkeys(parts, "x")) == re.sub(r"{\w+}", "x", endpoint.path)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_list_names_its_sorts_and_what_returns_nothing_has_no_answer(endpoint: Endpoint) -> None:
    assert bool(endpoint.sorts) == ("Page" in str(endpoint.answer))
    assert (endpoint.status == 204) == (endpoint.answer is None and endpoint.answer_type == "application/json")
