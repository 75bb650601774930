"""The connection to one server over its whole life: signed in, lost, found again (issue "The console", 1, 5 and 7).

One task keeps it: it signs in, follows the event stream, and comes back with a back-off when that is lost. A call that
meets an ended session waits until somebody signed in again and is then repeated; a call that meets no server fails, and
has the task look at once, so that every part of the window knows. Passwords are kept in memory only, by the client.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.connections.connection_states import (
    AskForAccess,
    Connected,
    Connecting,
    ConnectionState,
    EventObserver,
    NeedsSignIn,
    SessionObserver,
    SignedOut,
    StateObserver,
    Unreachable,
)
from device_update_console.core.connections.credentials import Access, StoredSession
from device_update_console.core.connections.lasting_client import LastingClient, OpenedStreamReader
from device_update_console.core.connections.replies import Reply
from device_update_console.core.failures import (
    ConnectionNotPrivate,
    FailedCall,
    NotAuthenticated,
    ServiceUnreachable,
    Surprise,
)
from device_update_console.core.texts.language import text
from device_update_contract.administration.endpoints import HEALTH, SHOW_SERVER, SHOW_SESSION, Endpoint
from device_update_contract.administration.roles import PERMISSIONS
from device_update_contract.administration.server import HealthAnswer, ServerAnswer, SessionAnswer, SessionModel
from device_update_http_authentication.identities import Credentials

Expected = TypeVar("Expected")
Result = TypeVar("Result")

PROGRAM = "device-update-console"
"""What the audit trail tells of what was done through it."""

BACK_OFF_SECONDS: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30)
"""Waits between attempts; the last one again and again."""

_PARTING_SECONDS = 2.0

_LIVED_SECONDS = 5.0
"""A stream that was open for so long is not the reason to wait longer before the next attempt."""


class ServerConnection:
    """One server in the tree; made, used and closed in the loop's thread."""

    def __init__(
        self,
        address: ServerAddress,
        *,
        ask_for_access: AskForAccess,
        on_state: StateObserver,
        on_event: EventObserver,
        on_session: SessionObserver = lambda _: None,
        back_off_seconds: Sequence[float] = BACK_OFF_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.address = address
        self._ask_for_access = ask_for_access
        self._on_state = on_state
        self._on_event = on_event
        self._on_session = on_session
        self._back_off = back_off_seconds
        self._now = now
        self._state: ConnectionState = SignedOut()
        self._client = LastingClient(address, program=PROGRAM)
        self._somebody = False
        """Whether there is an access, good or not."""
        self._opened = False
        """Whether the session is opened here, not given."""
        self._signing_in = asyncio.Lock()
        self._sign_ins = 0
        """How often somebody signed in; a call that was refused before that need not ask again."""
        self._look = asyncio.Event()
        """Set when there is a reason to look at the server without waiting."""
        self._last_event_id: int | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def state(self) -> ConnectionState:
        """What can be said now."""
        return self._state

    @property
    def client(self) -> AdministrationClient:
        """The client below, for what `ask` cannot do (uploads, whole lists); see `repeated`."""
        return self._client

    # What a person wants

    def start(self, access: Access | None = None) -> None:
        """Connect, and stay so; without an access the person is asked."""
        self._begin(access)

    def sign_in(self, access: Access | None = None) -> None:
        """Sign in after all (the state is `NeedsSignIn` or `SignedOut`), asking if there is no access given."""
        self._begin(access)

    def try_now(self) -> None:
        """Try an unreachable server at once."""
        self._look.set()

    async def sign_out(self) -> None:
        """End the session and stay disconnected; a server that does not answer ends it by itself later."""
        await self._stop_keeping()
        with contextlib.suppress(FailedCall):
            await self._client.sign_out()
        self._become(Access())
        self._last_event_id = None
        self._enter(SignedOut())

    async def close(self) -> None:
        """Let go of the server and wait until nothing runs; a session that was opened here is ended if that is quick.

        One that was given goes on: somebody else uses it too.
        """
        await self._stop_keeping()
        if self._opened and isinstance(self._state, Connected):
            with contextlib.suppress(FailedCall, TimeoutError):
                async with asyncio.timeout(_PARTING_SECONDS):
                    await self._client.sign_out()
        await self._client.close()

    # Calls

    async def ask(
        self,
        endpoint: Endpoint,
        expected: type[Expected],
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Expected:
        """`AdministrationClient.ask`; an ended session asks the person to sign in again, and then repeats the call.

        Raises:
            FailedCall: as the client does; `NotAuthenticated` only when the person does not sign in.
        """
        return await self.repeated(lambda: self._client.ask(endpoint, expected, path=path, query=query, body=body))

    async def call(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Reply:
        """`AdministrationClient.call`, for what is answered without a body; otherwise as `ask`.

        Raises:
            FailedCall: as `ask`.
        """
        return await self.repeated(lambda: self._client.call(endpoint, path=path, query=query, body=body))

    async def repeated(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Do something with the client, and once more if the session had ended and somebody signed in again."""
        sign_ins = self._sign_ins
        try:
            try:
                return await call()
            except NotAuthenticated as refusal:
                await self._sign_in_after(refusal, sign_ins)
            return await call()
        except ServiceUnreachable:
            if isinstance(self._state, Connected):
                self._look.set()
            raise

    # Signing in

    async def _sign_in_after(self, refusal: NotAuthenticated, sign_ins: int) -> None:
        """Have somebody signed in, unless that has happened since; one question is open at a time.

        Raises:
            FailedCall: nobody signed in, or the server cannot be reached. The refusal is what the person is told first.
        """
        async with self._signing_in:
            if self._sign_ins != sign_ins:
                return
            if isinstance(self._state, NeedsSignIn | SignedOut):
                raise refusal  # they have just said that they do not want to
            failure: NotAuthenticated | None = refusal if self._somebody else None
            while not isinstance(failure, ConnectionNotPrivate):
                access = await self._ask_for_access(failure)
                if access is None:
                    break
                self._become(access)
                try:
                    await self._try_access(access)
                except NotAuthenticated as wrong:
                    failure = wrong
                else:
                    self._sign_ins += 1
                    return
            self._become(Access())
            self._enter(NeedsSignIn(failure))
            self._look.set()
            raise failure or refusal

    async def _try_access(self, access: Access) -> None:
        if access.identity is None:
            await self._client.ask(SHOW_SESSION, SessionModel)
            return
        answer = (await self._client.sign_in()).read(SessionAnswer)
        asked_for = access.identity.account if isinstance(access.identity, Credentials) else None
        self._on_session(
            StoredSession(account=answer.account, asked_for=asked_for, token=answer.token, expires_at=answer.expires_at)
        )

    def _become(self, access: Access) -> None:
        self._somebody = access != Access()
        self._opened = access.identity is not None
        self._client.become(access)

    # The life of the connection

    def _begin(self, access: Access | None) -> None:
        earlier = self._keeper
        if earlier is not None:
            earlier.cancel()
        if access is not None:
            self._become(access)
        self._keeper = asyncio.get_running_loop().create_task(self._keep(earlier))

    async def _stop_keeping(self) -> None:
        if self._keeper is not None:
            keeper, self._keeper = self._keeper, None
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self, earlier: asyncio.Task[None] | None) -> None:
        """Be connected for as long as somebody is signed in."""
        if earlier is not None:
            await asyncio.gather(earlier, return_exceptions=True)
        await self._client.open()
        self._enter(Connecting())
        attempts = 0
        since: datetime | None = None
        while True:
            began = asyncio.get_running_loop().time()
            lost = await self._connected_once()
            if lost is None:
                if isinstance(self._state, NeedsSignIn):
                    return
                continue
            if asyncio.get_running_loop().time() - began >= _LIVED_SECONDS:
                attempts = 0
            if isinstance(self._state, Connected):
                since = None
            since = since or self._now()
            if attempts or not isinstance(self._state, Connected):
                # A connection that held is sought again at once, without a word.
                await self._wait(lost, since, self._back_off[min(max(0, attempts - 1), len(self._back_off) - 1)])
            attempts += 1

    async def _connected_once(self) -> FailedCall | None:
        """Connect and stay so; why that ended, or None when it was a matter of signing in, which was seen to."""
        sign_ins = self._sign_ins
        try:
            try:
                await self._connect_and_follow()
            except NotAuthenticated as refusal:
                await self._sign_in_after(refusal, sign_ins)
                return None
        except NotAuthenticated:
            return None
        except FailedCall as failure:
            return failure
        except Exception as error:  # noqa: BLE001 -- a surprise is shown with its server, which is tried again
            surprise = Surprise(text("Something unexpected happened: {kind}.", kind=type(error).__name__))
            surprise.__cause__ = error
            return surprise
        return ServiceUnreachable(text("The service at {origin} ended the event stream.", origin=self.address.origin))

    async def _connect_and_follow(self) -> None:
        """Learn who is signed in and what the server is, and follow its events until they end."""
        self._look.clear()
        if not self._somebody and self.address.private:
            await self._client.ask(HEALTH, HealthAnswer)  # nobody is asked for a password where there is no service
        session = await self._client.ask(SHOW_SESSION, SessionModel)
        server = await self._client.ask(SHOW_SERVER, ServerAnswer)
        permissions = frozenset(session.permissions or PERMISSIONS[session.role])
        connected = Connected(server, session.account, session.role, permissions)
        following = asyncio.get_running_loop().create_task(self._follow(lambda: self._enter(connected)))
        try:
            while not following.done():
                looking = asyncio.get_running_loop().create_task(self._look.wait())
                try:
                    await asyncio.wait((following, looking), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    looking.cancel()
                if not following.done():
                    self._look.clear()
                    await self._client.ask(SHOW_SESSION, SessionModel)
            await following
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _follow(self, opened: Callable[[], object]) -> None:
        """Tell the events of one stream; what was told is not told again by the next."""
        reader = OpenedStreamReader(self._last_event_id, opened)
        try:
            async with aclosing(self._client.follow(reader)) as stream:
                async for event in stream:
                    self._on_event(event)
        finally:
            self._last_event_id = reader.last_event_id

    async def _wait(self, lost: FailedCall, since: datetime, seconds: float) -> None:
        self._look.clear()
        self._enter(Unreachable(lost, since, self._now() + timedelta(seconds=seconds)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._look.wait()
        self._enter(Unreachable(lost, since, None))

    def _enter(self, state: ConnectionState) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
