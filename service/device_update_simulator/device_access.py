"""What a device brings along to reach the service: the certificates that it trusts, and its account."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from device_update_http_authentication.handshakes import SignInFailed
from device_update_http_authentication.identities import Credentials
from device_update_http_authentication.sessions import signed_in_session
from device_update_simulator.failures import NotAuthenticated


@dataclass(frozen=True, slots=True)
class DeviceAccess:
    """``tls`` None trusts the system's certificates; ``credentials`` None is a device that signs in nowhere."""

    tls: ssl.SSLContext | None = None
    credentials: Credentials | None = None

    @property
    def refused(self) -> str:
        """The sentence for an answer that demands a sign-in after all that could be done."""
        if self.credentials is None:
            return "The service demands an account: give --account and --password-stdin."
        return (
            f"The service did not let {self.credentials.account} in: the account or the password is wrong, "
            "or it is not allowed in now."
        )


@dataclass(slots=True)
class DownloadSessions:
    """The connections over which one worker fetches files, one after another; `close` them.

    A device with an account signs in at the server that the offer names, on a connection that is only for that.
    """

    access: DeviceAccess
    source: str | None = None
    _sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)

    def towards(self, url: str) -> aiohttp.ClientSession:
        """The session for an address.

        Raises:
            NotAuthenticated: a sign-in there would travel readable.
            ValueError: it is no address.
        """
        origin = str(URL(url, encoded=True).origin())
        if origin not in self._sessions:
            self._sessions[origin] = self._session(origin)
        return self._sessions[origin]

    def _session(self, origin: str) -> aiohttp.ClientSession:
        access = self.access
        if access.credentials is None:
            connector = aiohttp.TCPConnector(
                limit=1,
                ssl=True if access.tls is None else access.tls,
                local_addr=None if self.source is None else (self.source, 0),
            )
            return aiohttp.ClientSession(connector=connector, auto_decompress=False)
        try:
            return signed_in_session(
                access.credentials, origin, tls=access.tls, local_address=self.source, auto_decompress=False
            )
        except SignInFailed as refusal:
            raise NotAuthenticated(refusal.sentence, code=refusal.code) from refusal

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
