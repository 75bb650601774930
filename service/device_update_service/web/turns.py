"""Sharing the event loop: of many who could all go on, so many in each of its rounds, the eldest first.

Hundreds of uploads that are all ready would make one round as long as all of their work; a check that came meanwhile
would wait for it. Who waits for a turn takes nothing from its connection, which so fills and rests. The eldest first:
uploads that came at once end one after the other, instead of all in the same moment, and few have something in memory.
Who has nothing to do waits for no turn, so that a slow sender keeps nobody from going on.
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class Turns:
    """Who may go on in a round of the loop; for the loop's thread."""

    def __init__(self, in_a_round: int) -> None:
        self._in_a_round = in_a_round
        self._ages = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._asked = count()

    def join(self) -> Place:
        """A place behind all who have one."""
        return Place(self, next(self._ages))

    async def wait(self, age: int) -> None:
        """Wait until few who are older want to go on; it is over with the next wait for anything."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heapq.heappush(self._waiting, (age, next(self._asked), turn))
        if len(self._waiting) == 1:
            loop.call_soon(self._round)
        await turn

    def _round(self) -> None:
        for _ in range(min(self._in_a_round, len(self._waiting))):
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._round)


class Place:
    """The place of one who takes turns, from first to last."""

    def __init__(self, turns: Turns, age: int) -> None:
        self._turns = turns
        self._age = age

    async def turn(self) -> None:
        """Wait for the next turn."""
        await self._turns.wait(self._age)
