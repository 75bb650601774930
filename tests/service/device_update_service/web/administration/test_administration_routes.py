from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from tests.support.administration import API, running_administration

from device_update_contract.administration.endpoints import ENDPOINTS, LIST_RULES, PURGE
from device_update_contract.administration.roles import PERMISSIONS, Permission, Role
from device_update_service.web.administration.administration_application import HANDLERS
from device_update_service.web.administration.administration_parts import AdministrationParts
from device_update_service.web.administration.administration_routes import (
    WITHOUT_SESSION,
    UnregistrableRoute,
    register_routes,
)

NOBODY = cast("AdministrationParts", None)


def path_of(path: str) -> str:
    return path.replace("{id}", "1").replace("{name}", "nobody")


def test_a_route_without_a_handler_cannot_be_registered() -> None:
    handlers = {name: handle for name, handle in HANDLERS.items() if name != "list_rules"}
    with pytest.raises(UnregistrableRoute, match="no handler for list_rules"):
        register_routes(web.Application(), NOBODY, ENDPOINTS, handlers)


def test_a_handler_without_a_route_cannot_be_registered() -> None:
    handlers = {**HANDLERS, "secret": HANDLERS["list_rules"]}
    with pytest.raises(UnregistrableRoute, match="no endpoint for secret"):
        register_routes(web.Application(), NOBODY, ENDPOINTS, handlers)


def test_a_route_without_a_permission_cannot_be_registered() -> None:
    open_route = replace(LIST_RULES, permission=None)
    endpoints = [open_route if endpoint is LIST_RULES else endpoint for endpoint in ENDPOINTS]
    with pytest.raises(UnregistrableRoute, match="no permission for list_rules"):
        register_routes(web.Application(), NOBODY, endpoints, HANDLERS)


def test_a_route_that_changes_something_without_a_name_on_the_audit_trail_cannot_be_registered() -> None:
    endpoints = [replace(endpoint, audited=None) if endpoint is PURGE else endpoint for endpoint in ENDPOINTS]
    with pytest.raises(UnregistrableRoute, match="no name on the audit trail for purge"):
        register_routes(web.Application(), NOBODY, endpoints, HANDLERS)


def test_only_these_routes_need_no_session() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS if endpoint.permission is None} == WITHOUT_SESSION
    assert {"open_session", "health", "metrics", "openapi"} == WITHOUT_SESSION


async def test_every_other_route_refuses_a_caller_without_a_session(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        for endpoint in ENDPOINTS:
            if endpoint.permission is None:
                continue
            reply = await administration.send(endpoint.method, path_of(endpoint.path))
            assert (reply.status, reply.json["code"]) == (401, "not-signed-in"), endpoint.name
            assert reply.headers["WWW-Authenticate"].startswith("Bearer "), endpoint.name
            assert reply.content_type == "application/problem+json"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HELP_DESK])
async def test_every_route_refuses_a_role_without_its_permission(tmp_path: Path, role: Role) -> None:
    async with running_administration(tmp_path) as administration:
        refused = 0
        for endpoint in ENDPOINTS:
            if endpoint.permission is None or endpoint.permission in PERMISSIONS[role]:
                continue
            refused += 1
            reply = await administration.call(endpoint.method, path_of(endpoint.path).removeprefix(API), role)
            assert (reply.status, reply.json["code"]) == (403, "not-permitted"), endpoint.name
            assert reply.json["parameters"] == {"permission": endpoint.permission.value, "role": role.value}
        assert refused >= 8


@pytest.mark.parametrize("permission", Permission)
async def test_all_other_permissions_together_do_not_open_a_route_nor_does_one_open_another_s(
    tmp_path: Path, permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_administration(tmp_path) as administration:
        await administration.token(Role.OPERATOR)
        for held in (frozenset(Permission) - {permission}, frozenset({permission})):
            monkeypatch.setitem(PERMISSIONS, Role.OPERATOR, held)
            for endpoint in ENDPOINTS:
                if endpoint.permission is None or endpoint.permission in held:
                    continue
                path = path_of(endpoint.path).removeprefix(API)
                reply = await administration.call(endpoint.method, path, Role.OPERATOR)
                assert (reply.status, reply.json["code"]) == (403, "not-permitted"), endpoint.name


async def test_the_table_of_routes_is_all_that_the_listener_serves(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        routes = administration.application.router.routes()
        served = {(route.method, route.resource.canonical) for route in routes if route.resource is not None}
    declared = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert served - {("HEAD", path) for _, path in declared} == declared


async def test_help_desk_may_change_a_note_and_nothing_else_of_a_device(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        note = await administration.call("PATCH", "/devices/1", Role.HELP_DESK, json={"note": "called"})
        label = await administration.call("PATCH", "/devices/1", Role.HELP_DESK, json={"note": "x", "label": "y"})
    assert (note.status, note.json["code"]) == (404, "not-found")
    assert (label.status, label.json["parameters"]["permission"]) == (403, Permission.CHANGE_DEVICES.value)


async def test_a_body_that_is_announced_is_asked_for_only_after_the_caller_was_let_in(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        refused = await administration.send(
            "POST", f"{API}/packages", data=b"x" * 100_000, headers={"Expect": "100-continue"}
        )
        taken = await administration.call("POST", "/packages", data=b"x" * 100_000, expect100=True)
    assert refused.status == 401
    assert taken.json["code"] == "package-refused"
