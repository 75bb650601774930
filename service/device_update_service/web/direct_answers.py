"""Answers that go out with one write, past aiohttp's own response, which costs twice the work."""

from __future__ import annotations

import functools
import time
from email.utils import formatdate

from aiohttp import HttpVersion11, hdrs, web

from device_update_service.web.images.image_delivery import SentResponse


def answer_at_once(request: web.BaseRequest, status: int, head: bytes, body: bytes) -> SentResponse | None:
    """Write an answer; None where the connection is not the usual one, and aiohttp's own response is needed.

    Usual is HTTP/1.1, kept alive, and read by the client: then what was sent before has gone out. ``head`` is the
    status line and all header lines but ``Date`` and ``Content-Length``, each with its line end.
    """
    transport = request.transport
    if (
        transport is None
        or request.version != HttpVersion11
        or not request.keep_alive
        or transport.get_write_buffer_size()
        or transport.is_closing()
    ):
        return None
    sent = b"" if request.method == hdrs.METH_HEAD else body
    transport.write(b"%b%b%d\r\n\r\n%b" % (head, _date_and_length(int(time.time())), len(body), sent))
    return SentResponse(status=status, keep_alive=True, body_length=len(sent), cut_off=False)


@functools.lru_cache(maxsize=2)
def _date_and_length(second: int) -> bytes:
    return f"Date: {formatdate(second, usegmt=True)}\r\nContent-Length: ".encode()
