from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from tests.support.administration import API, running_administration
from tests.support.kept_logs import keep_log
from tests.support.logged_checks import add_checks

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
    assert served == declared | {("HEAD", path) for method, path in declared if method == "GET"}


async def test_head_is_answered_as_get_is_with_the_headers_alone(tmp_path: Path) -> None:
    async with running_administration(tmp_path) as administration:
        add_checks(administration, 1)
        await keep_log(administration, b"0123456789")
        token = await administration.token()
        reader, writer = await asyncio.open_connection("127.0.0.1", administration.server.port)
        for path, accept in [
            *((path_of(endpoint.path), "*/*") for endpoint in ENDPOINTS if endpoint.method == "GET"),
            (f"{API}/update-log", "text/csv"),
        ]:
            headers = f"Host: localhost\r\nAuthorization: Bearer {token}\r\nAccept: {accept}\r\n"
            writer.write(f"HEAD {path} HTTP/1.1\r\n{headers}\r\n".encode())
            async with asyncio.timeout(20):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
            assert head.startswith("HTTP/1.1 "), path  # nothing of a body came before it
            # The stream of events never ends; what it begins with is enough.
            url = administration.url + path
            async with administration.http.get(
                url, headers={"Authorization": f"Bearer {token}", "Accept": accept}
            ) as got:
                assert int(head.split(" ")[1]) == got.status, path
                assert f"Content-Type: {got.headers['Content-Type']}\r\n" in head, path
        writer.close()
        trail = (await administration.call("GET", "/audit-trail?verb=device-log.read")).json["items"]
    assert len(trail) == 1  # HEAD reads nothing


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


@pytest.mark.parametrize(("version", "expectation"), [("1.0", "100-continue"), ("1.1", "something-else")])
async def test_only_who_asks_for_it_is_told_to_continue(tmp_path: Path, version: str, expectation: str) -> None:
    async with running_administration(tmp_path) as administration:
        lines = (
            f"PATCH {API}/settings HTTP/{version}",
            "Host: localhost",
            f"Authorization: Bearer {await administration.token()}",
            "Content-Type: application/json",
            "Content-Length: 2",
            f"Expect: {expectation}",
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", administration.server.port)
        writer.write("\r\n".join((*lines, "", "{}")).encode())
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
    assert head.startswith(f"HTTP/{version} 200 ".encode())
