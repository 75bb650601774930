"""Accounts over HTTP (contract section 5)."""

from __future__ import annotations

from functools import partial

import pytest
from tests.support.administration import Administration, add_account

from device_update_contract.administration.roles import Role
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.usecases.domain_accounts import admit_domain_account
from device_update_service.usecases.outcomes import Actor

NEW = {"name": "Nora", "role": "operator", "password": "a new password"}


async def test_an_added_account_can_sign_in_and_its_password_is_never_shown(administration: Administration) -> None:
    added = await administration.call("POST", "/accounts", json=NEW)
    assert added.status == 201
    assert added.json == {
        "name": "Nora",
        "role": "operator",
        "enabled": True,
        "created_at": "2026-05-03T14:00:00.000Z",
        "last_sign_in_at": None,
        "locked_until": None,
        "source": "local",
    }
    assert (await administration.sign_in("nora", "a new password")).status == 201
    shown = await administration.call("GET", "/accounts/NORA")
    assert shown.json["last_sign_in_at"] == "2026-05-03T14:00:00.000Z"


async def test_neither_the_password_nor_its_hash_is_in_the_data_folder(administration: Administration) -> None:
    await administration.call("POST", "/accounts", json=NEW)
    files = [path for path in administration.service.folder.root.rglob("*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        content = path.read_bytes()
        assert nt_hash("a new password") not in content
        assert b"a new password" not in content
        assert "a new password".encode("utf-16-le") not in content


@pytest.mark.parametrize("name", ["nora", "NORA"])
async def test_a_name_is_taken_without_regard_to_case(administration: Administration, name: str) -> None:
    await administration.call("POST", "/accounts", json=NEW)
    reply = await administration.call("POST", "/accounts", json={**NEW, "name": name})
    assert (reply.status, reply.json["code"]) == (409, "account-exists")


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 65, "ä", "a/b", "a\\b", "x@y"])
async def test_a_name_that_is_none_is_refused(administration: Administration, name: str) -> None:
    reply = await administration.call("POST", "/accounts", json={**NEW, "name": name})
    assert (reply.status, reply.json["code"]) == (422, "invalid-identifier")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
async def test_a_password_of_a_wrong_length_is_refused(administration: Administration, password: str) -> None:
    added = await administration.call("POST", "/accounts", json={**NEW, "password": password})
    changed = await administration.call("PATCH", "/accounts/otto", json={"password": password})
    assert {added.status, changed.status} == {422}


@pytest.mark.parametrize("password", ["12345678", "x" * 256, "päßwörter", "        "])
async def test_every_password_of_8_to_256_characters_will_do(administration: Administration, password: str) -> None:
    await administration.call("POST", "/accounts", json={**NEW, "password": password})
    assert (await administration.sign_in("nora", password)).status == 201


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("DELETE", None),
        ("PATCH", {"enabled": False}),
        ("PATCH", {"role": "operator"}),
        ("PATCH", {"role": "device_user"}),
    ],
    ids=str,
)
async def test_the_last_enabled_administrator_stays(
    administration: Administration, method: str, change: dict[str, object] | None
) -> None:
    await add_account(administration.service, "asleep", Role.ADMINISTRATOR, enabled=False)
    reply = await administration.call(method, "/accounts/anna", json=change)
    assert (reply.status, reply.json["code"]) == (409, "last-administrator")
    assert (await administration.call("GET", "/accounts/anna")).json["role"] == "administrator"
    await administration.call("PATCH", "/accounts/asleep", json={"enabled": True})
    assert (await administration.call(method, "/accounts/anna", json=change)).status in {200, 204}


async def test_a_change_that_leaves_the_administrator_one_is_no_loss(administration: Administration) -> None:
    reply = await administration.call("PATCH", "/accounts/anna", json={"role": "administrator", "enabled": True})
    assert reply.status == 200


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/unlock"), ("GET", "/status")])
async def test_an_unknown_account_is_not_found(administration: Administration, method: str, path: str) -> None:
    reply = await administration.call(method, f"/accounts/nobody{path}")
    assert (reply.status, reply.json["code"]) == (404, "not-found")


