"""Answers that have begun, after which nothing else can be said over their connection."""

from __future__ import annotations

from aiohttp import web


def has_begun(request: web.BaseRequest) -> bool:
    """Whether bytes of an answer have gone, so that a refusal would stand in the middle of what the caller is sent.

    What went wrong is raised then: aiohttp logs it and ends the connection, by which the caller sees that it was cut.
    """
    return request.writer.output_size > 0
