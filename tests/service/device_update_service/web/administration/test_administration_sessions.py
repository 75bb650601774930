"""Signing in and sessions over HTTP (contract section 5)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from functools import partial

import pytest
from multidict import CIMultiDict
from tests.support.administration import (
    API,
    PASSWORD,
    Administration,
    add_account,
    basic,
)

from device_update_contract.administration.roles import PERMISSIONS, Role
from device_update_service.identity.account_key import AccountKey
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.storage.accounts import account_records
from device_update_service.storage.database import Database
from device_update_service.storage.tables import Session
from device_update_service.usecases import accounts
from device_update_service.usecases.outcomes import Actor
from device_update_service.web.administration import session_gate, session_sign_in

pytestmark = pytest.mark.expects_log_records(r"^Sign-in of ")


@pytest.fixture
def long_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are looked up again only where the service has a reason to, and not because a second is over."""
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 3600.0)


async def status_of(administration: Administration, token: str) -> int:
    """Whether a session is let in, by a route that does not look at the session itself."""
    reply = await administration.send("GET", f"{API}/rules", headers={"Authorization": f"Bearer {token}"})
    if reply.status != 200:
        assert reply.json["code"] == "session-ended"
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    return reply.status


async def test_a_sign_in_answers_with_token_role_and_permissions(administration: Administration) -> None:
    reply = await administration.sign_in("OTTO")
    assert reply.status == 201
    assert len(reply.json["token"]) >= 43
    assert (reply.json["account"], reply.json["role"]) == ("otto", "operator")
    assert reply.json["permissions"] == sorted(PERMISSIONS[Role.OPERATOR])
    assert reply.json["expires_at"] == "2026-05-10T14:00:00.000Z"
    assert await status_of(administration, reply.json["token"]) == 200


async def test_the_data_folder_holds_the_hash_of_a_token_and_nowhere_the_token(administration: Administration) -> None:
    token = await administration.token()
    stored = await administration.service.read(lambda: bytes(Session.select().get().token_hash))
    assert stored == hashlib.sha256(token.encode()).digest()
    secrets = (token.encode(), base64.urlsafe_b64decode(token + "="))
    files = [path.read_bytes() for path in administration.service.folder.root.rglob("*") if path.is_file()]
    assert any(stored in content for content in files)  # so that it was looked in the right place
    assert not any(secret in content for content in files for secret in secrets)


async def test_names_and_passwords_are_utf_8(administration: Administration) -> None:
    await add_account(administration.service, "ute", Role.HELP_DESK, "schlüssel: drei €")
    assert (await administration.sign_in("ute", "schlüssel: drei €")).status == 201


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "wrong horse"), ("nobody", PASSWORD), ("anna", ""), ("", ""), ("anna", PASSWORD.upper()), ("a\nb", "x")],
)
@pytest.mark.expects_log_records("^Sign-in of ")
async def test_whatever_is_wrong_the_answer_is_the_same(
    administration: Administration, name: str, password: str
) -> None:
    reply = await administration.sign_in(name, password)
    assert (reply.status, reply.json["code"]) == (401, "sign-in-refused")
    assert reply.challenges == ["Negotiate", "NTLM", 'Basic realm="device-update-service", charset="UTF-8"']
    assert reply.json["detail"] == "The account name or the password is wrong, or the account may not sign in now."


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YW5uYQ==", "Basic /w==", "Bearer x", "Digest x=y", ""])
async def test_a_header_that_is_not_basic_is_refused(administration: Administration, header: str) -> None:
    reply = await administration.send("POST", f"{API}/session", headers={"Authorization": header})
    assert (reply.status, reply.json["code"]) == (401, "sign-in-refused")


