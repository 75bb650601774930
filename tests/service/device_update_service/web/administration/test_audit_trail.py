"""Every administrative action and every refused one is on the audit trail (contract section 5)."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.administration import API, PASSWORD, Administration, add_account, basic, running_administration
from tests.support.cabinets import cabinet
from tests.support.kept_logs import keep_log
from tests.support.stores import Stores

from device_update_contract.administration.endpoints import ENDPOINTS, Endpoint
from device_update_contract.administration.roles import PERMISSIONS, Role
from device_update_contract.audit import verify_chain
from device_update_service.web.administration import refused_actions
from device_update_service.web.administration.administration_routes import CHANGING_NOTHING

ACTIONS = [endpoint for endpoint in ENDPOINTS if endpoint.audited is not None]
ANNA = "anna"


def package(version: str) -> bytes:
    manifest = (
        f'<Updates><Updates><Update version="{version}" brand="Polycom" model="CX700"><File name="CPE.nbt"/></Update>'
        "</Updates></Updates>"
    )
    return cabinet([("updateInfo.xml", manifest.encode()), ("CPE.nbt", f"image {version}".encode())])


async def trail(administration: Administration, **query: str) -> list[dict[str, Any]]:
    """The whole trail, which is read without changing it, in the order of the chain."""
    reply = await administration.call("GET", "/audit-trail", params={"sort": "id", "limit": "1000", **query})
    assert reply.status == 200, reply.json
    items: list[dict[str, Any]] = reply.json["items"]
    return items


def add_devices(administration: Administration, tmp_path: Path, *macs: str) -> list[str]:
    service = administration.service
    stores = Stores(service.folder, service.database, service.images)
    store = AdministeredStore(stores, tmp_path)
    return [str(store.add_device(mac)) for mac in macs]


Step = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True)
class Way:
    """How an action succeeds: with what, what comes before it, and what it is on."""

    options: dict[str, Any] = field(default_factory=dict)
    before: tuple[Step, ...] = ()
    on: str = "1"


RULES = {"json": {"rules": [{"id": "1"}], "comment": "a test"}}
TEST_DEVICE = {"json": {"name": "Reception", "identifier_type": "serial", "identifier": "07823-A345"}}
NORA = {"json": {"name": "nora", "role": "operator", "password": PASSWORD}}
IMPORT: tuple[Step, ...] = (("POST", "/packages", {"data": package("4.0")}),)
APPROVE: Step = ("POST", "/rules/approve", RULES)
ADD_TEST_DEVICE: tuple[Step, ...] = (("POST", "/test-devices", TEST_DEVICE),)
ADD_NORA: tuple[Step, ...] = (("POST", "/accounts", NORA),)

WAYS: dict[str, Way] = {
    "open_session": Way({"headers": {"Authorization": basic(ANNA, PASSWORD)}}),
    "close_session": Way(),
    "revoke_session": Way({}, (("POST", "/session", {"headers": {"Authorization": basic("otto", PASSWORD)}}),), "2"),
    "import_package": Way({"data": package("4.0")}),
    "approve_rules": Way(RULES, IMPORT),
    "reject_rules": Way(RULES, IMPORT),
    "remove_rules": Way(RULES, IMPORT),
    "rollback_rules": Way(RULES, (*IMPORT, APPROVE, ("POST", "/packages", {"data": package("5.0")}), APPROVE)),
    "add_test_device": Way(TEST_DEVICE),
    "change_test_device": Way({"json": {"name": "Entrance"}}, ADD_TEST_DEVICE),
    "remove_test_device": Way({}, ADD_TEST_DEVICE),
    "add_test_devices": Way({"json": {"ids": ["1"]}}),
    "change_device": Way({"json": {"label": "Reception"}}),
    "remove_device": Way(),
    "remove_devices": Way({"json": {"ids": ["1"]}}),
    "retire_devices": Way({"json": {"ids": ["1"]}}),
    "change_settings": Way({"json": {"session_days": 5}}),
    "purge": Way({"json": {"what": "updates"}}),
    "add_account": Way(NORA),
    "change_account": Way({"json": {"role": "help_desk"}}, ADD_NORA, "nora"),
    "remove_account": Way({}, ADD_NORA, "nora"),
    "unlock_account": Way({}, ADD_NORA, "nora"),
    "device_log_content": Way(),
}


def test_this_file_knows_how_every_action_succeeds() -> None:
    assert set(WAYS) == {endpoint.name for endpoint in ACTIONS}


@pytest.mark.parametrize("endpoint", ACTIONS, ids=lambda endpoint: endpoint.name)
async def test_every_action_is_an_entry_that_names_who_did_it(
    administration: Administration, tmp_path: Path, endpoint: Endpoint
) -> None:
    way = WAYS[endpoint.name]
    await asyncio.to_thread(add_devices, administration, tmp_path, "00-04-F2-00-01-76")
    await keep_log(administration, b"x")
    for method, path, options in way.before:
        assert (await administration.call(method, path, **options)).status < 300, path
    path = endpoint.path.removeprefix(API).replace("{id}", way.on).replace("{name}", way.on)
    reply = await administration.call(endpoint.method, path, **way.options)
    assert reply.status == endpoint.status, reply.json
    administration.tokens.clear()
    found = [entry for entry in await trail(administration, outcome="done") if entry["verb"] == endpoint.audited]
    named = [entry for entry in found if entry["account"] == ANNA and entry["address"] == "127.0.0.1"]
    assert named, endpoint.name
    assert all(entry["through"].startswith("administration-api") for entry in named)
    assert all("aiohttp" in entry["through"] for entry in named)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HELP_DESK])
async def test_every_action_that_a_role_may_not_do_is_a_refused_entry(
    administration: Administration, role: Role
) -> None:
    forbidden = [
        endpoint
        for endpoint in ACTIONS
        if endpoint.permission is not None and endpoint.permission not in PERMISSIONS[role]
    ]
    assert forbidden
    for endpoint in forbidden:
        path = endpoint.path.removeprefix(API).replace("{id}", "7").replace("{name}", "nora")
        reply = await administration.call(endpoint.method, path, role)
        assert (reply.status, reply.json["code"]) == (403, "not-permitted")
    name = "otto" if role is Role.OPERATOR else "helen"
    refused = await trail(administration, outcome="refused")
    assert [(entry["account"], entry["verb"], entry["code"]) for entry in refused] == [
        (name, endpoint.audited, "not-permitted") for endpoint in forbidden
    ]
    assert all(entry["before"] is entry["after"] is None for entry in refused)


def test_every_route_that_is_no_get_has_a_name_on_the_audit_trail() -> None:
    without = {endpoint.name for endpoint in ENDPOINTS if endpoint.method != "GET" and endpoint.audited is None}
    assert without == CHANGING_NOTHING == {"inspect_package", "forget_upload"}


async def test_the_trail_of_a_working_day_is_one_sound_chain(administration: Administration) -> None:
    call = administration.call
    await call("POST", "/packages", data=package("4.0"))
    await call(
        "POST", "/rules/approve", Role.OPERATOR, json={"rules": [{"id": "1"}, {"id": "2"}], "comment": "M\u00fcnchen"}
    )
    await call("PATCH", "/settings", json={"session_days": 5, "install_loop_offers": 20})
    await call("PATCH", "/settings", Role.HELP_DESK, json={"session_days": 6})
    entries = await trail(administration)
    verdict = verify_chain(entries)
    assert (verdict.fault, verdict.entries) == (None, len(entries))
    told = [(entry["verb"], entry["object"], entry["outcome"]) for entry in entries]
    assert [entry for entry in told if not entry[0].startswith("session.")] == [
        *(("account.add", f"account {name}", "done") for name in ("anna", "otto", "helen", "phone")),
        ("package.import", "package 1", "done"),
        ("rule.import", "rule 1", "done"),
        ("rule.approve", "rule 1", "done"),
        ("rule.approve", "rule 2", "refused"),
        ("setting.change", "setting session_days", "done"),
        ("setting.change", "setting install_loop_offers", "done"),
        ("setting.change", "settings", "refused"),
    ]


async def test_an_entry_says_what_was_before_and_after(administration: Administration) -> None:
    call = administration.call
    await call("POST", "/packages", data=package("4.0"))
    await call("POST", "/rules/approve", json={"rules": [{"id": "1"}], "comment": "tried on three phones"})
    await call("PATCH", "/settings", json={"session_days": 5})
    [approval] = await trail(administration, verb="rule.approve")
    [setting] = await trail(administration, object="setting session_days")
    assert {name: approval["before"][name] for name in ("pending", "approved", "restore")} == {
        "pending": "4.0",
        "approved": None,
        "restore": None,
    }
    assert approval["after"]["approved"] == "4.0"
    assert approval["after"]["comment"] == "tried on three phones"
    assert "CX700" in approval["after"]["rule"]
    assert (setting["before"], setting["after"]) == (7, 5)


@pytest.mark.expects_log_records(r"^Sign-in of ")
async def test_an_entry_about_an_account_says_what_of_it_changed_and_nothing_else(
    administration: Administration,
) -> None:
    call = administration.call
    await call("PATCH", "/settings", json={"lockout_attempts": 3})
    for _ in range(3):
        administration.clock.move(minutes=1)
        await administration.sign_in("otto", "wrong horse")
    await call("POST", "/accounts/otto/unlock")
    await call("PATCH", "/accounts/otto", json={"role": "help_desk"})
    await call("PATCH", "/accounts/otto", json={"password": "another horse"})
    [unlocked] = await trail(administration, verb="account.unlock")
    assert re.fullmatch("2026-05-03T14:.*Z", unlocked["before"]["locked_until"])
    assert unlocked["after"] == {"locked_until": None}
    role, password = await trail(administration, verb="account.change")
    assert (role["before"], role["after"]) == (
        {"role": "operator", "enabled": True},
        {"role": "help_desk", "enabled": True},
    )
    assert (password["before"], password["after"]) == (role["after"], {**role["after"], "password": "changed"})


async def test_no_password_hash_or_token_is_on_the_trail(administration: Administration) -> None:
    secret = "a secret of nora's"
    await administration.call("POST", "/accounts", json={"name": "nora", "role": "operator", "password": secret})
    await administration.call("PATCH", "/accounts/nora", json={"password": f"{secret}!"})
    await administration.call("POST", "/accounts", json={"name": "nora", "role": "boss", "password": secret})
    reply = await administration.call("GET", "/audit-trail?limit=1000")
    text = reply.body.decode()
    assert secret not in text
    assert await administration.token() not in text
    [changed] = [entry for entry in reply.json["items"] if entry["verb"] == "account.change"]
    assert changed["after"] == {"role": "operator", "enabled": True, "password": "changed"}


async def test_previews_and_reading_anything_but_a_devices_log_are_no_actions(administration: Administration) -> None:
    await administration.call("POST", "/packages", data=package("4.0"))
    before = await trail(administration)
    for path, body in (
        ("/rules/approve", {"rules": [{"id": "1"}, {"id": "2"}], "preview": True}),
        ("/rules/rollback", {"rules": [{"id": "1"}], "preview": True}),
        ("/purge", {"what": "updates", "preview": True}),
    ):
        await administration.call("POST", path, json=body)
    await administration.call("POST", "/packages/inspect", data=package("5.0"))
    for endpoint in ENDPOINTS:
        if endpoint.method == "GET" and endpoint.audited is None and endpoint.name not in {"events", "metrics"}:
            path = endpoint.path.removeprefix(API).replace("{id}", "1").replace("{name}", "otto")
            await administration.call("GET", path)
    assert await trail(administration) == before


async def test_a_verb_on_many_rules_is_an_entry_a_rule_and_one_for_those_refused_alike(
    administration: Administration,
) -> None:
    await administration.call("POST", "/packages", data=package("4.0"))
    rules = [{"id": text} for text in ("1", "7", "8", "x")]
    await administration.call("POST", "/rules/approve", json={"rules": rules})
    reply = await administration.call("POST", "/rules/approve", json={"rules": rules[:2]})
    assert reply.status == 409
    entries = await trail(administration, verb="rule.approve")
    assert [(entry["object"], entry["code"]) for entry in entries] == [
        ("rule 1", None),
        ("rules", "unknown-rule"),
        ("rule 1", "nothing-pending"),
        ("rule 7", "unknown-rule"),
    ]
    assert entries[1]["after"] == {"count": 3, "ids": ["7", "8", "x"]}


async def test_a_verb_on_many_devices_is_one_entry_that_names_them(
    administration: Administration, tmp_path: Path
) -> None:
    macs = [f"00-04-F2-00-01-{number:02X}" for number in range(3)]
    ids = await asyncio.to_thread(add_devices, administration, tmp_path, *macs)
    await administration.call("POST", "/devices/remove", json={"ids": [*ids, "99"]})
    done, refused = await trail(administration, verb="device.remove")
    assert (done["object"], done["before"]["identities"]) == ("devices", macs)
    assert done["after"] == {"count": 3, "ids": ids}
    assert (refused["object"], refused["code"]) == ("device 99", "not-found")


async def test_who_is_not_signed_in_cannot_make_an_entry(administration: Administration) -> None:
    before = await trail(administration)
    for endpoint in ACTIONS:
        path = endpoint.path.replace("{id}", "7").replace("{name}", "nora")
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic bm9ib2R5OndoYXRldmVy"}):
            reply = await administration.send(endpoint.method, path, headers=headers)
            assert reply.status in {401, 403}
    assert await trail(administration) == before


async def test_a_token_sent_where_others_can_read_it_is_refused_and_is_an_entry(administration: Administration) -> None:
    reply = await administration.call("PATCH", "/settings", json={"session_days": 5}, headers={"Via": "1.1 proxy"})
    assert (reply.status, reply.json["code"]) == (403, "insecure-transport")
    [entry] = await trail(administration, outcome="refused")
    assert (entry["account"], entry["verb"], entry["code"]) == (ANNA, "setting.change", "insecure-transport")


@pytest.mark.expects_log_records("^Sign-in of phone refused")
async def test_a_device_user_who_wants_a_session_is_an_entry_and_a_wrong_password_is_none(
    administration: Administration,
) -> None:
    assert (await administration.sign_in("phone")).status == 403
    [entry] = await trail(administration, outcome="refused")
    assert (entry["account"], entry["verb"], entry["code"]) == ("phone", "session.open", "not-permitted")


async def test_entries_outlive_the_account_they_are_about(administration: Administration) -> None:
    await add_account(administration.service, "nora", Role.OPERATOR)
    await administration.call("DELETE", "/accounts/nora")
    entries = await trail(administration, object="account nora")
    assert [entry["verb"] for entry in entries] == ["account.add", "account.remove"]


async def test_a_change_whose_entry_cannot_be_written_is_not_made(administration: Administration) -> None:
    await administration.token()
    with closing(sqlite3.connect(administration.service.folder.database)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("device_update_service.web.administration.problems._log.exception", lambda *_: None)
        reply = await administration.call("PATCH", "/settings", json={"session_days": 5})
    assert reply.status == 500
    settings = (await administration.call("GET", "/settings")).json["items"]
    assert [setting["value"] for setting in settings if setting["name"] == "session_days"] == [7]


async def test_refusals_past_so_many_a_minute_are_counted_and_told_when_the_minute_is_over(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_actions, "WRITTEN_EACH_MINUTE", 1)
    monkeypatch.setattr(refused_actions, "WINDOW_SECONDS", 1.0)
    listener = administration.service.events.subscribe()
    for _ in range(8):
        await administration.call("DELETE", "/devices/7", Role.OPERATOR)
    total = 0
    async with asyncio.timeout(60):
        while total < 8:
            event = await listener.get()
            assert event is not None
            refused = await trail(administration, outcome="refused")
            total = sum(entry["after"]["count"] if entry["verb"] == "more.refused" else 1 for entry in refused)
    assert total == 8
    assert len([entry for entry in refused if entry["verb"] == "device.remove"]) < 8
    assert {entry["account"] for entry in refused} == {"otto"}


async def test_what_was_only_counted_is_told_when_the_service_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_actions, "WRITTEN_EACH_MINUTE", 2)
    async with running_administration(tmp_path) as administration:
        for _ in range(5):
            await administration.call("DELETE", "/devices/7", Role.OPERATOR)
        assert len(await trail(administration, outcome="refused")) == 2
    async with running_administration(tmp_path, with_accounts=False) as administration:
        more = (await trail(administration, outcome="refused"))[-1]
    assert (more["verb"], more["object"], more["after"]["count"]) == ("more.refused", "account otto", 3)
