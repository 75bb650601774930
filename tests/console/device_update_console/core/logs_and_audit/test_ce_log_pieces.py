"""The lines of a CeLog piece by piece: the same as at one go, from wherever one looks first."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import pytest
from tests.support.binary_logs import ce_event, ce_marker

from device_update_console.core.logs_and_audit.ce_log_pieces import CeLogPieces
from device_update_contract.log_contents.ce_log_events import CeLogReading
from device_update_contract.log_contents.ce_log_lines import CeLogLines
from device_update_contract.log_contents.log_bytes import PIECE

_LARGE = ce_event(0x2001, bytes(range(256)) * 255, time=9)  # 65,280 bytes: nearly a piece, and it lies in three
_SMALL = b"".join(ce_event(45, number.to_bytes(4, "little"), time=10 + number) for number in range(9000))
_LOG = ce_marker() + _SMALL + _LARGE * 3 + _SMALL


class _Stopped(Exception):
    """The stream ended before its end."""


def fetching(log: bytes, asked: list[int] | None = None) -> Callable[[int], Awaitable[bytes]]:
    async def fetch(number: int) -> bytes:
        if asked is not None:
            asked.append(number)
        return log[number * PIECE : (number + 1) * PIECE]

    return fetch


async def lines_of(log: bytes, order: Sequence[int]) -> tuple[dict[int, str], CeLogPieces]:
    pieces, fetch = CeLogPieces(len(log)), fetching(log)
    return {number: await pieces.lines(number, fetch) for number in order}, pieces


def at_one_go(log: bytes) -> list[str]:
    reading, lines = CeLogReading(), CeLogLines()
    return [lines.line(event) for event in reading.feed(log) + reading.finish()]


def joined(shown: dict[int, str]) -> list[str]:
    return [line for number in sorted(shown) for line in shown[number].splitlines()]


@pytest.mark.parametrize("seed", range(5))
async def test_pieces_looked_at_in_any_order_have_the_lines_of_the_whole(seed: int) -> None:
    count = -(-len(_LOG) // PIECE)
    order = [*range(count), *range(count)]
    random.Random(seed).shuffle(order)
    shown, pieces = await lines_of(_LOG, order)
    assert joined(shown) == at_one_go(_LOG)
    assert pieces.is_whole
    assert (pieces.position.events, pieces.broken_at) == (18_004, None)


def streamed(log: bytes, chunk: int) -> Callable[[int, int], AsyncGenerator[bytes, None]]:
    async def stream(begin: int, end: int) -> AsyncGenerator[bytes, None]:
        for place in range(begin, end, chunk):
            yield log[place : min(place + chunk, end)]

    return stream


@pytest.mark.parametrize("chunk", [1000, PIECE, 10 * PIECE])
@pytest.mark.parametrize("number", [6, 9, 11])
async def test_a_piece_far_down_has_its_lines_after_all_before_it_was_passed_over(chunk: int, number: int) -> None:
    log = _LOG + _LARGE * 4 + _SMALL * 3
    shown, _ = await lines_of(log, range(-(-len(log) // PIECE)))
    pieces, told = CeLogPieces(len(log)), list[tuple[int, int]]()
    await pieces.pass_over(number, streamed(log, chunk), lambda done, total: told.append((done, total)))
    assert await pieces.lines(number, fetching(log)) == shown[number]
    assert told == sorted(told)
    assert told[-1][1] == number * PIECE
    asked = list[int]()
    assert await pieces.lines(number - 2, fetching(log, asked)) == shown[number - 2]
    assert set(asked) <= {number - 2, number - 1, number}, "what was passed over is not read again"


async def test_what_was_passed_over_before_it_was_stopped_is_kept() -> None:
    log, stopped = _SMALL * 20, _Stopped()
    log = ce_marker() + log

    async def stream(begin: int, end: int) -> AsyncGenerator[bytes, None]:
        begun.append(begin)
        for place in range(begin, end, PIECE):
            if len(begun) == 1 and place - begin > 5 * PIECE:
                raise stopped
            yield log[place : place + PIECE]

    begun = list[int]()
    pieces = CeLogPieces(len(log))
    with pytest.raises(_Stopped):
        await pieces.pass_over(20, stream, lambda *_: None)
    await pieces.pass_over(20, stream, lambda *_: None)
    assert begun[0] == 0
    assert begun[1] > 3 * PIECE
    assert await pieces.lines(20, fetching(log)) == (await lines_of(log, range(21)))[0][20]


async def test_damage_ends_passing_over() -> None:
    log = ce_marker() + _SMALL + bytes(20 * PIECE)
    pieces = CeLogPieces(len(log))
    await pieces.pass_over(15, streamed(log, PIECE), lambda *_: None)
    assert pieces.broken_at == len(ce_marker() + _SMALL)
    assert (await pieces.lines(15, fetching(log))).endswith("there is no event that can be read.")


async def test_how_much_was_read_is_told_before_the_end() -> None:
    _, pieces = await lines_of(_LOG, [0])
    assert not pieces.is_whole
    assert 5000 < pieces.position.events < 6000


async def test_from_where_a_log_is_none_any_more_each_piece_says_so() -> None:
    log = ce_marker() + _SMALL + bytes(2 * PIECE)
    shown, pieces = await lines_of(log, [0, 1, 2, 3])
    broken_at = len(ce_marker() + _SMALL)
    sentence = f"From byte {broken_at:,} on there is no event that can be read."
    assert joined(shown) == [*at_one_go(ce_marker() + _SMALL), sentence, sentence, sentence]
    assert (pieces.broken_at, pieces.position.events, pieces.is_whole) == (broken_at, 9001, True)


async def test_a_log_that_is_cut_within_an_event_says_so_in_its_last_piece() -> None:
    shown, pieces = await lines_of(_LOG[:-5], [0])
    assert "no event" not in shown[0]
    last = len(_LOG) // PIECE
    shown, pieces = await lines_of(_LOG[:-5], [last])
    assert shown[last].endswith("there is no event that can be read.")
    assert pieces.position.events == 18_003
