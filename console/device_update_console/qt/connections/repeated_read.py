"""Reading something whenever it may have changed, so that the last answer is never older than the last change."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.qt.background import Job
from device_update_console.qt.connections.server_session import ServerSession

Answer = TypeVar("Answer")


class RepeatedRead(Generic[Answer]):
    """One reading at a time; what changes meanwhile is read once more after it, since its answer may be older."""

    def __init__(
        self,
        session: ServerSession,
        read: Callable[[ServerConnection], Coroutine[Any, Any, Answer]],
        came: Callable[[Answer], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._session = session
        self._read = read
        self._tell_came = came
        self._tell_failed = failed
        self._job: Job | None = None
        self._is_outdated = False

    def again(self) -> None:
        """Read; while it is being read already, once more after that."""
        if self._job is None:
            self._is_outdated = False
            self._job = self._session.run(self._read, self._came, self._failed)
        else:
            self._is_outdated = True

    def stop(self) -> None:
        """Nobody wants to know any more."""
        if self._job is not None:
            self._job.cancel()

    def _came(self, answer: Answer) -> None:
        self._job = None
        self._tell_came(answer)
        if self._is_outdated:
            self.again()

    def _failed(self, failure: Exception) -> None:
        self._job = None
        self._tell_failed(failure)
        if self._is_outdated:
            self.again()
