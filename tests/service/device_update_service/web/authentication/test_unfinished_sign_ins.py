"""Sign-ins that were begun: bounded for each network, forgotten in time, and no more counted when they are gone."""

from __future__ import annotations

import asyncio

from device_update_service.web.authentication.unfinished_sign_ins import UnfinishedSignIns


class Begun:
    """A handshake under way."""


def nothing(_state: Begun) -> None:
    """Called of what takes too long."""


async def test_each_network_has_its_own_bound() -> None:
    unfinished: UnfinishedSignIns[Begun] = UnfinishedSignIns(seconds=60, per_network=2, expire=nothing)
    begun = [Begun() for _ in range(4)]
    assert [unfinished.begin(state, "192.0.2.1") for state in begun[:3]] == [True, True, False]
    assert unfinished.begin(begun[3], "192.0.2.2")
    unfinished.finish(begun[0], "192.0.2.1")
    assert unfinished.begin(begun[2], "192.0.2.1")
    unfinished.close()


async def test_what_is_gone_counts_no_more() -> None:
    unfinished: UnfinishedSignIns[Begun] = UnfinishedSignIns(seconds=60, per_network=1, expire=nothing)
    assert unfinished.begin(Begun(), "192.0.2.1")
    assert unfinished.begin(Begun(), "192.0.2.1")
    unfinished.close()


async def test_what_takes_too_long_is_told_once_and_in_order_and_what_ended_is_not() -> None:
    expired: list[Begun] = []
    all_told = asyncio.Event()

    def expire(state: Begun) -> None:
        expired.append(state)
        if len(expired) == 2:
            all_told.set()

    unfinished: UnfinishedSignIns[Begun] = UnfinishedSignIns(seconds=0.01, per_network=9, expire=expire)
    first, ended, second = Begun(), Begun(), Begun()
    for state in (first, ended, second):
        unfinished.begin(state, "192.0.2.1")
    unfinished.finish(ended, "192.0.2.1")
    await asyncio.wait_for(all_told.wait(), 60)
    assert expired == [first, second]
    assert unfinished.begin(ended, "192.0.2.1")
    unfinished.close()
