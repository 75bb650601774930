"""How the window gets into a service without asking, and what it tells a person when it has to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.credentials import Access, SessionStore, credentials_from, signed_in_user
from device_update_console.core.connections.kept_passwords import KeptPasswords
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_console.core.failures import KeyringUnavailable
from device_update_console.core.texts.language import text
from device_update_contract.identifiers import account_key
from device_update_http_authentication.identities import Credentials


@dataclass(frozen=True, slots=True)
class FoundAccess:
    """What was found to sign in with, if anything; ``keyring_remark`` says why nothing can be remembered, if so."""

    access: Access | None = None
    password_is_kept: bool = False
    keyring_remark: str = ""


async def find_console_access(
    server: ServerAddress, account: str | None, environment: Mapping[str, str], keyring: SystemKeyring
) -> FoundAccess:
    """The environment's credentials, else a ticket, else a kept password, else the session that `login` kept.

    Whoever named an account is not let in as another one, so a ticket is tried only where none was named.

    Raises:
        InvalidValue: the environment has a password and no account.
    """
    given = credentials_from(environment, account)
    if given is not None:
        return FoundAccess(Access(identity=given))
    if account is None:
        user = await signed_in_user(server)
        if user is not None:
            return FoundAccess(Access(identity=user))
    try:
        return await _kept_access(server, account, keyring)
    except KeyringUnavailable as unavailable:
        return FoundAccess(keyring_remark=keyring_remark(unavailable))


async def _kept_access(server: ServerAddress, account: str | None, keyring: SystemKeyring) -> FoundAccess:
    credentials = await KeptPasswords(keyring).load(server)
    if credentials is not None and (account is None or account_key(account) == account_key(credentials.account)):
        return FoundAccess(Access(identity=credentials), password_is_kept=True)
    session = await SessionStore(keyring=keyring).load(server)
    if session is not None and (account is None or session.is_of(account)):
        return FoundAccess(Access(session=session))
    return FoundAccess()


async def remember_password(server: ServerAddress, credentials: Credentials, keyring: SystemKeyring) -> None:
    """Keep a password that let somebody in.

    Raises:
        KeyringUnavailable: that is impossible.
    """
    await KeptPasswords(keyring).save(server, credentials)


async def forget_access(server: ServerAddress, found: FoundAccess, keyring: SystemKeyring) -> None:
    """Sign nobody in at the next start: what was found is kept no longer; what somebody else uses stays.

    Raises:
        KeyringUnavailable: that is impossible.
    """
    if found.password_is_kept:
        await KeptPasswords(keyring).forget(server)
    if found.access is not None and found.access.session is not None:
        await SessionStore(keyring=keyring).forget(server)


def keyring_remark(unavailable: KeyringUnavailable) -> str:
    """What a person is told about not being remembered."""
    return text("{why} Your password is used until you close the console, and not kept.", why=unavailable.sentence)
