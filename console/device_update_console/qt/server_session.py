"""One server of the tree as the window knows it: the core's `ServerConnection` in the loop, and its state here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from device_update_console.core.addresses import ServerAddress
from device_update_console.core.connection_states import Connected, Connecting, ConnectionState, SignedOut
from device_update_console.core.credentials import Access, SessionStore, find_access
from device_update_console.core.failures import FailedCall, KeyringUnavailable, NotAuthenticated
from device_update_console.core.server_connection import ServerConnection
from device_update_console.qt.background import Background, Job
from device_update_contract.administration.roles import Permission
from device_update_contract.administration.server import Event

Result = TypeVar("Result")

KEYRING_SECONDS = 30.0
LAST_SECONDS = 3.0
"""What is done last may take so long: less than the program waits for at its end."""


class ServerSession(QObject):
    """Made, used and closed in the window's thread."""

    state_changed = Signal()
    event_came = Signal(object)
    asks_for_access = Signal(object)
    """The failure of the last attempt, or None; somebody must call `answer`."""

    def __init__(
        self,
        background: Background,
        address: ServerAddress,
        account: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``environment`` may hold the credentials for this server, as for the command line."""
        super().__init__()
        self.address = address
        self.account = account
        self.given_title: str | None = None
        """What a person calls it."""
        self._environment = environment or {}
        self.state: ConnectionState = Connecting()
        self.last_connected: Connected | None = None
        """What was known when somebody was signed in last; it stays while the server cannot be reached."""
        self._background = background
        self._connection: ServerConnection | None = None
        self._asked: asyncio.Future[Access | None] | None = None
        self._last: set[asyncio.Task[Any]] = set()
        background.in_loop(self._make)

    @property
    def title(self) -> str:
        """What the tree calls it."""
        pool = self.address.host if self.last_connected is None else self.last_connected.server.pool
        return self.given_title or pool

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the account may do; nothing before somebody signed in."""
        return frozenset() if self.last_connected is None else self.last_connected.permissions

    @property
    def features(self) -> frozenset[str]:
        """What the service offers; nothing before somebody signed in."""
        return frozenset() if self.last_connected is None else self.last_connected.features

    def start(self) -> None:
        """Connect with the environment's credentials, a kept session or a ticket; else the person is asked."""
        self._background.run(self._start(), failed=lambda _: None)

    def sign_in(self) -> None:
        """Ask the person who they are, and sign in."""
        self._background.in_loop(lambda: self.connection().sign_in())

    def try_now(self) -> None:
        """Try an unreachable server at once."""
        self._background.in_loop(lambda: self.connection().try_now())

    def sign_out(self) -> None:
        """End the session, and stay so."""
        self._background.run(self.connection().sign_out())

    def answer(self, access: Access | None) -> None:
        """What the person said to `asks_for_access`; None: they do not want to."""
        self._background.in_loop(lambda: self._answer(access))

    def run(
        self,
        work: Callable[[ServerConnection], Coroutine[Any, Any, Result]],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Job:
        """Do something with the connection, in the loop."""

        async def carry_out() -> Result:
            return await work(self.connection())

        return self._background.run(carry_out(), done, failed)

    def run_last(self, work: Callable[[ServerConnection], Coroutine[Any, Any, None]]) -> None:
        """Do something that is not to be lost when the server, or the program, is let go of right after."""
        self._background.let_go(self._do_last(work))

    def close(self) -> None:
        """Let go of the server."""
        self._background.let_go(self._close())

    def connection(self) -> ServerConnection:
        """The core's connection; for the loop's thread."""
        if self._connection is None:
            raise RuntimeError("the connection is used before the loop made it")
        return self._connection

    # In the loop

    def _make(self) -> None:
        self._connection = ServerConnection(
            self.address, ask_for_access=self._ask, on_state=self._told_state, on_event=self._told_event
        )

    async def _start(self) -> None:
        try:
            access = await find_access(self.address, self.account, self._environment, SessionStore(KEYRING_SECONDS))
        except (NotAuthenticated, KeyringUnavailable):
            access = None
        self.connection().start(access)

    async def _do_last(self, work: Callable[[ServerConnection], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("this is run as a task")
        self._last.add(task)
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await work(self.connection())
        except (FailedCall, TimeoutError):
            return  # there is nobody left to tell
        finally:
            self._last.discard(task)

    async def _close(self) -> None:
        await asyncio.gather(*self._last, return_exceptions=True)
        await self.connection().close()

    async def _ask(self, failure: FailedCall | None) -> Access | None:
        self._asked = asyncio.get_running_loop().create_future()
        self._background.in_window(lambda: self.asks_for_access.emit(failure))
        return await self._asked

    def _answer(self, access: Access | None) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(access)

    def _told_state(self, state: ConnectionState) -> None:
        self._background.in_window(lambda: self._become(state))

    def _told_event(self, event: Event) -> None:
        self._background.in_window(lambda: self.event_came.emit(event))

    # In the window

    def _become(self, state: ConnectionState) -> None:
        self.state = state
        if isinstance(state, Connected):
            self.last_connected = state
        elif isinstance(state, SignedOut):
            self.last_connected = None
        self.state_changed.emit()
