"""What can be said of the connection to one server, as data (issue "The console", items 1 and 7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from device_update_console.core.connections.credentials import Access, StoredSession
from device_update_console.core.failures import FailedCall
from device_update_contract.administration.events import Event
from device_update_contract.administration.roles import Permission, Role
from device_update_contract.administration.server import ServerAnswer


@dataclass(frozen=True, slots=True)
class Connecting:
    """The first attempt is under way."""


@dataclass(frozen=True, slots=True)
class NeedsSignIn:
    """The server answers, but knows nobody; ``failure`` is why the last attempt to sign in failed, if there was one."""

    failure: FailedCall | None


@dataclass(frozen=True, slots=True)
class Connected:
    """Signed in, and told of what changes."""

    server: ServerAnswer
    account: str
    role: Role
    permissions: frozenset[Permission]

    @property
    def features(self) -> frozenset[str]:
        """What this version of the service offers."""
        return frozenset(self.server.features)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No use can be made of the server, why, and since when; it is tried again at ``next_try`` (None: just now)."""

    failure: FailedCall
    since: datetime
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Nobody is signed in, because they wanted that."""


ConnectionState = Connecting | NeedsSignIn | Connected | Unreachable | SignedOut

StateObserver = Callable[[ConnectionState], object]
EventObserver = Callable[[Event], object]
"""Told of each event of the stream, in the loop's thread; `event_stream.RESYNC`: read everything anew."""

AskForAccess = Callable[[FailedCall | None], Awaitable[Access | None]]
"""Asks a person who they are, once at a time; the failure is that of the last attempt. None: they do not want to."""

SessionObserver = Callable[[StoredSession], object]
"""Told of the session that a person's answer opened, so that it can be kept in the keyring."""
