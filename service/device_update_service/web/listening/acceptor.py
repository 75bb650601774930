"""Takes the connections of one listening socket, whatever happens to single ones or to the process's descriptors."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Final

from device_update_service.web.listening.connections import AcceptedSocket, ListeningSocket
from device_update_service.web.listening.rare_warnings import RareWarnings

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
"""Connections taken before others have their turn: each costs a good part of a millisecond until it is heard."""
_PAUSE_SECONDS: Final = 1.0
_OF_ONE_CONNECTION: Final = frozenset(
    {
        errno.ECONNABORTED, errno.EPERM, errno.EPROTO, errno.ENETDOWN, errno.ENOPROTOOPT, errno.EHOSTDOWN,
        errno.ENONET, errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH,
    }
)  # fmt: skip
"""Errors of accept(2) on Linux that tell of the new connection, which is gone, and not of the listening socket."""


class Acceptor:
    """The accept loop of one listening socket; `take` gets each connection and must not raise."""

    def __init__(self, listening: ListeningSocket, take: Callable[[AcceptedSocket], None]) -> None:
        self._listening = listening
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._warnings = RareWarnings(_log)

    def start(self) -> None:
        """Take connections from now on."""
        self._pause = None
        self._loop.add_reader(self._listening, self._accept)

    def stop(self) -> None:
        """Take no more, and close the listening socket, so that clients are refused instead of waiting."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _OF_ONE_CONNECTION:
                    continue
                self._rest(error)
                return
            self._take(connection)

    def _rest(self, error: OSError) -> None:
        """Wait for descriptors or memory: the socket stays readable, and the loop would do nothing else."""
        self._warnings.warn("Connections cannot be accepted and have to wait", error=str(error))
        self._loop.remove_reader(self._listening)
        self._pause = self._loop.call_later(_PAUSE_SECONDS, self.start)
