"""Sign-ins that were begun and not finished: bounded for each network, and forgotten after some seconds."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

State = TypeVar("State")


class UnfinishedSignIns(Generic[State]):
    """Counts the connections with a handshake under way, for one event loop.

    A connection that ended counts no more: its state is held here only weakly.
    """

    def __init__(self, *, seconds: float, per_network: int, expire: Callable[[State], None]) -> None:
        """``expire`` is told of a state whose handshake takes longer than ``seconds``."""
        self._seconds = seconds
        self._per_network = per_network
        self._expire = expire
        self._of_network: dict[str, weakref.WeakSet[State]] = {}
        self._deadlines: deque[tuple[float, str, weakref.ref[State]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, state: State, network: str) -> bool:
        """Count one more from a network; False when there are too many, and it is not counted."""
        states = self._of_network.get(network)
        if states is None:
            states = self._of_network[network] = weakref.WeakSet()
        elif len(states) >= self._per_network:
            return False
        states.add(state)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        self._deadlines.append((deadline, network, weakref.ref(state)))
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._drop_expired)
        return True

    def finish(self, state: State, network: str) -> None:
        """Count one less, because it ended one way or the other."""
        states = self._of_network.get(network)
        if states is not None:
            states.discard(state)
            if not states:
                del self._of_network[network]

    def close(self) -> None:
        """Forget all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._deadlines.clear()
        self._of_network.clear()

    def _drop_expired(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, network, reference = self._deadlines.popleft()
            states = self._of_network.get(network)
            if states is None:
                continue
            state = reference()
            if state is not None and state in states:
                states.discard(state)
                self._expire(state)
            if not states:
                del self._of_network[network]
        self._timer = loop.call_at(self._deadlines[0][0], self._drop_expired) if self._deadlines else None
