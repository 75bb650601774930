"""Warnings about what anybody outside can cause, as often as they like: at most one a minute of each kind."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

_QUIET_SECONDS: Final = 60.0


class RareWarnings:
    """Warnings of one listener; what stayed unsaid is counted, and told with the next of its kind."""

    def __init__(self, log: logging.Logger, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._monotonic = monotonic
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def warn(self, message: str, **facts: object) -> None:
        """Say it, unless the same was said less than a minute ago."""
        now = self._monotonic()
        said = self._said.get(message)
        if said is not None and now - said < _QUIET_SECONDS:
            self._unsaid[message] = self._unsaid.get(message, 0) + 1
            return
        self._said[message] = now
        unsaid = self._unsaid.pop(message, 0)
        self._log.warning(message, extra={**facts, "before": unsaid} if unsaid else facts)
