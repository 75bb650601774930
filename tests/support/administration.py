"""The administration application over a real database in a temporary folder, with an account of each role."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import MultiMapping

from device_update_contract.administration.roles import Role
from device_update_service.configuration.configuration import Configuration, Limits
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.identity.account_key import load_account_key
from device_update_service.identity.account_key_file import KeyPlace
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.image_store import ImageStore
from device_update_service.storage.logs.log_store import LogStore
from device_update_service.storage.logs.log_text_index import LogTextIndex
from device_update_service.usecases import accounts
from device_update_service.usecases.outcomes import Actor
from device_update_service.web.administration.administration_application import administration_application
from device_update_service.web.administration.administration_parts import CheckHealth
from device_update_service.web.administration.event_streams import StreamTimes
from device_update_service.web.events import EventHub
from device_update_service.web.metrics import ServiceMetrics
from device_update_service.web.service import Service
from device_update_service.web.sign_in_records import SignInRecords

PASSWORD = "correct horse"
NAMES: Mapping[Role, str] = {
    Role.ADMINISTRATOR: "anna",
    Role.OPERATOR: "otto",
    Role.HELP_DESK: "helen",
    Role.DEVICE_USER: "phone",
}
API = "/api/v1"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class Reply:
    """An answer with its body read."""

    status: int
    headers: MultiMapping[str]
    body: bytes
    json: Any

    @property
    def challenges(self) -> list[str]:
        """What a 401 asks for, line by line."""
        return self.headers.getall("WWW-Authenticate", [])

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]


@dataclass(slots=True)
class Administration:
    """A running administration application, and a client of it."""

    service: Service
    metrics: ServiceMetrics
    clock: Clock
    application: web.Application
    server: TestServer
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    @property
    def uploads(self) -> list[str]:
        """What lies in the uploads folder."""
        return sorted(entry.name for entry in self.service.folder.uploads.iterdir())

    async def token(self, role: Role = Role.ADMINISTRATOR) -> str:
        """The token of a session of the role's account."""
        name = NAMES[role]
        if name not in self.tokens:
            reply = await self.sign_in(name)
            assert reply.status == 201, reply.json
            self.tokens[name] = reply.json["token"]
        return self.tokens[name]

    async def sign_in(self, name: str, password: str = PASSWORD, **headers: str) -> Reply:
        return await self.send("POST", f"{API}/session", headers={**headers, "Authorization": basic(name, password)})

    async def call(self, method: str, path: str, role: Role = Role.ADMINISTRATOR, **options: Any) -> Reply:
        """A request in a session of the role's account; `path` is below the API's base."""
        headers = {"Authorization": f"Bearer {await self.token(role)}", **options.pop("headers", {})}
        return await self.send(method, f"{API}{path}", headers=headers, **options)

    async def send(self, method: str, path: str, **options: Any) -> Reply:
        async with self.http.request(method, self.url + path, **options) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Reply(
                response.status,
                response.headers,
                body,
                await response.json(content_type=None) if is_json and body else None,
            )


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def add_account(
    service: Service, name: str, role: Role, password: str = PASSWORD, *, enabled: bool = True
) -> None:
    """An account, made as the command on the host makes it."""
    await service.change(
        partial(
            accounts.add_account,
            name=name,
            role=role,
            nt_hash=nt_hash(password),
            enabled=enabled,
            key=load_account_key(KeyPlace(service.folder.account_key)),
            actor=Actor("test"),
            now=service.clock(),
        )
    )


@asynccontextmanager
async def running_administration(
    root: Path,
    *,
    limits: Limits | None = None,
    stream_times: StreamTimes | None = None,
    health_checks: list[CheckHealth] | None = None,
    with_accounts: bool = True,
) -> AsyncIterator[Administration]:
    """Start everything, with an account of each role, and stop it again."""
    folder = DataFolder(root)
    folder.create()
    database = Database(folder.database)
    refusals = RefusalWriter()
    database.add_batch(refusals)
    database.start()
    clock = Clock()
    update_log = UpdateLog(folder.update_log)
    service = Service(
        configuration=Configuration(data=root, limits=limits or Limits()),
        folder=folder,
        database=database,
        images=ImageStore(folder.images),
        logs=LogStore(folder.device_logs, folder.readable_device_logs),
        log_texts=LogTextIndex(folder.update_log),
        catalog=CatalogSnapshot(0),
        events=EventHub(),
        started_at=clock(),
        update_log=update_log,
        update_log_search=UpdateLogSearch(update_log, UpdateLogIndex(update_log, folder.update_log)),
        clock=clock,
    )
    try:
        await service.reload_catalog()
        await service.reload_accounts()
        for role, name in NAMES.items() if with_accounts else ():
            await add_account(service, name, role)
        metrics = ServiceMetrics()
        sign_ins = SignInRecords(database, refusals, clock)
        application = administration_application(
            service, sign_ins=sign_ins, metrics=metrics, stream_times=stream_times, health_checks=health_checks or []
        )
        server = TestServer(application)
        await server.start_server()
        try:
            # The client goes first, so that the server need not wait for the rest of a body that it refused.
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
                yield Administration(service, metrics, clock, application, server, http)
        finally:
            await server.close()
    finally:
        await asyncio.to_thread(database.close)
