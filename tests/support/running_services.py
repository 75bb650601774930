"""A whole service in this process: real listeners on loopback over a real data folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from tests.support.administered_store import AdministeredStore
from tests.support.stores import open_stores

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import Listener, Listeners, SecureListener
from device_update_service.storage import tables
from device_update_service.web.serving import Listening, Parts, running

_ANY_PORT = Address(host="127.0.0.1", port=0)


@dataclass(slots=True)
class RunningService:
    """A service that answers, and a client for it."""

    parts: Parts
    listening: Listening
    client: aiohttp.ClientSession

    @property
    def internal(self) -> str:
        """The internal listener's URL."""
        assert self.listening.internal is not None
        return self.listening.internal

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query, once what waits is durable."""
        await self.parts.service.write(lambda: None)
        return await self.parts.service.read(lambda: tables.DATABASE.execute_sql(statement).fetchall())


def configuration(folder: Path) -> Configuration:
    """Free ports on loopback and a data folder."""
    listeners = Listeners(internal=Listener(address=_ANY_PORT), admin=SecureListener(address=_ANY_PORT))
    return Configuration(data=folder, listeners=listeners)


@asynccontextmanager
async def running_service(folder: Path) -> AsyncIterator[RunningService]:
    """Start a service in a folder, new or used before."""
    async with running(configuration(folder)) as (parts, listening), aiohttp.ClientSession() as client:
        yield RunningService(parts, listening, client)


def approve_versions(folder: Path, *versions: str) -> None:
    """Import and approve versions for a Polycom CX700, one after another, in a data folder that nobody uses."""
    with open_stores(folder) as stores:
        work = folder / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        for version in versions:
            rule_id = administrator.import_version(version)
            administrator.verb("approve", rule_id)
