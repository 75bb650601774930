"""Turns: so many in a round of the loop, the eldest first, whoever gives up."""

from __future__ import annotations

import asyncio

from device_update_service.web.turns import Place, Turns


async def rounds_of(places: list[Place], turns_each: int = 1) -> list[tuple[int, int]]:
    """The number of who went on, and the loop's round in which it did, in the order in which all went on."""
    went = list[tuple[int, int]]()
    rounds = 0

    async def go(number: int, place: Place) -> None:
        for _ in range(turns_each):
            await place.turn()
            went.append((number, rounds))

    tasks = [asyncio.create_task(go(number, place)) for number, place in enumerate(places)]
    while not all(task.done() for task in tasks):
        rounds += 1
        await asyncio.sleep(0)
    return went


async def test_in_each_round_of_the_loop_so_many_go_on_in_their_order() -> None:
    turns = Turns(2)
    went = await rounds_of([turns.join() for _ in range(7)])
    assert [number for number, _ in went] == list(range(7))
    at_once = [round_ for _, round_ in went]
    assert max(at_once.count(round_) for round_ in at_once) == 2


async def test_the_eldest_have_all_their_turns_before_the_youngest_has_its_first() -> None:
    turns = Turns(2)
    went = await rounds_of([turns.join() for _ in range(9)], turns_each=5)
    last, first = (dict(order) for order in (went, went[::-1]))
    assert all(last[number] <= first[number + 4] for number in range(5))


async def test_who_waits_for_something_else_holds_up_nobody() -> None:
    turns = Turns(1)
    eldest, younger = turns.join(), turns.join()
    await eldest.turn()
    async with asyncio.timeout(60):
        for _ in range(3):
            await younger.turn()
        await eldest.turn()


async def test_who_gives_up_holds_up_nobody() -> None:
    turns = Turns(1)
    given_up = asyncio.create_task(turns.join().turn())
    await asyncio.sleep(0)
    given_up.cancel()
    place = turns.join()
    async with asyncio.timeout(60):
        await place.turn()
        await place.turn()
