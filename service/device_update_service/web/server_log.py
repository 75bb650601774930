"""What aiohttp logs of requests that are no HTTP, made short: anybody can send them, as many as they like."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError


def shorten_server_log() -> None:
    """Let aiohttp tell of a request that is no HTTP in one line without a traceback; done twice, it is done once."""
    logging.getLogger("aiohttp.server").addFilter(_shorten)


def _shorten(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.exc_info = record.exc_text = None
        record.msg = f"{record.msg}: it is no HTTP"
    return True