@pytest.mark.parametrize("name", ["evil\n2026 forged\x1b[31m", "\0nul", "\u202e rtl"])
async def test_a_name_that_cannot_be_shown_is_kept_nowhere(
    administration: Administration, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        reply = await administration.sign_in(name, "x")
    assert (reply.status, reply.json["code"]) == (401, "sign-in-refused")
    assert [record for record in caplog.records if vars(record).get("account")] == []


async def test_two_headers_are_refused_whichever_is_right(administration: Administration) -> None:
    right = [basic("anna", PASSWORD), f"Bearer {await administration.token(Role.ADMINISTRATOR)}"]
    for method, path in (("POST", "/session"), ("GET", "/accounts")):
        for values in ([*right], [*reversed(right)], [right[0]] * 2, [right[1]] * 2, [right[1], "Bearer x"]):
            headers = CIMultiDict([("Authorization", value) for value in values])
            assert (await administration.send(method, API + path, headers=headers)).status == 401


async def test_without_credentials_every_way_to_sign_in_is_offered(administration: Administration) -> None:
    reply = await administration.send("POST", f"{API}/session")
    assert (reply.status, reply.json["code"]) == (401, "not-signed-in")
    assert [challenge.partition(" ")[0] for challenge in reply.challenges] == ["Negotiate", "NTLM", "Basic"]


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_a_device_user_opens_no_session(administration: Administration) -> None:
    reply = await administration.sign_in("phone")
    assert (reply.status, reply.json["code"]) == (403, "not-permitted")
    assert await administration.service.read(lambda: Session.select().count()) == 0


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_a_disabled_account_is_refused_like_a_wrong_password(administration: Administration) -> None:
    await administration.call("PATCH", "/accounts/helen", json={"enabled": False})
    reply = await administration.sign_in("helen")
    assert (reply.status, reply.json["code"]) == (401, "sign-in-refused")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-forwarded-proto", "Via"])
async def test_what_a_proxy_hands_on_carries_no_password_and_no_token(
    administration: Administration, header: str
) -> None:
    token = await administration.token()
    signed_in = await administration.sign_in("anna", **{header: "for=192.0.2.1"})
    asked = await administration.send(
        "GET", f"{API}/session", headers={"Authorization": f"Bearer {token}", header: "1.1 proxy"}
    )
    assert [(reply.status, reply.json["code"]) for reply in (signed_in, asked)] == [(403, "insecure-transport")] * 2


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_too_many_failures_lock_the_account_out_even_with_the_right_password(
    administration: Administration,
) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3, "lockout_minutes": 10})
    for _ in range(3):
        await administration.sign_in("otto", "wrong horse")
    assert (await administration.sign_in("otto")).status == 401
    shown = await administration.call("GET", "/accounts/otto/status", Role.HELP_DESK)
    assert shown.json["locked_until"] == "2026-05-03T14:10:00.000Z"
    administration.clock.move(minutes=10)
    assert (await administration.sign_in("otto")).status == 201
    shown = await administration.call("GET", "/accounts/otto/status", Role.HELP_DESK)
    assert shown.json["locked_until"] is None


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_unlocking_lets_the_account_in_again_at_once(administration: Administration) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3})
    for _ in range(3):
        await administration.sign_in("otto", "wrong horse")
    assert (await administration.sign_in("otto")).status == 401
    assert (await administration.call("POST", "/accounts/otto/unlock")).status == 200
    assert (await administration.sign_in("otto")).status == 201


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_unlocking_from_another_process_counts_too(administration: Administration) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3})
    for _ in range(3):
        await administration.sign_in("otto", "wrong horse")
    await administration.service.write(partial(accounts.unlock_account, name="otto", actor=Actor("host")))
    assert (await administration.sign_in("otto")).status == 201


@pytest.mark.expects_log_records("^Sign-in of ")
async def test_attempts_side_by_side_are_counted_each(administration: Administration) -> None:
    await administration.call("PATCH", "/settings", json={"lockout_attempts": 3})
    guesses = [administration.sign_in("otto", f"wrong horse {number}") for number in range(20)]
    await asyncio.gather(*guesses)
    assert (await administration.sign_in("otto")).status == 401


@pytest.mark.usefixtures("long_known")
async def test_signing_out_ends_the_session_at_once(administration: Administration) -> None:
    token = await administration.token()
    assert await status_of(administration, token) == 200
    assert (await administration.call("DELETE", "/session")).status == 204
    assert await status_of(administration, token) == 401


@pytest.mark.usefixtures("long_known")
@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"role": "device_user"}, {"password": "another horse"}],
    ids=lambda change: next(iter(change)),
)
async def test_a_change_of_the_account_acts_on_its_sessions_at_once(
    administration: Administration, change: dict[str, object]
) -> None:
    token = await administration.token(Role.OPERATOR)
    assert await status_of(administration, token) == 200
    assert (await administration.call("PATCH", "/accounts/otto", json=change)).status == 200
    assert await status_of(administration, token) == 401


@pytest.mark.usefixtures("long_known")
async def test_a_lower_role_holds_for_the_next_request(administration: Administration) -> None:
    allowed = await administration.call("POST", "/rules/approve", Role.OPERATOR, json={"rules": []})
    assert allowed.status == 200
    assert (await administration.call("PATCH", "/accounts/otto", json={"role": "help_desk"})).status == 200
    reply = await administration.call("POST", "/rules/approve", Role.OPERATOR, json={"rules": []})
    assert (reply.status, reply.json["code"]) == (403, "not-permitted")


@pytest.mark.usefixtures("long_known")
async def test_removing_the_account_ends_its_sessions_at_once(administration: Administration) -> None:
    token = await administration.token(Role.OPERATOR)
    assert await status_of(administration, token) == 200
    assert (await administration.call("DELETE", "/accounts/otto")).status == 204
    assert await status_of(administration, token) == 401