async def test_accounts_are_listed_by_name_page_by_page(administration: Administration) -> None:
    for name in ("Zoe", "bert", "Alf"):
        await add_account(administration.service, name, Role.HELP_DESK)
    names: list[str] = []
    after = ""
    while True:
        page = (await administration.call("GET", f"/accounts?limit=2{after}")).json
        assert page["total"] == 7
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert names == ["Alf", "anna", "bert", "helen", "otto", "phone", "Zoe"]


async def test_accounts_are_filtered_and_sorted(administration: Administration) -> None:
    found = await administration.call("GET", "/accounts?search=H&sort=-name")
    assert [item["name"] for item in found.json["items"]] == ["phone", "helen"]
    found = await administration.call("GET", "/accounts?role=operator")
    assert [item["name"] for item in found.json["items"]] == ["otto"]
    assert (await administration.call("GET", "/accounts?search=%25")).json["items"] == []


async def test_a_cursor_of_another_list_is_refused(administration: Administration) -> None:
    cursor = (await administration.call("GET", "/accounts?limit=1")).json["next"]
    for query in (f"sort=-name&after={cursor}", f"role=operator&after={cursor}", "after=xyz"):
        reply = await administration.call("GET", f"/accounts?{query}")
        assert (reply.status, reply.json["code"]) == (400, "invalid-cursor")


async def test_help_desk_sees_whether_an_account_can_sign_in_and_no_more(administration: Administration) -> None:
    reply = await administration.call("GET", "/accounts/otto/status", Role.HELP_DESK)
    assert reply.json == {
        "name": "otto",
        "enabled": True,
        "locked_until": None,
        "last_sign_in_at": None,
        "source": "local",
        "locked_addresses": [],
    }


async def test_help_desk_sees_from_where_an_account_is_locked_out(administration: Administration) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3, "lockout_minutes": 10})
    for _ in range(3):
        await administration.sign_in("otto", "wrong horse")
    await administration.call("GET", "/health")  # its look at the writer comes after the lock has been written
    status = (await administration.call("GET", "/accounts/otto/status", Role.HELP_DESK)).json
    assert status["locked_until"] == "2026-05-03T14:10:00.000Z"
    assert status["locked_addresses"] == ["127.0.0.1"]
    administration.clock.move(minutes=11)
    status = (await administration.call("GET", "/accounts/otto/status", Role.HELP_DESK)).json
    assert (status["locked_until"], status["locked_addresses"]) == (None, [])


@pytest.mark.parametrize(
    ("name", "path"), [(r"CONTOSO\ken", "CONTOSO%5CKEN"), (r"CONTOSO.COM\k@x", "contoso.com%5Ck%40x")]
)
async def test_an_account_of_a_domain_is_seen_and_disabled_but_its_password_and_role_are_the_domains(
    administration: Administration, name: str, path: str
) -> None:
    await administration.service.change(
        partial(
            admit_domain_account,
            name=name,
            source="winbind",
            role=Role.OPERATOR,
            actor=Actor(name),
            now=administration.clock(),
        )
    )
    known = administration.service.accounts.find(name)
    assert known is not None, "in memory before the change is answered"
    shown = await administration.call("GET", f"/accounts/{path}")
    assert (shown.json["name"], shown.json["source"]) == (name, "winbind")
    for change in ({"password": "another horse"}, {"role": "administrator"}):
        refused = await administration.call("PATCH", f"/accounts/{path}", json=change)
        assert (refused.status, refused.json["code"]) == (409, "account-of-domain")
    assert (await administration.sign_in(name, "")).status == 401
    disabled = await administration.call("PATCH", f"/accounts/{path}", json={"enabled": False})
    assert (disabled.status, disabled.json["enabled"]) == (200, False)
    status = await administration.call("GET", f"/accounts/{path}/status", Role.HELP_DESK)
    assert (status.json["source"], status.json["enabled"]) == ("winbind", False)
    assert (await administration.call("DELETE", f"/accounts/{path}")).status == 204


async def test_changes_of_accounts_are_told_to_those_who_listen(administration: Administration) -> None:
    await administration.token()
    listener = administration.service.events.subscribe()
    await administration.call("POST", "/accounts", json=NEW)
    event = listener.get_nowait()
    assert event is not None
    assert (event.name, event.ids) == ("accounts-changed", ("Nora",))
