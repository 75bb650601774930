"""The connection to one server over its whole life: signed in, lost, found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from device_update_console.core.addresses import ServerAddress
from device_update_console.core.client import AdministrationClient
from device_update_console.core.connection_states import (
    AskForAccess,
    ConnectionState,
    EventObserver,
    StateObserver,
)
from device_update_console.core.credentials import Access
from device_update_contract.administration.endpoints import Endpoint

Expected = TypeVar("Expected")

BACK_OFF_SECONDS: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30)


class ServerConnection:
    """One server in the tree; made, used and closed in the loop's thread."""

    def __init__(
        self,
        address: ServerAddress,
        *,
        ask_for_access: AskForAccess,
        on_state: StateObserver,
        on_event: EventObserver,
        back_off_seconds: Sequence[float] = BACK_OFF_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        raise NotImplementedError

    @property
    def state(self) -> ConnectionState:
        """What can be said now."""
        raise NotImplementedError

    @property
    def client(self) -> AdministrationClient:
        """The client below, for what needs progress or streams (uploads); see `repeated`."""
        raise NotImplementedError

    def start(self, access: Access | None = None) -> None:
        """Connect, and stay so; without an access the person is asked."""
        raise NotImplementedError

    def sign_in(self, access: Access | None = None) -> None:
        """Sign in after all (the state is `NeedsSignIn` or `SignedOut`), asking if there is no access given."""
        raise NotImplementedError

    def try_now(self) -> None:
        """Try an unreachable server at once."""
        raise NotImplementedError

    async def ask(
        self,
        endpoint: Endpoint,
        expected: type[Expected],
        *,
        path: Mapping[str, str] | None = None,
        query: BaseModel | None = None,
        body: BaseModel | None = None,
    ) -> Expected:
        """`AdministrationClient.ask`; an ended session asks the person to sign in again, and then repeats the call."""
        raise NotImplementedError

    async def sign_out(self) -> None:
        """End the session and stay disconnected."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of the server and wait until nothing runs; the session lives on."""
        raise NotImplementedError
