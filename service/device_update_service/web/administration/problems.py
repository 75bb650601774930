"""The one place that turns whatever went wrong into ``application/problem+json`` (RFC 9457; contract section 5).

A caller gets a status, a stable code and one sentence; never a traceback, never a value that was sent, since that may
be a password. What nobody expected is logged with a reference that the caller gets too.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import pydantic_core
from aiohttp import hdrs, web
from multidict import CIMultiDict
from pydantic import ValidationError

from device_update_contract.administration.problems import CONTENT_TYPE, Problem, ProblemDetail
from device_update_contract.refusals import InvalidValue, Refusal
from device_update_service.identity.account_key import AccountKeyUnusable
from device_update_service.packages.inspection import PackageNotInspected
from device_update_service.storage.errors import StorageError
from device_update_service.web.begun_answers import has_begun

_log = logging.getLogger(__name__)

REALM = "device-update-service"
SIGN_IN_SCHEMES: web.AppKey[tuple[str, ...]] = web.AppKey("sign-in-schemes", tuple)
"""What a session can be opened with beside Basic, as ``WWW-Authenticate`` says it."""

_STATUS_OF_CODE: Mapping[str, int] = {
    "invalid-parameter": 400,
    "unknown-parameter": 400,
    "invalid-cursor": 400,
    "sort-not-available": 400,
    "malformed-request": 400,
    "sign-in-refused": 401,
    "not-signed-in": 401,
    "session-ended": 401,
    "sign-in-goes-on": 401,
    "not-permitted": 403,
    "insecure-transport": 403,
    "not-found": 404,
    "unknown-rule": 404,
    "request-timeout": 408,
    "request-too-large": 413,
    "too-large": 413,
    "unsupported-media-type": 415,
    "invalid-request": 422,
    "package-refused": 422,
    "not-supported": 422,
    "uploads-full": 507,
}
_STATUS_OF_CLASS: tuple[tuple[type[Refusal], int], ...] = (
    (InvalidValue, 422),
    (StorageError, 503),
    (PackageNotInspected, 503),
    (AccountKeyUnusable, 503),
)
_CODE_OF_STATUS: Mapping[int, str] = {
    400: "malformed-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "request-too-large",
    415: "unsupported-media-type",
}
_RETRY_SECONDS = "5"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestRefused(Refusal):
    """A request that is refused with several errors, or with more members than a problem has."""

    code = "invalid-request"

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        parameters: Mapping[str, object] | None = None,
        status: int | None = None,
        errors: list[ProblemDetail] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence, code=code, parameters=parameters)
        self.status = status
        self.errors = errors
        self.members = dict(members or {})


class SignInGoesOn(Refusal):
    """A sign-in by Negotiate or NTLM needs another message of the client, over the same connection."""

    code = "sign-in-goes-on"

    def __init__(self, challenge: str) -> None:
        super().__init__("The sign-in goes on: answer the challenge over this connection.")
        self.challenge = challenge


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal: by its code, else by its kind, else 409."""
    if isinstance(refusal, RequestRefused) and refusal.status is not None:
        return refusal.status
    status = _STATUS_OF_CODE.get(refusal.code)
    if status is not None:
        return status
    return next((status for kind, status in _STATUS_OF_CLASS if isinstance(refusal, kind)), 409)


def problem_of(refusal: Refusal, request: web.Request) -> web.Response:
    """The answer to a refused request."""
    errors = refusal.errors if isinstance(refusal, RequestRefused) else None
    members = refusal.members if isinstance(refusal, RequestRefused) else {}
    status = status_of(refusal)
    headers: CIMultiDict[str] = CIMultiDict()
    if status == 401:
        for challenge in _challenges(refusal, request):
            headers.add(hdrs.WWW_AUTHENTICATE, challenge)
    if status == 503:
        headers["Retry-After"] = _RETRY_SECONDS
    return problem(
        status, refusal.code, refusal.sentence, parameters=refusal.parameters, errors=errors, members=members,
        headers=headers,
    )  # fmt: skip