async def test_setting_ones_own_password_keeps_this_session_and_ends_the_others(
    administration: Administration,
) -> None:
    other = (await administration.sign_in("anna")).json["token"]
    mine = await administration.token()
    await administration.call("PATCH", "/accounts/anna", json={"password": "another horse"})
    assert await status_of(administration, mine) == 200
    assert await status_of(administration, other) == 401


async def test_what_another_process_does_is_seen_when_the_session_is_looked_up_again(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await administration.token(Role.OPERATOR)
    assert await status_of(administration, token) == 200
    # As the command on the host does it: nobody tells this process.
    await administration.service.write(partial(accounts.remove_account, name="otto", actor=Actor("host")))
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    assert await status_of(administration, token) == 401


async def test_a_session_is_nothing_while_its_account_is_disabled_however_that_came(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    token = await administration.token(Role.OPERATOR)
    for enabled, status in ((True, 200), (False, 401), (True, 200)):
        await administration.service.write(partial(_set_enabled, "otto", enabled))
        assert await status_of(administration, token) == status


def _set_enabled(name: str, enabled: bool) -> None:
    """In the table alone: a use case would end the sessions too."""
    record = account_records.find_account(name)
    assert record is not None
    account_records.change_account(record.id, {"enabled": enabled})


def test_a_session_is_looked_up_again_after_one_second_at_most() -> None:
    assert session_gate.KNOWN_FOR_SECONDS <= 1


async def test_one_sees_and_ends_only_ones_own_sessions(administration: Administration) -> None:
    annas = await administration.token()
    await administration.token(Role.HELP_DESK)
    own = await administration.call("GET", "/sessions", Role.HELP_DESK)
    assert [(item["account"], item["current"]) for item in own.json["items"]] == [("helen", True)]
    others = await administration.call("GET", "/sessions?account=anna", Role.HELP_DESK)
    assert (others.status, others.json["code"]) == (403, "not-permitted")
    mine = await administration.call("GET", "/sessions")
    stolen = await administration.call("DELETE", f"/sessions/{mine.json['items'][0]['id']}", Role.HELP_DESK)
    assert (stolen.status, stolen.json["code"]) == (404, "not-found")
    assert await status_of(administration, annas) == 200


async def test_an_administrator_ends_sessions_of_others(administration: Administration) -> None:
    helens = await administration.token(Role.HELP_DESK)
    listed = await administration.call("GET", "/sessions?account=HELEN")
    assert (await administration.call("DELETE", f"/sessions/{listed.json['items'][0]['id']}")).status == 204
    assert await status_of(administration, helens) == 401


async def test_sessions_are_listed_page_by_page(administration: Administration) -> None:
    for _ in range(4):
        await administration.sign_in("anna")
    await administration.token()
    first = await administration.call("GET", "/sessions?limit=3&sort=-id")
    second = await administration.call("GET", f"/sessions?limit=3&sort=-id&after={first.json['next']}")
    ids = [int(item["id"]) for page in (first, second) for item in page.json["items"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == first.json["total"] == 5
    assert second.json["next"] is None


@pytest.mark.expects_log_records("^Sign-in of ", "does not fit the key file")
async def test_a_hash_copied_to_another_account_signs_nobody_in(administration: Administration) -> None:
    await add_account(administration.service, "eve", Role.HELP_DESK, "password of eve")
    database: Database = administration.service.database
    statement = "UPDATE account SET nt_hash = (SELECT nt_hash FROM account WHERE name = 'eve') WHERE name = 'anna'"
    await asyncio.wrap_future(database.write(lambda: database._database.execute_sql(statement) and None))
    assert (await administration.sign_in("anna", "password of eve")).status == 401


@pytest.mark.parametrize("name", ["anna", "nobody"])
async def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    administration: Administration, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    worked: list[str] = []

    def noting(what: str, work: Callable[..., bytes]) -> Callable[..., bytes]:
        def note(*values: object) -> bytes:
            worked.append(what)
            return work(*values)

        return note

    monkeypatch.setattr(session_sign_in, "nt_hash", noting("hash", nt_hash))
    monkeypatch.setattr(AccountKey, "decrypt", noting("decrypt", AccountKey.decrypt))
    await administration.sign_in(name, "wrong horse")
    assert worked == ["hash", "decrypt"]


async def test_a_sign_in_is_logged_without_its_password(
    administration: Administration, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        await administration.sign_in("anna")
        await administration.sign_in("anna", "wrong horse")
    assert "anna signed in from 127.0.0.1" in caplog.text
    (refused,) = [record for record in caplog.records if record.message == "A sign-in was refused"]
    assert (vars(refused)["account"], vars(refused)["cause"]) == ("anna", "wrong-password")
    assert "horse" not in caplog.text
