"""What the administration application's handlers share, and what one request hands them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.administration.server import HealthAnswer, HealthCheck
from device_update_service.domain.actors import ADMINISTRATION_API
from device_update_service.identity.account_key import AccountKey
from device_update_service.identity.permissions import SignedIn
from device_update_service.usecases.outcomes import Actor, Outcome
from device_update_service.web.administration.administration_requests import AnyModel, as_model
from device_update_service.web.administration.event_streams import StreamTimes
from device_update_service.web.administration.log_readings import Readings
from device_update_service.web.administration.private_transport import caller_address
from device_update_service.web.administration.refused_actions import RefusedActions
from device_update_service.web.administration.session_gate import SessionGate
from device_update_service.web.authentication.account_judgement import AccountJudge
from device_update_service.web.authentication.callers import Callers
from device_update_service.web.authentication.connection_sign_in import SignIns
from device_update_service.web.images.image_delivery import ImageDelivery
from device_update_service.web.images.open_images import OpenImages
from device_update_service.web.metrics import ServiceMetrics
from device_update_service.web.service import Service

Answer = TypeVar("Answer")

CheckHealth = Callable[[], Awaitable[HealthCheck]]
INSPECTIONS_AT_ONCE = 2
PRIVATE_HEADERS: Mapping[str, str] = MappingProxyType(
    {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
)
"""What every answer says: it is kept by nobody on the way, and is what its type says."""
_MAX_CLIENT = 100
"""Characters of what a client says it is."""


def actor_before_session(request: web.Request, account: str) -> Actor:
    """Who opens a session, or tries to."""
    return Actor(account, caller_address(request) or None, _through(request, ADMINISTRATION_API))


def actor_of(request: web.Request, signed_in: SignedIn) -> Actor:
    """Who acts, from where, and through which session and client, as far as the client tells."""
    through = _through(request, f"{ADMINISTRATION_API}, session {signed_in.session_id}")
    return Actor(signed_in.account, caller_address(request) or None, through)


def _through(request: web.Request, through: str) -> str:
    client = request.headers.get("User-Agent", "")[:_MAX_CLIENT]
    return f"{through}, {client}" if client else through


def _log_delivery() -> ImageDelivery:
    """What sends device logs: as images are sent, but none is held open, for each is read by few and may be purged."""
    return ImageDelivery(
        cache_control=PRIVATE_HEADERS["Cache-Control"],
        report_progress=lambda _progress: None,
        images=OpenImages(open_files=0, memory_bytes=0),
    )


@dataclass(slots=True)
class AdministrationParts:
    """The service and what the administration application adds to it."""

    service: Service
    key: AccountKey
    judge: AccountJudge
    sign_ins: SignIns
    callers: Callers
    gate: SessionGate
    refused_actions: RefusedActions
    metrics: ServiceMetrics
    health_checks: list[CheckHealth]
    stream_times: StreamTimes = field(default_factory=StreamTimes)
    inspections: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(INSPECTIONS_AT_ONCE))
    uploads_in_use: set[str] = field(default_factory=set)
    """The ids of the uploads that are being inspected again or imported."""
    readings: Readings = field(default_factory=Readings)
    log_delivery: ImageDelivery = field(default_factory=_log_delivery)
    health: tuple[float, HealthAnswer] | None = None
    """The last look and when it was."""
    health_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    openapi: bytes | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the service ends, so that no worker keeps it."""

    async def change_accounts(self, use_case: Callable[[], Outcome[Answer]]) -> Answer:
        """Run a use case that may end sessions or change what they may do; it holds for the very next request."""
        try:
            return await self.service.change(use_case)
        finally:
            self.gate.forget()


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in, with what was read of it."""

    request: web.Request
    endpoint: Endpoint
    parts: AdministrationParts
    signed_in: SignedIn | None
    query: BaseModel | None
    body: BaseModel | None

    @property
    def service(self) -> Service:
        """The running service."""
        return self.parts.service

    @property
    def account(self) -> SignedIn:
        """The account that asks; only on routes that need a session."""
        if self.signed_in is None:
            raise TypeError(f"{self.endpoint.name} needs no session, so nobody is signed in")
        return self.signed_in

    @property
    def actor(self) -> Actor:
        """Who acts, and from where."""
        return actor_of(self.request, self.account)

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.request.match_info["id"]

    @property
    def name(self) -> str:
        """The account name in the path."""
        return self.request.match_info["name"]

    def query_as(self, model: type[AnyModel]) -> AnyModel:
        """The parameters as the model that the endpoint declares."""
        return as_model(self.query, model)

    def body_as(self, model: type[AnyModel]) -> AnyModel:
        """The body as the model that the endpoint declares."""
        return as_model(self.body, model)

    async def read(self, use_case: Callable[..., Answer], *values: object, **named: object) -> Answer:
        """Run a use case that only reads."""
        return await self.service.read(partial(use_case, *values, **named))

    async def change(self, use_case: Callable[..., Outcome[Answer]], *values: object, **named: object) -> Answer:
        """Run a use case that changes the store."""
        return await self.service.change(partial(use_case, *values, **named))


Handle = Callable[[Call], Awaitable[BaseModel | web.StreamResponse | None]]
"""Answers one endpoint: a model of its answer, nothing (204), or a response of its own."""
