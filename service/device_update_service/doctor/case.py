"""What is examined, and the edges through which the doctor sees the world: names, clock, trusted authorities."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from device_update_contract.refusals import Refusal
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import SecureListener
from device_update_service.doctor.findings import NotLookedAt
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database_glance import DatabaseGlance, glance_at_database

Resolve = Callable[[str], tuple[str, ...]]
"""The addresses of a name, IPv4 and IPv6; raises `NameUnknown`."""
DeviceListener = Literal["internal", "external"]
_PORTS = {"http": 80, "https": 443}
DISCOVERY_PORT = 80
"""Where a phone that nobody has signed in to asks `ucupdates-r2` (the original's trace)."""


class NameUnknown(Refusal):
    """A name has no address, or the name servers do not answer."""

    code = "name-unknown"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account to try signing in with."""

    account: str
    password: str = field(repr=False)


@dataclass
class Case:
    """One examination. What was looked up once is kept, so that a dead name server costs its time-out once."""

    configuration: Configuration
    resolve: Resolve
    clock: Callable[[], datetime]
    clock_is_synchronized: Callable[[], bool | None]
    """Whether the kernel's clock follows a time server; None when it cannot be known."""
    domain: str | None = None
    credentials: Credentials | None = None
    authorities: Path | None = None
    """The authorities to trust (PEM); None for this host's."""
    discovery_port: int = DISCOVERY_PORT
    _addresses: dict[str, tuple[str, ...] | NameUnknown] = field(default_factory=dict)

    @property
    def folder(self) -> DataFolder:
        """The service's data folder."""
        return DataFolder(self.configuration.data)

    @property
    def external(self) -> SecureListener | None:
        """The external listener, if there is one."""
        return self.configuration.listeners.external

    @cached_property
    def database(self) -> DatabaseGlance:
        """What the database says.

        Raises:
            StorageUnavailable.
        """
        return glance_at_database(self.folder.database)

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host.

        Raises:
            NameUnknown.
        """
        if host not in self._addresses:
            try:
                self._addresses[host] = self.resolve(host)
            except NameUnknown as unknown:
                self._addresses[host] = unknown
        found = self._addresses[host]
        if isinstance(found, NameUnknown):
            raise found
        return found

    def trusting(self) -> ssl.SSLContext:
        """TLS as a careful client speaks it."""
        return ssl.create_default_context(cafile=self.authorities)

    def published_url(self, listener: DeviceListener) -> str | None:
        """The address that devices are told; None without such a listener, or when its port is only known to itself."""
        listeners = self.configuration.listeners
        if listener == "internal":
            own, told, scheme = listeners.internal, self.configuration.internal_url, "http"
        else:
            own, told, scheme = listeners.external, self.configuration.external_url, "https"
        if own is None:
            return None
        return told or own_url(own.address, scheme)


def own_url(address: Address, scheme: str) -> str | None:
    """The URL at which this host reaches its own listener; None when the system picks the port."""
    if address.port == 0:
        return None
    host = address.host
    if address.is_wildcard:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"{scheme}://[{host}]:{address.port}" if ":" in host else f"{scheme}://{host}:{address.port}"


@dataclass(frozen=True, slots=True)
class Place:
    """A URL in parts; ``path`` is what the published address itself has, without a slash at its end."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str


def place_of(url: str) -> Place:
    """The parts of a configured URL, whose form was checked with the configuration."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host = parts.hostname or ""
    authority = parts.netloc.rpartition("@")[2]
    return Place(parts.scheme, host, parts.port or _PORTS[parts.scheme], authority, parts.path.rstrip("/"))


def published(case: Case, listener: DeviceListener) -> str:
    """What devices are told.

    Raises:
        NotLookedAt: there is no such listener, or only the service itself knows its port.
    """
    url = case.published_url(listener)
    if url is None:
        raise NotLookedAt(f"There is no {listener} listener with an address that is known beforehand.")
    return url
