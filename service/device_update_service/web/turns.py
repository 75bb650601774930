"""Sharing the event loop: of many who could all go on, so many in each of its rounds.

Hundreds of uploads that are all ready would make one round as long as all of their work; a check that came meanwhile
would wait for it. Who waits for a turn takes nothing from its connection, which so fills and rests.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """First come, first served; for the loop's thread."""

    def __init__(self, in_a_round: int) -> None:
        self._in_a_round = in_a_round
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a turn; it is over with the next wait for anything."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if len(self._waiting) == 1:
            loop.call_soon(self._round)
        await turn

    def _round(self) -> None:
        for _ in range(min(self._in_a_round, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._round)
