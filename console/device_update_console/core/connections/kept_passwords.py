"""Passwords that a person wanted the console to remember, in the system's keyring and nowhere else."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.connections.system_keyring import SystemKeyring
from device_update_http_authentication.identities import Credentials

KEPT_PASSWORDS = "device-update-console"
"""What the keyring knows them by; the command line's sessions are apart."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    account: str
    password: str = Field(repr=False)


class KeptPasswords:
    """One account and password for each service."""

    def __init__(self, keyring: SystemKeyring) -> None:
        self._keyring = keyring

    async def load(self, server: ServerAddress) -> Credentials | None:
        """What is kept for a service, if it can be read.

        Raises:
            KeyringUnavailable: there is no keyring that keeps secrets, or it is not unlocked.
        """
        kept = await self._keyring.load(KEPT_PASSWORDS, server.origin)
        if kept is None:
            return None
        try:
            found = _Kept.model_validate_json(kept)
        except ValidationError:
            return None
        return Credentials(found.account, found.password)

    async def save(self, server: ServerAddress, credentials: Credentials) -> None:
        """Keep them for a service instead of earlier ones."""
        kept = _Kept(account=credentials.account, password=credentials.password)
        await self._keyring.save(KEPT_PASSWORDS, server.origin, kept.model_dump_json())

    async def forget(self, server: ServerAddress) -> None:
        """Keep none for a service any longer."""
        await self._keyring.forget(KEPT_PASSWORDS, server.origin)
