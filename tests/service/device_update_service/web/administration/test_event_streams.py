"""Server-Sent Events over HTTP (contract section 5, ``GET /events``)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.support.administration import API, Administration, running_administration

from device_update_contract.administration.roles import Role
from device_update_service.storage.tables import Session
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.sessions import SessionEnded
from device_update_service.web.administration import session_gate
from device_update_service.web.administration.event_streams import StreamTimes
from device_update_service.web.administration.session_gate import SessionGate

QUICK = StreamTimes(heartbeat=0.05, session_look=0.02, send=0.2)


@pytest.fixture
async def administration(tmp_path: Path) -> AsyncIterator[Administration]:
    async with running_administration(tmp_path, stream_times=QUICK) as running:
        for role in (Role.ADMINISTRATOR, Role.HELP_DESK):
            await running.token(role)  # opening a session is an event too
        yield running


@dataclass
class Stream:
    response: aiohttp.ClientResponse

    async def block(self) -> dict[str, str]:
        """The next block of the stream, comments as ``""``."""
        fields: dict[str, str] = {}
        while True:
            line = (await self.response.content.readline()).decode()
            if line == "":
                return {"end": "end"}
            if line == "\n":
                return fields
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")

    async def event(self) -> dict[str, str]:
        """The next event, past heartbeats, lone ids, and that the audit trail has it."""
        while True:
            block = await self.block()
            if block.get("event", "audit-added") != "audit-added" or "end" in block:
                return block


@asynccontextmanager
async def listening(administration: Administration, last: str | None = None) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {await administration.token(Role.HELP_DESK)}"}
    if last is not None:
        headers["Last-Event-ID"] = last
    async with (
        asyncio.timeout(60),
        administration.http.get(f"{administration.url}{API}/events", headers=headers) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield Stream(answer)


def publish(administration: Administration, *ids: str) -> int:
    administration.service.events.publish(Change("rules-changed", ids))
    return administration.service.events.last_id


async def test_what_changes_is_told_with_its_ids(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        await administration.call("PATCH", "/settings", json={"session_days": 5})
        event = await stream.event()
    assert event["event"] == "settings-changed"
    assert json.loads(event["data"]) == {"ids": ["session_days"]}
    assert int(event["id"]) == administration.service.events.last_id - 1


async def test_what_the_audit_trail_has_is_told_after_what_changed(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        await administration.call("PATCH", "/settings", json={"session_days": 5})
        events: list[dict[str, str]] = []
        while len(events) < 2:
            block = await stream.block()
            events += [block] if "event" in block else []
    assert [event["event"] for event in events] == ["settings-changed", "audit-added"]
    trail = (await administration.call("GET", "/audit-trail?verb=setting.change")).json["items"]
    assert json.loads(events[1]["data"]) == {"ids": [trail[0]["id"]]}


async def test_a_new_stream_learns_the_number_to_come_back_with(administration: Administration) -> None:
    number = publish(administration, "1")
    async with listening(administration) as stream:
        assert await stream.block() == {"id": str(number)}


async def test_too_many_ids_to_name_are_null(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        administration.service.events.publish(Change("devices-changed", None))
        assert json.loads((await stream.event())["data"]) == {"ids": None}


async def test_that_devices_change_is_told_twice_a_second_at_most_and_none_is_forgotten(
    administration: Administration,
) -> None:
    events = administration.service.events
    async with listening(administration) as stream:
        began = time.monotonic()
        for number in range(1, 12):
            events.publish(Change("devices-changed", [str(number)]))
        first, second = await stream.event(), await stream.event()
        took = time.monotonic() - began
    assert json.loads(first["data"]) == {"ids": ["1"]}
    assert json.loads(second["data"]) == {"ids": [str(number) for number in range(2, 12)]}
    assert took >= 0.45


async def test_many_devices_that_change_one_by_one_are_too_many_to_name(administration: Administration) -> None:
    events = administration.service.events
    async with listening(administration) as stream:
        for number in range(300):
            events.publish(Change("devices-changed", [str(number)]))
        await stream.event()
        assert json.loads((await stream.event())["data"]) == {"ids": None}


async def test_a_session_is_looked_up_once_a_second_however_many_streams_it_has(administration: Administration) -> None:
    token, seconds = await administration.token(Role.HELP_DESK), 0.0
    gate = SessionGate(administration.service, monotonic=lambda: seconds)
    await gate.signed_in(token, is_use=False)
    await administration.service.write(lambda: Session.delete().execute())  # behind the gate's back
    await gate.signed_in(token, is_use=False)
    seconds = 1.0
    with pytest.raises(SessionEnded):
        await gate.signed_in(token, is_use=False)


async def test_a_use_is_never_answered_from_a_look(administration: Administration) -> None:
    token = await administration.token(Role.HELP_DESK)
    gate = SessionGate(administration.service)
    await gate.signed_in(token, is_use=False)
    await administration.service.write(lambda: Session.delete().execute())
    with pytest.raises(SessionEnded):
        await gate.signed_in(token)


async def test_who_comes_back_gets_what_was_missed_in_order_and_nothing_twice(administration: Administration) -> None:
    first = publish(administration, "1")
    publish(administration, "2")
    publish(administration, "3")
    async with listening(administration, str(first)) as stream:
        publish(administration, "4")
        seen = [json.loads((await stream.event())["data"])["ids"] for _ in range(3)]
    assert seen == [["2"], ["3"], ["4"]]


@pytest.mark.parametrize("last", ["0", "5", "99999999999999999", "abc", "-1", "9" * 40, ""])
async def test_who_was_away_too_long_is_told_to_read_everything_anew(administration: Administration, last: str) -> None:
    publish(administration, "1")
    async with listening(administration, last) as stream:
        event = await stream.event()
    assert event["event"] == "resync"
    assert int(event["id"]) == administration.service.events.last_id


async def test_a_silent_stream_shows_that_it_lives(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        assert "" in await stream.block()


async def test_a_stream_ends_with_its_session(administration: Administration) -> None:
    async with listening(administration) as stream:
        await administration.call("DELETE", "/session", Role.HELP_DESK)
        assert await stream.event() == {"end": "end"}


async def test_a_stream_ends_when_the_account_is_disabled(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        await administration.call("PATCH", "/accounts/helen", json={"enabled": False})
        while "end" not in (event := await stream.event()):
            assert event["event"] == "accounts-changed"


async def test_looking_on_does_not_keep_a_session_from_idling_out(
    administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_gate, "KNOWN_FOR_SECONDS", 0.0)
    async with listening(administration) as stream:
        administration.clock.move(minutes=479)
        publish(administration, "1")
        assert (await stream.event())["event"] == "rules-changed"
        administration.clock.move(minutes=1)
        assert await stream.event() == {"end": "end"}


async def test_streams_end_when_the_service_stops(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        await administration.application.shutdown()
        assert await stream.event() == {"end": "end"}


async def test_a_client_that_does_not_read_is_dropped(administration: Administration) -> None:
    token = await administration.token(Role.HELP_DESK)
    _, writer = await asyncio.open_connection(administration.server.host, administration.server.port, limit=1)
    writer.write(f"GET {API}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await writer.drain()
    transport: Any = writer.transport
    transport.pause_reading()
    ids = [str(number) for number in range(200)]
    async with asyncio.timeout(60):
        while administration.metrics.event_streams == 0:  # noqa: ASYNC110 -- the server runs on the same loop
            await asyncio.sleep(0)
        while administration.metrics.event_streams == 1:
            for _ in range(50):
                publish(administration, *ids)
            await asyncio.sleep(0)
    writer.close()


async def test_open_streams_are_counted(administration: Administration) -> None:
    async with listening(administration) as stream:
        await stream.block()
        reply = await administration.send("GET", "/metrics")
    assert b"device_update_event_streams 1.0" in reply.body
