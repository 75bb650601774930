"""Where passwords and session tokens come from: the environment, or the system's keyring after `login`.

Nothing is ever written to a file by this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.system_keyring import KEYRING_SECONDS, SystemKeyring, in_own_thread
from device_update_console.core.failures import KeyringUnavailable, NoSessionKept, NotAuthenticated
from device_update_contract.administration.base import Moment
from device_update_contract.identifiers import account_key
from device_update_contract.refusals import InvalidValue
from device_update_http_authentication.challenges import Scheme
from device_update_http_authentication.handshakes import Handshake, SignInFailed
from device_update_http_authentication.identities import Credentials, Identity, SignedInUser

KEYRING_SERVICE = "device-update"

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

    def __init__(self, seconds: float = KEYRING_SECONDS, *, keyring: SystemKeyring | None = None) -> None:
        self._keyring = keyring or SystemKeyring(seconds)

    async def load(self, server: ServerAddress) -> StoredSession | None:
        """The session kept for a service, if there is a readable one.

        Raises:
            KeyringUnavailable: there is none that keeps secrets, or it is not unlocked.
        """
        kept = await self._keyring.load(KEYRING_SERVICE, server.origin)
        if kept is None:
            return None
        try:
            return StoredSession.model_validate_json(kept)
        except ValidationError:
            return None

    async def save(self, server: ServerAddress, session: StoredSession) -> None:
        """Keep a session for a service instead of an earlier one."""
        await self._keyring.save(KEYRING_SERVICE, server.origin, session.model_dump_json())

    async def forget(self, server: ServerAddress) -> None:
        """Keep no session for a service any longer."""
        await self._keyring.forget(KEYRING_SERVICE, server.origin)


async def signed_in_user(server: ServerAddress, seconds: float = TICKET_SECONDS) -> SignedInUser | None:
    """Whoever is signed in to this machine, if they have or can get a Kerberos ticket for the service; else None.

    Nothing is said where there is none: it is how most machines are. A domain controller may be asked.
    """
    if not server.private:
        return None
    user = SignedInUser()
    try:
        await in_own_thread(Handshake(Scheme.NEGOTIATE, user, host=server.host, binding=None).begin, seconds)
    except (SignInFailed, TimeoutError):
        return None
    return user


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
