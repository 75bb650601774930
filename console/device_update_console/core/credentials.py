"""Where passwords and session tokens come from: the environment, or the system's keyring after `login`.

Nothing is ever written to a file by this module, and a keyring that would keep secrets readable is not used.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_update_console.core.addresses import ServerAddress
from device_update_console.core.failures import KeyringUnavailable, NoSessionKept, NotAuthenticated
from device_update_contract.administration.base import Moment
from device_update_contract.identifiers import account_key
from device_update_contract.refusals import InvalidValue
from device_update_http_authentication.challenges import Scheme
from device_update_http_authentication.handshakes import Handshake, SignInFailed
from device_update_http_authentication.identities import Credentials, Identity, SignedInUser

Result = TypeVar("Result")

KEYRING_SERVICE = "device-update"
KEYRING_SECONDS = 30.0
"""How long a keyring may take; a desktop may be asking its user to unlock it."""

TICKET_SECONDS = 10.0
"""How long a domain controller may take to give a ticket."""

ACCOUNT_VARIABLE = "DEVICE_UPDATE_ACCOUNT"
PASSWORD_VARIABLE = "DEVICE_UPDATE_PASSWORD"  # noqa: S105 - the variable's name


class StoredSession(BaseModel):
    """A session as the keyring keeps it; ``asked_for`` is the account as it was named at `login`, with its domain."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    account: str
    asked_for: str | None = None
    token: str = Field(repr=False)
    expires_at: Moment

    def is_of(self, account: str) -> bool:
        """Whether the session is an account's, by the service's name for it or by the name given at `login`."""
        return account_key(account) in {account_key(name) for name in (self.account, self.asked_for) if name}


@dataclass(frozen=True, slots=True)
class Access:
    """What to authenticate with: who signs in for this run, or the session that `login` kept."""

    identity: Identity | None = None
    session: StoredSession | None = None


class SessionStore:
    """The sessions that `login` kept in the system's keyring, one for each service."""

    def __init__(self, seconds: float = KEYRING_SECONDS) -> None:
        self._seconds = seconds

    async def load(self, server: ServerAddress) -> StoredSession | None:
        """The session kept for a service, if there is a readable one; a locked keyring asks for its own password.

        Raises:
            KeyringUnavailable: there is none that keeps secrets, or it is not unlocked.
        """
        text = await self._asked(lambda backend: backend.get_password(KEYRING_SERVICE, server.origin))
        if text is None:
            return None
        try:
            return StoredSession.model_validate_json(text)
        except ValidationError:
            return None

    async def save(self, server: ServerAddress, session: StoredSession) -> None:
        """Keep a session for a service instead of an earlier one, and see that it is kept."""
        text = session.model_dump_json()

        def keep(backend: Any) -> None:
            backend.set_password(KEYRING_SERVICE, server.origin, text)
            if backend.get_password(KEYRING_SERVICE, server.origin) != text:
                raise KeyringUnavailable("The system's keyring did not keep the session.")

        await self._asked(keep)

    async def forget(self, server: ServerAddress) -> None:
        """Keep no session for a service any longer."""

        def remove(backend: Any) -> None:
            if backend.get_password(KEYRING_SERVICE, server.origin) is not None:
                backend.delete_password(KEYRING_SERVICE, server.origin)

        await self._asked(remove)

    async def _asked(self, question: Callable[[Any], Result]) -> Result:
        """Ask the keyring; it may ask a person on its part, and wait for good."""
        try:
            return await _in_own_thread(lambda: question(_backend()), self._seconds)
        except KeyringUnavailable:
            raise
        except TimeoutError:
            raise KeyringUnavailable(f"The system's keyring did not answer within {self._seconds:g} seconds.") from None
        except Exception as error:
            kind = type(error).__name__
            what = "is locked" if kind == "KeyringLocked" else f"refused: {kind}"
            raise KeyringUnavailable(f"The system's keyring {what}.") from error


async def _in_own_thread(work: Callable[[], Result], seconds: float) -> Result:
    """Work that may block for good, in a thread that does not keep the program from ending.

    Raises:
        TimeoutError: it is not done yet. Else what the work raises.
    """
    answer: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run() -> None:
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(work())
            except Exception as error:  # noqa: BLE001 - given to whoever waits
                answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wait_for(asyncio.wrap_future(answer), seconds)


async def signed_in_user(server: ServerAddress, seconds: float = TICKET_SECONDS) -> SignedInUser | None:
    """Whoever is signed in to this machine, if they have or can get a Kerberos ticket for the service; else None.

    Nothing is said where there is none: it is how most machines are. A domain controller may be asked.
    """
    if not server.private:
        return None
    user = SignedInUser()
    try:
        await _in_own_thread(Handshake(Scheme.NEGOTIATE, user, host=server.host, binding=None).begin, seconds)
    except (SignInFailed, TimeoutError):
        return None
    return user


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
    # keyrings.alt puts secrets into readable files without a word; what builds on it does no better.
    names = [f"{kind.__module__}.{kind.__name__}".lower() for kind in type(backend).__mro__]
    return not any(
        "plaintext" in name or name.startswith(("keyring.backends.fail", "keyring.backends.null", "keyrings.alt"))
        for name in names
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

    Without either, and without an account, whoever is signed in to this machine, if they have a ticket.

    Raises:
        NotAuthenticated: there is nothing; the sentence says what to do. NoSessionKept: nor is there a keyring.
    """
    credentials = credentials_from(environment, account)
    if credentials is not None:
        return Access(identity=credentials)
    advice = (
        f"Sign in with 'device-update login', or give {ACCOUNT_VARIABLE} and {PASSWORD_VARIABLE} in the environment."
    )
    session, unavailable = None, None
    try:
        session = await store.load(server)
    except KeyringUnavailable as error:
        unavailable = error
    if session is None:
        user = await signed_in_user(server) if account is None else None
        if user is not None:
            return Access(identity=user)
        if unavailable is not None:
            raise NoSessionKept(f"You are not signed in to {server.origin}. {unavailable.sentence}") from unavailable
        raise NotAuthenticated(f"You are not signed in to {server.origin}. {advice}")
    if account is not None and not session.is_of(account):
        raise NotAuthenticated(f"You are signed in to {server.origin} as {session.account}, not as {account}. {advice}")
    return Access(session=session)
