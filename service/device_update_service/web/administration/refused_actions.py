"""Refused actions of signed-in callers, written to the audit trail within bounds.

The trail is never shortened, so that a script which is refused again and again, or somebody who means it, must not be
able to fill the disk with it. Of one account so many refusals a minute are entries of their own, and each of these is
durable before the caller is told; the others are counted, and one entry says how many they were when the minute is over
or the service ends. (A crash loses that count, never an entry.)
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from pydantic import JsonValue

from device_update_contract.administration.base import rfc3339
from device_update_contract.audit import AuditVerb
from device_update_service.storage.errors import StorageError
from device_update_service.usecases.audit_trail import record_actions
from device_update_service.usecases.outcomes import Actor, AuditedAction
from device_update_service.web.administration.refused_objects import RefusedAction
from device_update_service.web.service import Service

_log = logging.getLogger(__name__)

WRITTEN_EACH_MINUTE: Final = 60
WINDOW_SECONDS: Final = 60.0
_MORE_CODE: Final = "too-many-refused"


@dataclass(slots=True)
class _Window:
    """One minute of one account."""

    ends_at: float
    written: int = 0
    more: int = 0
    """Refused and only counted, since `more_since`; `actor` is the last of them."""
    more_since: datetime | None = None
    actor: Actor | None = None
    timer: asyncio.TimerHandle | None = None


class RefusedActions:
    """Writes what was refused; used on the loop only."""

    def __init__(self, service: Service, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._monotonic = monotonic
        self._windows: dict[str, _Window] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def record(self, actor: Actor, verb: AuditVerb, refused: Sequence[RefusedAction]) -> None:
        """Write what was refused to somebody, or count it.

        Where the database takes no writes the refusal stands all the same, and the log says that it is no entry.
        """
        window = self._window(actor.account)
        room = max(0, WRITTEN_EACH_MINUTE - window.written)
        written, counted = refused[:room], refused[room:]
        window.written += len(written)
        if counted:
            self._count(window, actor, len(counted))
        await self._write(
            [AuditedAction(actor, verb, action.object, None, action.after, action.code) for action in written]
        )

    async def close(self) -> None:
        """Write what was only counted so far."""
        for window in self._windows.values():
            self._tell(window)
        self._windows.clear()
        await asyncio.gather(*self._telling)

    def _window(self, account: str) -> _Window:
        now = self._monotonic()
        window = self._windows.get(account.lower())
        if window is None or window.ends_at <= now:
            if window is not None:
                self._tell(window)
            self._windows = {name: kept for name, kept in self._windows.items() if kept.ends_at > now}
            window = self._windows[account.lower()] = _Window(now + WINDOW_SECONDS)
        return window

    def _count(self, window: _Window, actor: Actor, count: int) -> None:
        window.more += count
        window.actor = actor
        if window.timer is None:
            window.more_since = self._service.clock()
            wait = max(0.0, window.ends_at - self._monotonic())
            window.timer = asyncio.get_running_loop().call_later(wait, self._tell, window)

    def _tell(self, window: _Window) -> None:
        if window.timer is None or window.actor is None or window.more_since is None:
            return
        window.timer.cancel()
        window.timer = None
        after: JsonValue = {"count": window.more, "since": rfc3339(window.more_since)}
        named = f"account {window.actor.account}"
        action = AuditedAction(window.actor, AuditVerb.MORE_REFUSED, named, None, after, _MORE_CODE)
        window.more = 0
        task = asyncio.get_running_loop().create_task(self._write([action]))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _write(self, actions: Sequence[AuditedAction]) -> None:
        if not actions:
            return
        try:
            change = await self._service.write(partial(record_actions, actions, now=self._service.clock()))
        except StorageError as error:
            _log.warning(
                "%d refused actions of %s are on no audit trail: %s", len(actions), actions[0].actor.account, error
            )
            return
        self._service.events.publish(change)
