"""A log of which only some pieces are here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.log_contents.log_bytes import PIECE, LogBytes, PieceMissing, UnreadableLog, whole_log

_LOG = bytes(range(256)) * (2 * PIECE // 256) + b"end"


@given(st.integers(0, len(_LOG) + 5), st.integers(0, 2 * PIECE))
def test_a_whole_log_gives_any_part_of_it_and_nothing_beyond(offset: int, length: int) -> None:
    if offset + length <= len(_LOG):
        assert whole_log(_LOG).read(offset, length) == _LOG[offset : offset + length]
    else:
        with pytest.raises(UnreadableLog):
            whole_log(_LOG).read(offset, length)


def test_what_is_not_here_is_asked_for_or_counts_as_cut_off() -> None:
    pieces = {0: _LOG[:PIECE]}
    with pytest.raises(PieceMissing) as missing:
        LogBytes(len(_LOG), pieces, asks=True).read(PIECE - 1, 2)
    assert missing.value.number == 1
    with pytest.raises(UnreadableLog):
        LogBytes(len(_LOG), pieces).read(PIECE - 1, 2)
    assert LogBytes(len(_LOG), pieces).read(PIECE - 1, 1) == _LOG[PIECE - 1 : PIECE]


def test_a_piece_that_came_short_counts_as_cut_off() -> None:
    with pytest.raises(UnreadableLog):
        LogBytes(len(_LOG), {0: _LOG[:10]}, asks=True).read(5, 10)
