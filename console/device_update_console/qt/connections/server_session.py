"""One server of the tree as the window knows it: the core's `ServerConnection` in the loop, and its state here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.connection_states import Connected, Connecting, ConnectionState, SignedOut
from device_update_console.core.connections.console_access import (
    FoundAccess,
    find_console_access,
    forget_access,
    remember_password,
)
from device_update_console.core.connections.credentials import Access, StoredSession
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_console.core.failures import FailedCall, KeyringUnavailable, ServerTakenOut
from device_update_console.core.texts.language import text
from device_update_console.core.window.server_titles import NamedServer
from device_update_console.qt.background import Background, Job
from device_update_contract.administration.events import Event
from device_update_contract.administration.roles import Permission
from device_update_http_authentication.identities import Credentials

Result = TypeVar("Result")

LAST_SECONDS = 3.0
"""What is done last may take so long: less than the program waits for at its end."""


class ServerSession(QObject):
    """Made, used and closed in the window's thread."""

    state_changed = Signal()
    event_came = Signal(object)
    asks_for_access = Signal(object)
    """The failure of the last attempt, or None; somebody must call `answer`."""
    signed_in = Signal()
    """What was answered was right."""
    remarked = Signal(str)
    """A sentence that the person should read."""

    def __init__(
        self,
        background: Background,
        address: ServerAddress,
        keyring: SystemKeyring,
        account: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """``environment`` may hold the credentials for this server, as for the command line."""
        super().__init__()
        self.address = address
        self.account = account
        self.given_title: str | None = None
        """What a person calls it."""
        self.found = FoundAccess()
        """What there was to sign in with, and whether anything can be remembered."""
        self._keyring = keyring
        self._environment = environment or {}
        self.state: ConnectionState = Connecting()
        self.last_connected: Connected | None = None
        """What was known when somebody was signed in last; it stays while the server cannot be reached."""
        self._background = background
        self._connection: ServerConnection | None = None
        self._asked: asyncio.Future[Access | None] | None = None
        self._last: set[asyncio.Task[Any]] = set()
        self._answered: Credentials | None = None
        """What a person typed, and the service has not judged yet."""
        self._remember = False
        self._closed = False
        background.in_loop(self._make)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.naming.title

    @property
    def own_title(self) -> str:
        """What it is called where nobody gave it a name."""
        return replace(self.naming, given=None).title

    @property
    def naming(self) -> NamedServer:
        """What may be its name."""
        pool = None if self.last_connected is None else self.last_connected.server.pool
        return NamedServer(self.address, self.given_title, pool)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the account may do; nothing before somebody signed in."""
        return frozenset() if self.last_connected is None else self.last_connected.permissions

    @property
    def features(self) -> frozenset[str]:
        """What the service offers; nothing before somebody signed in."""
        return frozenset() if self.last_connected is None else self.last_connected.features

    def start(self) -> None:
        """Connect with what there is to sign in with; else the person is asked."""
        self._background.run(self._find(), self._found)

    def sign_in(self) -> None:
        """Ask the person who they are, and sign in."""
        self._background.in_loop(lambda: self.connection().sign_in())

    def try_now(self) -> None:
        """Try an unreachable server at once."""
        self._background.in_loop(lambda: self.connection().try_now())

    def trust(self, address: ServerAddress) -> None:
        """Begin anew with the certificate that a person accepted."""
        self.address = address
        self._background.in_loop(self._begin_anew)

    def sign_out(self) -> None:
        """End the session, stay so, and remember no password any longer."""
        self._background.run(self._sign_out(), failed=self._not_forgotten)

    def answer(self, credentials: Credentials | None, *, remember: bool = False) -> None:
        """What the person said to `asks_for_access`; None: they do not want to.

        With ``remember`` the keyring keeps the password if it is the right one, else it keeps none any longer.
        """
        self._background.in_loop(lambda: self._answer(credentials, remember=remember))

    def run(
        self,
        work: Callable[[ServerConnection], Coroutine[Any, Any, Result]],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Job:
        """Do something with the connection, in the loop; after `close` it fails with `ServerTakenOut`."""

        async def carry_out() -> Result:
            if self._closed:
                raise ServerTakenOut
            return await work(self.connection())

        return self._background.run(carry_out(), done, failed)

    def in_window(self, call: Callable[[], object]) -> None:
        """Have something short called in the window's thread; for what works in the loop."""
        self._background.in_window(call)

    def run_last(self, work: Callable[[ServerConnection], Coroutine[Any, Any, None]]) -> None:
        """Do something that is not to be lost when the server, or the program, is let go of right after."""
        self._background.let_go(self._do_last(work))

    def close(self) -> None:
        """Let go of the server."""
        self._background.let_go(self._close())

    def forget(self) -> None:
        """Let go of the server for good: nothing that signs in to it is kept any longer."""
        self._background.let_go(self._forget())

    def connection(self) -> ServerConnection:
        """The core's connection; for the loop's thread."""
        if self._connection is None:
            raise RuntimeError("the connection is used before the loop made it")
        return self._connection

    # In the loop

    def _make(self) -> None:
        self._connection = ServerConnection(
            self.address,
            ask_for_access=self._ask,
            on_state=self._told_state,
            on_event=self._told_event,
            on_session=self._told_session,
        )

    def _begin_anew(self) -> None:
        self._background.let_go(self.connection().close())
        self._make()
        self._background.run(self._find(), self._found)

    async def _find(self) -> FoundAccess:
        found = await find_console_access(self.address, self.account, self._environment, self._keyring)
        if not self._closed:
            self.connection().start(found.access)
        return found

    async def _sign_out(self) -> None:
        await self.connection().sign_out()
        await forget_access(self.address, self.found, self._keyring)

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
        self._closed = True
        await asyncio.gather(*self._last, return_exceptions=True)
        await self.connection().close()

    async def _forget(self) -> None:
        await self._close()
        with contextlib.suppress(KeyringUnavailable):  # there is no window left to say it in
            await forget_access(self.address, self.found, self._keyring)

    async def _remember_or_not(self, credentials: Credentials) -> FoundAccess:
        """Keep what let the person in, or no longer what let them in before, as they wished."""
        if self._remember:
            await remember_password(self.address, credentials, self._keyring)
        else:
            await forget_access(self.address, self.found, self._keyring)
        return FoundAccess(Access(identity=credentials), self._remember, self.found.keyring_remark)

    async def _ask(self, failure: FailedCall | None) -> Access | None:
        self._asked = asyncio.get_running_loop().create_future()
        self._background.in_window(lambda: self.asks_for_access.emit(failure))
        return await self._asked

    def _answer(self, credentials: Credentials | None, *, remember: bool) -> None:
        if self._asked is not None and not self._asked.done():
            self._answered, self._remember = credentials, remember
            self._asked.set_result(None if credentials is None else Access(identity=credentials))

    def _told_session(self, _opened: StoredSession) -> None:
        answered, self._answered = self._answered, None
        self._background.in_window(self.signed_in.emit)
        if answered is not None and (self._remember or self.found.password_is_kept):
            self._background.run(self._remember_or_not(answered), self._found, self._not_remembered)

    def _told_state(self, state: ConnectionState) -> None:
        self._background.in_window(lambda: self._become(state))

    def _told_event(self, event: Event) -> None:
        self._background.in_window(lambda: self.event_came.emit(event))

    # In the window

    def _found(self, found: FoundAccess) -> None:
        self.found = found
        identity = None if found.access is None else found.access.identity
        if found.password_is_kept and isinstance(identity, Credentials):
            self.account = identity.account

    def _not_remembered(self, failure: Exception) -> None:
        why = failure.sentence if isinstance(failure, KeyringUnavailable) else type(failure).__name__
        self.remarked.emit(text("You are signed in, but what the keyring holds is as before: {why}", why=why))

    def _not_forgotten(self, failure: Exception) -> None:
        why = failure.sentence if isinstance(failure, KeyringUnavailable) else type(failure).__name__
        self.remarked.emit(text("You are signed out, but your password is still in the keyring: {why}", why=why))

    def _become(self, state: ConnectionState) -> None:
        self.state = state
        if isinstance(state, Connected):
            self.last_connected = state
        elif isinstance(state, SignedOut):
            self.last_connected = None
        self.state_changed.emit()
