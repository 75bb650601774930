"""Reading requests to the administration API: parameters and JSON bodies, each within bounds."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from device_update_contract.administration.endpoints import Endpoint
from device_update_contract.refusals import Refusal
from device_update_service.web.administration.problems import RequestRefused, refused_values
from device_update_service.web.packed_bodies import BROKEN_BODY, BadlyPacked, unpacked

MAX_JSON_BYTES = 1024 * 1024
BODY_SECONDS = 30.0
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})

AnyModel = TypeVar("AnyModel", bound=BaseModel)


class BodyRefused(Refusal):
    """The body is too large, of another type, or did not arrive."""

    code = "malformed-request"


def read_query(endpoint: Endpoint, request: web.Request) -> BaseModel | None:
    """The parameters of a request as the endpoint's model; unknown and repeated ones are refused by name.

    Raises:
        RequestRefused: naming each parameter that is unknown or wrong.
    """
    given = request.query
    if endpoint.query is None:
        for name in given:
            raise _unknown_parameter(name)
        return None
    for name in given:
        if len(given.getall(name)) > 1:
            raise _parameter(name, f"The parameter {name[:64]!r} is given more than once.")
    try:
        return endpoint.query.model_validate(dict(given))
    except ValidationError as error:
        raise refused_values(error, of_query=True) from error


def _unknown_parameter(name: str) -> RequestRefused:
    return RequestRefused(
        f"There is no parameter {name[:64]!r} here.", code="unknown-parameter", parameters={"parameter": name[:64]}
    )


def _parameter(name: str, sentence: str) -> RequestRefused:
    return RequestRefused(sentence, code="invalid-parameter", parameters={"parameter": name[:64]})


async def read_json(model: type[AnyModel], request: web.Request, *, limit: int = MAX_JSON_BYTES) -> AnyModel:
    """A JSON body of at most `limit` bytes as a model.

    Raises:
        BodyRefused: too large, not JSON by its type, or cut. RequestRefused: naming what is wrong in it.
    """
    if request.content_type != "application/json":
        raise BodyRefused("The body must be JSON (Content-Type: application/json).", code="unsupported-media-type")
    body = await read_body(request, limit)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise refused_values(error, of_query=False) from error


async def read_body(request: web.Request, limit: int) -> bytes:
    """A body of at most `limit` bytes, which has to arrive within `BODY_SECONDS`.

    Raises:
        BodyRefused: too large, too slow, cut, or packed otherwise.
    """
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if encoding not in _ENCODINGS:
        raise BodyRefused("A body is read as it is, or packed by gzip or deflate.", code="unsupported-media-type")
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise BodyRefused(
            f"The body did not arrive within {BODY_SECONDS:g} seconds.", code="request-timeout"
        ) from error
    except CUT_BODY as error:
        raise cut_body(error) from error
    return _unpacked(request, bytes(body), limit)


def _unpacked(request: web.Request, body: bytes, limit: int) -> bytes:
    try:
        content = unpacked(request, body, limit)
    except BadlyPacked as error:
        raise cut_body(error) from error
    if len(content) > limit:
        raise _too_large(limit)
    return content


CUT_BODY: tuple[type[Exception], ...] = (*BROKEN_BODY, OSError)
"""What a body raises that does not arrive whole; `OSError` where its connection is lost."""


def cut_body(error: Exception) -> Refusal:
    """The refusal of a body that did not arrive whole."""
    del error  # aiohttp's words are about its own insides
    return BodyRefused("The body did not arrive whole, or is not encoded as its headers say.")


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(f"The body is larger than {limit} bytes.", code="request-too-large", parameters={"limit": limit})


def as_model(value: object, model: type[AnyModel]) -> AnyModel:
    """What the registration has read, as the model the endpoint declares; another one is a fault of ours."""
    if not isinstance(value, model):
        raise TypeError(f"{model.__name__} was expected, not {type(value).__name__}")
    return value


def answer_body(model: Any) -> bytes:
    """An answer as JSON bytes, quickly."""
    body: str = model.model_dump_json()
    return body.encode()
