"""The lines of a CeLog piece by piece: the same as at one go, from wherever one looks first."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from tests.support.binary_logs import ce_event, ce_marker

from device_update_console.core.logs_and_audit.ce_log_pieces import CeLogPieces
from device_update_contract.log_contents.ce_log_events import CeLogReading
from device_update_contract.log_contents.ce_log_lines import CeLogLines
from device_update_contract.log_contents.log_bytes import PIECE

_LARGE = ce_event(0x2001, bytes(range(256)) * 255, time=9)  # 65,280 bytes: nearly a piece, and it lies in three
_SMALL = b"".join(ce_event(45, number.to_bytes(4, "little"), time=10 + number) for number in range(9000))
_LOG = ce_marker() + _SMALL + _LARGE * 3 + _SMALL


async def lines_of(log: bytes, order: Sequence[int]) -> tuple[dict[int, str], CeLogPieces]:
    pieces = CeLogPieces(len(log))

    async def fetch(number: int) -> bytes:
        return log[number * PIECE : (number + 1) * PIECE]

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
