"""How long sessions live, and that none lives on or comes back (contract sections 5 and 7)."""

from __future__ import annotations

import pytest
from tests.support.administration import (
    API,
    Administration,
)

from device_update_contract.administration.roles import Role
from device_update_service.storage.tables import Session
from device_update_service.usecases import sessions
from device_update_service.web.administration import session_gate

pytestmark = pytest.mark.expects_log_records(r"^Sign-in of ")


async def status_of(administration: Administration, token: str) -> int:
    reply = await administration.send("GET", f"{API}/session", headers={"Authorization": f"Bearer {token}"})
    if reply.status != 200:
        assert reply.json["code"] == "session-ended"
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    return reply.status


async def test_a_session_ends_when_idle(administration: Administration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    token = await administration.token()
    administration.clock.move(minutes=479)
    assert await status_of(administration, token) == 200
    await administration.service.write(lambda: None)  # the use was noted behind the answer
    administration.clock.move(minutes=479)
    assert await status_of(administration, token) == 200
    await administration.service.write(lambda: None)
    administration.clock.move(minutes=480)
    assert await status_of(administration, token) == 401


async def test_a_session_that_was_used_ends_when_idle_although_the_clock_was_set_back(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    token = await administration.token()
    administration.clock.move(hours=-1)
    assert await status_of(administration, token) == 200
    await administration.service.write(lambda: None)
    administration.clock.move(minutes=480)
    assert await status_of(administration, token) == 401


async def test_a_session_ends_after_its_days_however_busy(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    token = await administration.token()
    for _ in range(23):
        administration.clock.move(hours=7)
        assert await status_of(administration, token) == 200
        await administration.service.write(lambda: None)
    administration.clock.move(hours=7)
    assert await status_of(administration, token) == 401


async def test_use_is_noted_at_most_once_a_minute(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    token = await administration.token()

    async def noted_after(seconds: float) -> int:
        administration.clock.move(seconds=seconds)
        await status_of(administration, token)
        await administration.service.write(lambda: None)
        return await administration.service.read(lambda: int(Session.select().get().last_used_at))

    start = await administration.service.read(lambda: int(Session.select().get().last_used_at))
    assert await noted_after(59) == start
    assert await noted_after(1) == start + 60_000


@pytest.mark.parametrize(
    ("change", "back"),
    [({"enabled": False}, {"enabled": True}), ({"role": "device_user"}, {"role": "administrator"})],
    ids=["disabled", "device_user"],
)
@pytest.mark.parametrize("asks", [Role.ADMINISTRATOR, Role.OPERATOR])
async def test_a_session_that_ended_with_the_right_to_it_does_not_come_back_with_it(
    administration: Administration, change: dict[str, object], back: dict[str, object], asks: Role
) -> None:
    await administration.call("PATCH", "/accounts/otto", json={"role": "administrator"})
    annas = await administration.token()
    ottos = await administration.token(Role.OPERATOR)
    token, name, other = (
        (annas, "anna", Role.OPERATOR) if asks is Role.ADMINISTRATOR else (ottos, "otto", Role.ADMINISTRATOR)
    )
    assert (await administration.call("PATCH", f"/accounts/{name}", asks, json=change)).status == 200
    assert (await administration.call("PATCH", f"/accounts/{name}", other, json=back)).status == 200
    assert await status_of(administration, token) == 401


async def test_the_id_of_a_session_never_means_another_one(administration: Administration) -> None:
    first = (await administration.call("GET", "/session")).json["id"]
    await administration.call("DELETE", "/session")
    token = (await administration.sign_in("anna")).json["token"]
    again = await administration.send("GET", f"{API}/session", headers={"Authorization": f"Bearer {token}"})
    assert int(again.json["id"]) > int(first)


async def test_of_too_many_sessions_of_an_account_the_one_that_was_used_longest_ago_ends(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 3)
    others = await administration.token(Role.HELP_DESK)
    tokens = []
    for _ in range(3):
        tokens.append((await administration.sign_in("otto")).json["token"])
        administration.clock.move(minutes=2)
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    assert await status_of(administration, tokens[0]) == 200  # and so it was used later than the second
    await administration.service.write(lambda: None)
    tokens.append((await administration.sign_in("otto")).json["token"])
    assert [await status_of(administration, token) for token in tokens] == [200, 401, 200, 200]
    assert await status_of(administration, others) == 200
