"""What aiohttp tells of requests that are no HTTP, made short and rare: anybody can send them, as many as they like."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from typing import Final

from aiohttp import BadContentDispositionHeader, BadContentDispositionParam
from aiohttp.http_exceptions import HttpProcessingError

_LOGGER: Final = logging.getLogger("aiohttp.server")
_QUIET_SECONDS: Final = 60.0


def shorten_server_log() -> None:
    """Let aiohttp tell of requests that are no HTTP in one line a minute without a traceback; counting begins anew.

    It warns of odd heads of parts with what is in them, and Python keeps every such warning for ever: none is given.
    """
    for category in (BadContentDispositionHeader, BadContentDispositionParam):
        warnings.filterwarnings("ignore", category=category)
    for earlier in [kept for kept in _LOGGER.filters if isinstance(kept, ShortLines)]:
        _LOGGER.removeFilter(earlier)
    _LOGGER.addFilter(ShortLines())


class ShortLines(logging.Filter):
    """Lets one such record a minute through, which tells how many were left out before it; all others are untouched."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._told_at: float | None = None
        self._unsaid = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is told; it is changed."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        now = self._monotonic()
        if self._told_at is not None and now - self._told_at < _QUIET_SECONDS:
            self._unsaid += 1
            return False
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.exc_info = record.exc_text = None
        record.msg = f"{record.msg}: it is no HTTP"
        if self._unsaid:
            record.before = self._unsaid
        self._told_at, self._unsaid = now, 0
        return True
