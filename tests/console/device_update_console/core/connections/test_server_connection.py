"""The connection to the real service: signed in, refused, lost, found again, and told of what changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.administration import PASSWORD, Administration, running_administration
from tests.support.faulty_relay import FaultyRelay, running_relay

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.connection_states import (
    Connected,
    Connecting,
    ConnectionState,
    NeedsSignIn,
    SignedOut,
    Unreachable,
)
from device_update_console.core.connections.credentials import Access, StoredSession
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.failures import ConnectionNotPrivate, FailedCall, NotAuthenticated, NotTheService
from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import TestDevice
from device_update_contract.administration.endpoints import LIST_TEST_DEVICES, OPEN_SESSION
from device_update_contract.administration.events import Event
from device_update_contract.administration.roles import Permission, Role
from device_update_http_authentication.identities import Credentials
from device_update_service.web.administration.event_streams import StreamTimes

ANNA = Access(identity=Credentials("anna", PASSWORD))
HELEN = Access(identity=Credentials("helen", PASSWORD))
NOW = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)


@dataclass
class Person:
    """Who sits before the window: sees states and events, and answers when asked who they are."""

    answers: list[Access | None] = field(default_factory=list)
    asked: list[FailedCall | None] = field(default_factory=list)
    states: list[ConnectionState] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sessions: list[StoredSession] = field(default_factory=list)
    hesitates: asyncio.Event | None = None
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def says_who(self, failure: FailedCall | None) -> Access | None:
        self.asked.append(failure)
        self.told.set()
        if self.hesitates is not None:
            await self.hesitates.wait()
        return self.answers.pop(0)

    def sees(self, state: ConnectionState) -> None:
        self.states.append(state)
        self.told.set()

    def hears(self, event: Event) -> None:
        self.events.append(event)
        self.told.set()

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not so():
                self.told.clear()
                await self.told.wait()

    async def until_state(self, kind: type[ConnectionState]) -> None:
        await self.until(lambda: bool(self.states) and isinstance(self.states[-1], kind))


@dataclass
class Scene:
    administration: Administration
    relay: FaultyRelay
    connection: ServerConnection
    person: Person

    async def test_devices(self) -> list[str]:
        page = await self.connection.ask(LIST_TEST_DEVICES, Page[TestDevice])
        return [device.name for device in page.items]

    async def change_something(self, name: str) -> None:
        """Somebody else adds a test device, which is an event."""
        body = {"name": name, "identifier_type": "serial", "identifier": f"S{name}"}
        reply = await self.administration.call("POST", "/test-devices", json=body)
        assert reply.status == 201, reply.json

    async def end_sessions(self) -> None:
        """The service forgets who is signed in."""
        items = (await self.administration.call("GET", "/sessions?account=anna")).json["items"]
        for session in items:
            if not session["current"]:
                await self.administration.call("DELETE", f"/sessions/{session['id']}")


@asynccontextmanager
async def scene(folder: Path, *answers: Access | None, back_off: float = 0.01) -> AsyncIterator[Scene]:
    times = StreamTimes(session_look=0.02)
    async with (
        running_administration(folder, stream_times=times) as administration,
        running_relay(administration.url) as relay,
    ):
        person = Person(list(answers))
        connection = ServerConnection(
            parse_server_address(relay.url),
            ask_for_access=person.says_who,
            on_state=person.sees,
            on_event=person.hears,
            on_session=person.sessions.append,
            back_off_seconds=(back_off,),
            now=lambda: NOW,
        )
        try:
            yield Scene(administration, relay, connection, person)
        finally:
            await connection.close()


async def test_connecting_says_who_is_signed_in_and_what_the_server_offers(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.connection.start(HELEN)
        await s.person.until_state(Connected)
        assert [type(state) for state in s.person.states] == [Connecting, Connected]
        state = s.connection.state
        assert isinstance(state, Connected)
        assert (state.account, state.role) == ("helen", Role.HELP_DESK)
        assert Permission.READ in state.permissions
        assert Permission.CHANGE_RULES not in state.permissions
        assert state.features == frozenset(state.server.features) != frozenset()
        assert s.person.asked == []


async def test_a_wrong_password_is_asked_again_with_the_reason_and_the_session_can_be_kept(tmp_path: Path) -> None:
    async with scene(tmp_path, Access(identity=Credentials("anna", "wrong password")), ANNA) as s:
        s.connection.start()
        await s.person.until_state(Connected)
        assert s.person.asked[0] is None
        assert isinstance(s.person.asked[1], NotAuthenticated)
        assert [session.account for session in s.person.sessions] == ["anna"]


async def test_who_does_not_sign_in_can_do_so_later(tmp_path: Path) -> None:
    async with scene(tmp_path, None) as s:
        s.connection.start()
        await s.person.until_state(NeedsSignIn)
        with pytest.raises(NotAuthenticated):
            await s.test_devices()
        assert len(s.person.asked) == 1
        s.connection.sign_in(ANNA)
        await s.person.until_state(Connected)


async def test_a_kept_session_is_used_and_asked_for_when_it_has_ended(tmp_path: Path) -> None:
    async with scene(tmp_path, ANNA) as s:
        token = await s.administration.token()
        session = StoredSession(account="anna", token=token, expires_at=NOW + timedelta(days=1))
        s.connection.start(Access(session=session))
        await s.person.until_state(Connected)
        assert s.person.asked == []
        await s.administration.call("DELETE", "/session")
        await s.person.until(lambda: len(s.person.asked) == 1)
        assert await s.test_devices() == []
        assert isinstance(s.person.asked[0], NotAuthenticated)


async def test_a_session_that_ends_asks_once_and_repeats_every_call_that_met_it(tmp_path: Path) -> None:
    async with scene(tmp_path, ANNA) as s:
        await s.change_something("Lobby")
        reply = await s.administration.sign_in("anna")
        session = StoredSession(account="anna", token=reply.json["token"], expires_at=NOW + timedelta(days=1))
        s.connection.start(Access(session=session))
        await s.person.until_state(Connected)
        s.person.hesitates = asyncio.Event()
        await s.end_sessions()
        calls = [asyncio.ensure_future(s.test_devices()) for _ in range(5)]
        await s.person.until(lambda: len(s.person.asked) == 1)
        s.person.hesitates.set()
        assert await asyncio.gather(*calls) == [["Lobby"]] * 5
        await s.person.until_state(Connected)
        assert len(s.person.asked) == 1


async def test_a_password_that_is_another_by_now_is_tried_once_by_all_calls_together(tmp_path: Path) -> None:
    async with scene(tmp_path, None) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        assert (await s.administration.call("PATCH", "/accounts/anna", json={"password": "a new one"})).status == 200
        await asyncio.gather(*(s.test_devices() for _ in range(5)), return_exceptions=True)
        await s.person.until_state(NeedsSignIn)
        assert s.relay.count(f"POST {OPEN_SESSION.path}") == 2
        assert len(s.person.asked) == 1


async def test_a_call_of_somebody_who_does_not_sign_in_again_fails_and_the_window_knows(tmp_path: Path) -> None:
    async with scene(tmp_path, None) as s:
        reply = await s.administration.sign_in("anna")
        session = StoredSession(account="anna", token=reply.json["token"], expires_at=NOW + timedelta(days=1))
        s.connection.start(Access(session=session))
        await s.person.until_state(Connected)
        await s.end_sessions()
        with pytest.raises(NotAuthenticated):
            await s.test_devices()
        await s.person.until_state(NeedsSignIn)
        assert len(s.person.asked) == 1


async def test_a_session_with_a_password_in_memory_is_opened_again_without_a_word(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        await s.end_sessions()
        assert await s.test_devices() == []
        assert s.person.asked == []
        assert s.relay.count(f"POST {OPEN_SESSION.path}") == 2


async def test_a_server_that_is_down_at_the_start_is_shown_with_its_reason_and_found_when_it_is_up(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        await s.relay.stop()
        s.connection.start(ANNA)
        await s.person.until_state(Unreachable)
        first = next(state for state in s.person.states if isinstance(state, Unreachable))
        assert "There is no service at" in first.failure.sentence
        assert first.since == NOW
        assert first.next_try == NOW + timedelta(seconds=0.01)
        await s.relay.start()
        await s.person.until_state(Connected)


async def test_nobody_is_asked_for_a_password_while_there_is_no_service(tmp_path: Path) -> None:
    async with scene(tmp_path, ANNA) as s:
        await s.relay.stop()
        s.connection.start()
        await s.person.until_state(Unreachable)
        assert s.person.asked == []
        await s.relay.start()
        await s.person.until_state(Connected)
        assert s.person.asked == [None]


async def test_a_session_that_was_opened_here_is_ended_with_the_connection_and_a_given_one_is_not(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        await s.connection.close()
        reply = await s.administration.sign_in("anna")
        assert len((await s.administration.call("GET", "/sessions?account=anna")).json["items"]) == 2
        session = StoredSession(account="anna", token=reply.json["token"], expires_at=NOW + timedelta(days=1))
        s.connection.start(Access(session=session))
        await s.person.until_state(Connected)
        await s.connection.close()
        assert len((await s.administration.call("GET", "/sessions?account=anna")).json["items"]) == 2


async def test_a_server_that_goes_down_and_comes_back_loses_no_event(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        await s.relay.stop()
        await s.person.until_state(Unreachable)
        await s.change_something("Lobby")
        await s.relay.start()
        await s.person.until(lambda: bool(s.person.events))
        await s.change_something("Canteen")
        await s.person.until(lambda: _names(s.person).count("test-devices-changed") == 2)
        assert isinstance(s.connection.state, Connected)
        ids = [event.id for event in s.person.events]
        assert ids == sorted(set(ids))
        assert "resync" not in _names(s.person)


async def test_a_cut_stream_is_opened_again_at_once_without_a_word(tmp_path: Path) -> None:
    async with scene(tmp_path, back_off=3600) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        await s.change_something("Lobby")
        await s.person.until(lambda: "test-devices-changed" in _names(s.person))
        await s.relay.cut()
        await s.change_something("Canteen")
        await s.person.until(lambda: _names(s.person).count("test-devices-changed") == 2)
        assert not any(isinstance(state, Unreachable) for state in s.person.states)


async def test_a_call_that_finds_nobody_has_the_server_looked_at(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        unhold = s.relay.talk_nonsense("GET /api/v1/")
        with pytest.raises(NotTheService):
            await s.test_devices()
        await s.person.until_state(Unreachable)
        unhold()
        await s.person.until_state(Connected)


async def test_a_back_off_ends_when_somebody_wants_to_try_now(tmp_path: Path) -> None:
    async with scene(tmp_path, back_off=3600) as s:
        await s.relay.stop()
        s.connection.start(ANNA)
        await s.person.until_state(Unreachable)
        await s.relay.start()
        s.connection.try_now()
        await s.person.until_state(Connected)


async def test_signing_out_ends_the_session_and_stays_so(tmp_path: Path) -> None:
    async with scene(tmp_path, ANNA) as s:
        s.connection.start(ANNA)
        await s.person.until_state(Connected)
        await s.connection.sign_out()
        assert s.connection.state == SignedOut()
        assert (await s.administration.call("GET", "/sessions?account=anna")).json["total"] == 1
        with pytest.raises(NotAuthenticated):
            await s.test_devices()
        assert s.person.asked == []
        s.connection.sign_in()
        await s.person.until_state(Connected)


async def test_a_password_is_not_sent_where_others_read_along_and_not_asked_for_again() -> None:
    person = Person([ANNA])
    connection = ServerConnection(
        parse_server_address("http://192.0.2.1:8444"),
        ask_for_access=person.says_who,
        on_state=person.sees,
        on_event=person.hears,
    )
    connection.start()
    await person.until_state(NeedsSignIn)
    state = connection.state
    assert isinstance(state, NeedsSignIn)
    assert isinstance(state.failure, ConnectionNotPrivate)
    await connection.close()


@pytest.mark.parametrize("when", ["asked", "connected", "waiting", "held"])
async def test_closing_leaves_nothing_running(tmp_path: Path, when: str) -> None:
    async with scene(tmp_path, back_off=3600) as s:
        before = asyncio.all_tasks()
        if when == "asked":
            s.person.hesitates = asyncio.Event()
            s.connection.start()
            await s.person.until(lambda: bool(s.person.asked))
        elif when == "waiting":
            await s.relay.stop()
            s.connection.start(ANNA)
            await s.person.until_state(Unreachable)
        elif when == "held":
            s.relay.hold("GET /api/v1/server")
            s.connection.start(ANNA)
            await s.relay.until(lambda: s.relay.count("GET /api/v1/server") == 1)
        else:
            s.connection.start(ANNA)
            await s.person.until_state(Connected)
        await s.connection.close()
        left = {task for task in asyncio.all_tasks() - before if "ServerConnection" in repr(task.get_coro())}
        assert left == set()
        await s.relay.until(lambda: s.relay.open_connections == 0)


def _names(person: Person) -> list[str]:
    return [event.event for event in person.events]
