"""Unpacks compressed bodies that arrived whole, up to a size; bodies that nobody asked for are never unpacked."""

from __future__ import annotations

import zlib
from typing import Final

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

_GZIP_BITS: Final = 16 + zlib.MAX_WBITS
_ZLIB_METHOD: Final = 8


BROKEN_BODY: Final = (HttpProcessingError, RequestPayloadError)
"""What aiohttp raises when a body is cut, badly chunked or badly compressed."""


class BadlyPacked(ValueError):
    """A body is not encoded as its headers say."""


def unpacked(request: web.BaseRequest, body: bytes, at_most: int) -> bytes:
    """The body without its ``Content-Encoding``: gzip or deflate; any other is left, and will be no XML or JSON.

    Of one that is larger than ``at_most`` bytes there is one byte too much.

    Raises:
        BadlyPacked.
    """
    encoding = request.headers.get(hdrs.CONTENT_ENCODING)
    if encoding is None or encoding.strip().lower() not in {"gzip", "deflate"}:
        return body
    unpacking = zlib.decompressobj(_window_bits(encoding.strip().lower(), body))
    try:
        content = unpacking.decompress(body, at_most + 1)
    except zlib.error as error:
        raise BadlyPacked from error
    if len(content) <= at_most and (not unpacking.eof or unpacking.unused_data):
        raise BadlyPacked
    return content


def _window_bits(encoding: str, body: bytes) -> int:
    """Deflate is zlib's format (RFC 9110 section 8.4.1.2); clients that leave its head out are understood too."""
    if encoding == "gzip":
        return _GZIP_BITS
    return zlib.MAX_WBITS if body[:1] and body[0] & 15 == _ZLIB_METHOD else -zlib.MAX_WBITS
