"""Where passwords and session tokens come from: the environment, or the system's keyring after `login`.

Nothing is ever written to a file by this module, and a keyring that would keep secrets readable is not used.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_update_console.core.addresses import ServerAddress
from device_update_console.core.failures import KeyringUnavailable, NotAuthenticated
from device_update_contract.administration.base import Moment
from device_update_contract.identifiers import account_key
from device_update_contract.refusals import InvalidValue

Result = TypeVar("Result")

KEYRING_SERVICE = "device-update"
KEYRING_SECONDS = 30.0
"""How long a keyring may take; a desktop may be asking its user to unlock it."""

ACCOUNT_VARIABLE = "DEVICE_UPDATE_ACCOUNT"
PASSWORD_VARIABLE = "DEVICE_UPDATE_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its password, which never appears in a representation."""

    account: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.account or ":" in self.account or not self.account.isprintable():
            raise InvalidValue("An account's name is not empty and holds no ':' or control character.")


class StoredSession(BaseModel):
    """A session as the keyring keeps it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    account: str
    token: str = Field(repr=False)
    expires_at: Moment


@dataclass(frozen=True, slots=True)
class Access:
    """What to authenticate with: credentials, or the session that `login` kept."""

    credentials: Credentials | None = None
    session: StoredSession | None = None


class SessionStore:
    """The sessions that `login` kept in the system's keyring, one for each service."""

    def __init__(self, seconds: float = KEYRING_SECONDS) -> None:
        self._seconds = seconds

    async def require(self) -> None:
        """Refuse, with a sentence, where no keyring keeps secrets."""
        await self._asked(lambda backend: None)

    async def load(self, server: ServerAddress) -> StoredSession | None:
        """The session kept for a service, if there is a readable one."""
        text = await self._asked(lambda backend: backend.get_password(KEYRING_SERVICE, server.origin))
        if text is None:
            return None
        try:
            return StoredSession.model_validate_json(text)
        except ValidationError:
            return None

    async def save(self, server: ServerAddress, session: StoredSession) -> None:
        """Keep a session for a service instead of an earlier one."""
        await self._asked(
            lambda backend: backend.set_password(KEYRING_SERVICE, server.origin, session.model_dump_json())
        )

    async def forget(self, server: ServerAddress) -> None:
        """Keep no session for a service any longer."""

        def remove(backend: Any) -> None:
            if backend.get_password(KEYRING_SERVICE, server.origin) is not None:
                backend.delete_password(KEYRING_SERVICE, server.origin)

        await self._asked(remove)

    async def _asked(self, question: Callable[[Any], Result]) -> Result:
        """Ask the keyring in a thread of its own: it may block for good, and must not keep the program from ending."""
        answer: concurrent.futures.Future[Result] = concurrent.futures.Future()

        def ask() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(question(_backend()))
                except Exception as error:  # noqa: BLE001 - keyring backends raise whatever their platform raises
                    answer.set_exception(error)

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), self._seconds)
        except KeyringUnavailable:
            raise
        except TimeoutError:
            raise KeyringUnavailable(f"The system's keyring did not answer within {self._seconds:g} seconds.") from None
        except Exception as error:
            raise KeyringUnavailable(f"The system's keyring refused: {type(error).__name__}.") from error


def _backend() -> Any:
    """The keyring to use; runs in the keyring's thread."""
    try:
        import keyring
    except ImportError:
        raise KeyringUnavailable("The extra 'cli' is not installed whole: the library keyring is missing.") from None
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", [chosen]):
        if _keeps_secrets(backend):
            return backend
    raise KeyringUnavailable(
        "This system has no keyring that keeps secrets; "
        f"set {ACCOUNT_VARIABLE} and {PASSWORD_VARIABLE} in the environment instead."
    )


def _keeps_secrets(backend: object) -> bool:
    name = f"{type(backend).__module__}.{type(backend).__name__}".lower()
    # keyrings.alt puts secrets into readable files without a word.
    return "plaintext" not in name and not name.startswith(
        ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
    )


def credentials_from(environment: Mapping[str, str], account: str | None) -> Credentials | None:
    """The credentials that the environment gives, for a named account if there is one.

    Raises:
        InvalidValue: there is a password but no account.
    """
    password = environment.get(PASSWORD_VARIABLE)
    if not password:
        return None
    name = account or environment.get(ACCOUNT_VARIABLE)
    if not name:
        raise InvalidValue(f"{PASSWORD_VARIABLE} is set, but no account: set {ACCOUNT_VARIABLE} or give --account.")
    return Credentials(name, password)


async def find_access(
    server: ServerAddress, account: str | None, environment: Mapping[str, str], store: SessionStore
) -> Access:
    """The credentials of the environment, else the session that `login` kept (for that account, if one is named).

    Raises:
        NotAuthenticated: there is neither; the sentence says what to do.
    """
    credentials = credentials_from(environment, account)
    if credentials is not None:
        return Access(credentials=credentials)
    advice = (
        f"Sign in with 'device-update login', or give {ACCOUNT_VARIABLE} and {PASSWORD_VARIABLE} in the environment."
    )
    try:
        session = await store.load(server)
    except KeyringUnavailable as error:
        raise NotAuthenticated(f"You are not signed in to {server.origin}. {error.sentence}") from error
    if session is None:
        raise NotAuthenticated(f"You are not signed in to {server.origin}. {advice}")
    if account is not None and account_key(account) != account_key(session.account):
        raise NotAuthenticated(f"You are signed in to {server.origin} as {session.account}, not as {account}. {advice}")
    return Access(session=session)
