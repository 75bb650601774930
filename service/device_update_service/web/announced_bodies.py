"""Bodies that a client announces, and sends when it is asked to (``Expect: 100-continue``, RFC 9110 section 10.1.1)."""

from __future__ import annotations

from aiohttp import HttpVersion11, hdrs, web


def is_announced(request: web.BaseRequest) -> bool:
    """Whether the client waits to be asked for the body; one of HTTP/1.0 does not know the question."""
    return request.version == HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"


def ask_for_body(request: web.BaseRequest) -> None:
    """Have a client go on that waits to be asked."""
    if is_announced(request) and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
