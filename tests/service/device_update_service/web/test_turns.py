"""Turns: so many in a round of the loop, in the order in which they came, whoever gives up."""

from __future__ import annotations

import asyncio

from device_update_service.web.turns import Turns


async def test_in_each_round_of_the_loop_so_many_go_on_in_their_order() -> None:
    turns, went = Turns(2), list[tuple[int, int]]()
    rounds = 0

    async def go(number: int) -> None:
        await turns.take()
        went.append((number, rounds))

    tasks = [asyncio.create_task(go(number)) for number in range(7)]
    while not all(task.done() for task in tasks):
        rounds += 1
        await asyncio.sleep(0)
    assert [number for number, _ in went] == list(range(7))
    at_once = [round_ for _, round_ in went]
    assert max(at_once.count(round_) for round_ in at_once) == 2


async def test_who_gives_up_holds_up_nobody() -> None:
    turns = Turns(1)
    given_up = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    given_up.cancel()
    async with asyncio.timeout(5):
        await turns.take()
        await turns.take()
