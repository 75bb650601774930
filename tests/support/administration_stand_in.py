"""A stand-in for the administration API, generated from the endpoints table, with answers laid out beforehand.

It knows no rule of the product: it lets clients be tested without the service, and records what they asked.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from pydantic import BaseModel

from device_update_contract.administration.endpoints import (
    CLOSE_SESSION,
    ENDPOINTS,
    OPEN_SESSION,
    SHOW_SESSION,
    Endpoint,
)
from device_update_contract.administration.problems import CONTENT_TYPE, Problem
from device_update_contract.administration.roles import PERMISSIONS, Role
from device_update_contract.administration.server import SessionAnswer, SessionModel

ACCOUNT = "ada"
PASSWORD = "correct horse battery"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Laid = BaseModel | bytes | Handler


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    endpoint: Endpoint
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    content_type: str
    content_length: int | None
    program: str


class StandIn:
    """The service's side: ``lay`` answers, then look at ``asked``."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.open_tokens: set[str] = set()
        self._opened = 0
        self._laid: dict[str, list[Laid]] = {SHOW_SESSION.name: [_session()]}

    def lay(self, endpoint: Endpoint, *answers: Laid) -> None:
        """What an endpoint answers, in turn; the last one again and again."""
        self._laid[endpoint.name] = list(answers)

    def asked_of(self, endpoint: Endpoint) -> list[Asked]:
        return [asked for asked in self.asked if asked.endpoint is endpoint]

    def application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        for endpoint in ENDPOINTS:
            application.router.add_route(endpoint.method, endpoint.path, self._handler(endpoint))
        return application

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.asked.append(
                Asked(
                    endpoint,
                    dict(request.match_info),
                    dict(request.query),
                    await request.read(),
                    request.headers.get("Content-Type", ""),
                    request.content_length,
                    request.headers.get("User-Agent", ""),
                )
            )
            if endpoint is OPEN_SESSION:
                return self._open(request)
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if endpoint.permission is not None and token not in self.open_tokens:
                return _answered(endpoint, problem(401, "session-ended", "The session has ended."))
            if endpoint is CLOSE_SESSION:
                self.open_tokens.discard(token)
                return web.Response(status=204)
            laid = self._laid.get(endpoint.name)
            if not laid:
                return web.Response(status=204) if endpoint.status == 204 else web.Response(status=500)
            answer = laid.pop(0) if len(laid) > 1 else laid[0]
            if isinstance(answer, BaseModel | bytes):
                return _answered(endpoint, answer)
            return await answer(request)

        return handle

    def _open(self, request: web.Request) -> web.Response:
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != wanted:
            return _answered(OPEN_SESSION, problem(401, "sign-in-refused", "The account or password is wrong."))
        self._opened += 1
        token = f"token-{self._opened}"
        self.open_tokens.add(token)
        answer = SessionAnswer(
            token=token,
            expires_at=datetime(2026, 5, 10, tzinfo=UTC),
            account=ACCOUNT,
            role=Role.ADMINISTRATOR,
            permissions=sorted(PERMISSIONS[Role.ADMINISTRATOR]),
        )
        return _answered(OPEN_SESSION, answer)


def _session() -> SessionModel:
    moment = datetime(2026, 5, 3, 8, 30, tzinfo=UTC)
    return SessionModel(
        id="1",
        account=ACCOUNT,
        role=Role.ADMINISTRATOR,
        address=None,
        created_at=moment,
        last_used_at=moment,
        expires_at=moment,
        current=True,
    )


def problem(status: int, code: str, detail: str) -> Problem:
    return Problem(title=code, status=status, detail=detail, code=code)


def _answered(endpoint: Endpoint, answer: BaseModel | bytes) -> web.Response:
    if isinstance(answer, Problem):
        return web.Response(body=answer.model_dump_json(), status=answer.status, headers={"Content-Type": CONTENT_TYPE})
    body = answer if isinstance(answer, bytes) else answer.model_dump_json().encode()
    return web.Response(body=body, status=endpoint.status, headers={"Content-Type": endpoint.answer_type})


@contextmanager
def running_stand_in(tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """A stand-in on a free loopback port, in a thread of its own, so that a synchronous command can ask it."""
    stand_in = StandIn()
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(stand_in.application(), shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        stand_in.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def run() -> None:
        runner = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(60)
    try:
        yield stand_in
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
