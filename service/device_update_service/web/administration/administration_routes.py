"""Routes from the contract's table: each with its handler, its declared permission and what it reads (design 3).

Whether a caller is let in is decided here and nowhere else; a handler refines that only for what is inside a body. A
route without a handler, a handler without a route and a route that needs no session without being named here cannot be
registered; nor can one that changes something and has no name on the audit trail. What is refused to somebody who is
signed in goes there too.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from pydantic import BaseModel

from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.refusals import Refusal
from device_update_service.identity.permissions import SignedIn
from device_update_service.usecases.outcomes import Actor
from device_update_service.usecases.sessions import NoSessionForRole
from device_update_service.web.administration.administration_parts import (
    PRIVATE_HEADERS,
    AdministrationParts,
    Call,
    Handle,
    actor_before_session,
    actor_of,
)
from device_update_service.web.administration.administration_requests import answer_body, read_json, read_query
from device_update_service.web.administration.private_transport import InsecureTransport, require_private_transport
from device_update_service.web.administration.refused_objects import RefusedAction, refused_actions, refused_parts
from device_update_service.web.administration.session_gate import bearer_token
from device_update_service.web.announced_bodies import ask_for_body

WITHOUT_SESSION = frozenset({"open_session", "health", "metrics", "openapi"})
"""The only routes that may need no session."""

CHANGING_NOTHING = frozenset({"inspect_package", "forget_upload"})
"""The only routes with another method than GET that are no actions: what is inspected is nobody's but the caller's."""


class UnregistrableRoute(Exception):
    """The table of routes and the handlers do not fit together."""


def register_routes(
    application: web.Application,
    parts: AdministrationParts,
    endpoints: Sequence[Endpoint],
    handlers: Mapping[str, Handle],
) -> None:
    """Register every endpoint, for HEAD too what is there for GET: aiohttp sends the headers alone then.

    Raises:
        UnregistrableRoute: naming what has no handler, no endpoint, or no permission.
    """
    names = [endpoint.name for endpoint in endpoints]
    for problem, wrong in (
        ("no handler", [name for name in names if name not in handlers]),
        ("no endpoint", [name for name in handlers if name not in names]),
        ("more than one endpoint", sorted({name for name in names if names.count(name) > 1})),
        (
            "no permission",
            [item.name for item in endpoints if item.permission is None and item.name not in WITHOUT_SESSION],
        ),
        (
            "no name on the audit trail",
            [
                item.name
                for item in endpoints
                if item.audited is None and item.method != "GET" and item.name not in CHANGING_NOTHING
            ],
        ),
    ):
        if wrong:
            raise UnregistrableRoute(f"There is {problem} for {', '.join(sorted(wrong))}.")
    for endpoint in endpoints:
        resource = application.router.add_resource(endpoint.path, name=endpoint.name)
        answering = _answering(endpoint, handlers[endpoint.name], parts)
        for method in (endpoint.method, hdrs.METH_HEAD) if endpoint.method == hdrs.METH_GET else (endpoint.method,):
            resource.add_route(method, answering, expect_handler=_continue_later)


def _answering(
    endpoint: Endpoint, handle: Handle, parts: AdministrationParts
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        signed_in: SignedIn | None = None
        body: BaseModel | None = None
        try:
            signed_in = await _signed_in(endpoint, request, parts)
            if signed_in is not None and endpoint.permission is not None:
                signed_in.require(endpoint.permission)
            query = read_query(endpoint, request)
            ask_for_body(request)
            if endpoint.body is not None and not endpoint.raw_body:
                body = await read_json(endpoint.body, request)
            answered = await handle(Call(request, endpoint, parts, signed_in, query, body))
        except Refusal as refusal:
            refused = refused_actions(endpoint, request, body, refusal)
            await _record(parts, endpoint, await _actor(signed_in, refusal, request, parts), refused)
            raise
        if signed_in is not None:
            await _record(parts, endpoint, actor_of(request, signed_in), refused_parts(endpoint, answered))
        return _response(endpoint, answered)

    return answer


async def _signed_in(endpoint: Endpoint, request: web.Request, parts: AdministrationParts) -> SignedIn | None:
    """The account that asks.

    Raises:
        InsecureTransport, NotSignedIn, SessionEnded.
    """
    if endpoint.permission is None:
        return None
    require_private_transport(request)
    return await parts.gate.signed_in(bearer_token(request))


async def _actor(
    signed_in: SignedIn | None, refusal: Refusal, request: web.Request, parts: AdministrationParts
) -> Actor | None:
    """Who was refused; None for callers who are not known by a session or a password, for they could fill the trail."""
    if signed_in is not None:
        return actor_of(request, signed_in)
    if isinstance(refusal, NoSessionForRole):
        return actor_before_session(request, refusal.account)
    if isinstance(refusal, InsecureTransport):
        # A live token was sent where others can read it: somebody ought to know whose.
        try:
            return actor_of(request, await parts.gate.signed_in(bearer_token(request), is_use=False))
        except Refusal:
            return None
    return None


async def _record(
    parts: AdministrationParts, endpoint: Endpoint, actor: Actor | None, refused: Sequence[RefusedAction]
) -> None:
    if actor is not None and endpoint.audited is not None and refused:
        await parts.refused_actions.record(actor, endpoint.audited, refused)


def _response(endpoint: Endpoint, answer: BaseModel | web.StreamResponse | None) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        if not answer.prepared:
            answer.headers.update(PRIVATE_HEADERS)
        return answer
    if answer is None:
        return web.Response(status=204, headers=PRIVATE_HEADERS)
    return web.Response(
        status=endpoint.status, body=answer_body(answer), content_type="application/json", headers=PRIVATE_HEADERS
    )


async def _continue_later(request: web.Request) -> None:
    """A client that asks before it sends a large body is told to go on only when it has been let in."""


def counting(parts: AdministrationParts) -> Middleware:
    """The middleware that counts requests by endpoint and status; unknown addresses count as one."""

    @web.middleware
    async def count(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        started = time.perf_counter()
        response = await handler(request)
        name = request.match_info.route.name or "unknown"
        if name != "events":
            parts.metrics.request_answered(name, response.status, time.perf_counter() - started)
        return response

    return count