def refused_values(error: ValidationError, *, of_query: bool) -> RequestRefused:
    """What a model refused, field by field, without the values."""
    errors = [_detail(fault, of_query=of_query) for fault in error.errors(include_input=False, include_url=False)]
    malformed = any(fault.code == "malformed-request" for fault in errors)
    status = 400 if of_query or malformed else 422
    first = errors[0]
    parameters = {} if first.field is None else {"parameter" if of_query else "field": first.field}
    if len(errors) == 1:
        return RequestRefused(first.detail, code=first.code, status=status, parameters=parameters, errors=errors)
    return RequestRefused(
        " ".join(fault.detail for fault in errors[:5]),
        code="invalid-parameter" if of_query else "invalid-request",
        status=status,
        errors=errors[:100],
    )


def _detail(fault: pydantic_core.ErrorDetails, *, of_query: bool) -> ProblemDetail:
    field = ".".join(str(part)[:64] for part in fault["loc"][:6]) or None
    what = "parameter" if of_query else "field"
    kind = fault["type"]
    if kind == "json_invalid":
        return ProblemDetail(code="malformed-request", detail="The body is not JSON.")
    if kind == "extra_forbidden":
        return ProblemDetail(code=f"unknown-{what}", detail=f"There is no {what} {field!r} here.", field=field)
    if kind == "missing":
        return ProblemDetail(code=f"missing-{what}", detail=f"The {what} {field!r} is missing.", field=field)
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    if field is None:
        return ProblemDetail(code="invalid-request", detail=f"{message[0].upper()}{message[1:]}.")
    code = "invalid-parameter" if of_query else "invalid-value"
    return ProblemDetail(
        code=code, detail=f"The {what} {field!r} is wrong: {message[0].lower()}{message[1:]}.", field=field
    )


@web.middleware
async def problem_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure of the administration application as a problem."""
    response = await _answer(request, handler)
    if request.content.exception() is not None:
        # aiohttp would go on reading a body that is broken, and log its failure to do so as an error of its own.
        request.content.feed_eof()
        response.force_close()
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        if has_begun(request):
            raise
        return problem_of(refusal, request)
    except web.HTTPException as answer:
        return _of_http_exception(answer)
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:  # the edge of the application: a caller gets a reference, the log the rest
        if has_begun(request):
            raise
        return _internal_error(request)


def _of_http_exception(answer: web.HTTPException) -> web.StreamResponse:
    """What aiohttp itself refuses: unknown paths, methods, lines that are no HTTP."""
    if answer.status < 400:
        return answer
    allowed = ", ".join(sorted(answer.allowed_methods)) if isinstance(answer, web.HTTPMethodNotAllowed) else None
    headers = {} if allowed is None else {"Allow": allowed}
    code = _CODE_OF_STATUS.get(answer.status, "refused")
    sentence = {
        "not-found": "There is nothing at this address.",
        "method-not-allowed": f"This address takes only {allowed}.",
    }.get(code, f"{HTTPStatus(answer.status).phrase}.")
    return problem(answer.status, code, sentence, headers=headers)


def _internal_error(request: web.Request) -> web.Response:
    reference = secrets.token_hex(6)
    _log.exception("Error %s while answering %s %s", reference, request.method, request.path)
    return problem(
        500, "internal-error", f"Something went wrong in the service; its log tells more under {reference}.",
        parameters={"reference": reference},
    )  # fmt: skip


def _challenges(refusal: Refusal, request: web.Request) -> tuple[str, ...]:
    """What to do next: go on with a sign-in under way, open a session, or come with its token."""
    if isinstance(refusal, SignInGoesOn):
        return (refusal.challenge,)
    if request.path.rstrip("/").endswith("/session") and request.method == hdrs.METH_POST:
        return (*request.app.get(SIGN_IN_SCHEMES, ()), f'Basic realm="{REALM}", charset="UTF-8"')
    error = ', error="invalid_token"' if refusal.code == "session-ended" else ""
    return (f'Bearer realm="{REALM}"{error}',)


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    parameters: Mapping[str, object] | None = None,
    errors: list[ProblemDetail] | None = None,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | CIMultiDict[str] | None = None,
) -> web.Response:
    """A refusal as callers of the administration API read it."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=sentence,
        code=code,
        parameters=dict(parameters or {}),
        errors=errors,
    )
    values = {**told.model_dump(exclude_none=True), **(members or {})}
    body = pydantic_core.to_json(values, fallback=str, inf_nan_mode="null")
    return web.Response(status=status, body=body, content_type=CONTENT_TYPE, headers=headers)
