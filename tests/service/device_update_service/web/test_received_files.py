"""Receiving files: hashed and counted as they are written."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from device_update_contract.refusals import Refusal
from device_update_service.web import received_files
from device_update_service.web.received_files import ReceivedFile, TooSlow, patience


def _too_large(limit: int) -> Refusal:
    return Refusal(f"More than {limit} bytes.")


def test_more_pieces_than_one_system_call_takes_are_written_in_order(tmp_path: Path) -> None:
    pieces = [os.urandom(7) for _ in range(2000)]
    file = ReceivedFile(tmp_path / "file", 10**9, _too_large)

    async def write() -> None:
        await file.open()
        await file.write(pieces, sum(map(len, pieces)))
        await file.finish()
        await file.close(keep=True)

    asyncio.run(write())
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)
    assert file.sha256 == hashlib.sha256(b"".join(pieces)).hexdigest()
    assert file.size == 14_000


@pytest.mark.parametrize(
    ("drop", "sentence"),
    [(b"", "No byte came for 0.05 seconds."), (b"x", "Too little of the body came within 0.05 seconds.")],
)
async def test_a_sender_is_told_whether_it_sent_nothing_or_too_little(
    monkeypatch: pytest.MonkeyPatch, drop: bytes, sentence: str
) -> None:
    monkeypatch.setattr(received_files, "IDLE_SECONDS", 0.05)
    content = StreamReader(BaseProtocol(asyncio.get_running_loop()), 1024)
    content.feed_data(b"came before")

    async def wait() -> None:
        async with patience(content):
            content.feed_data(drop)
            await asyncio.Event().wait()

    with pytest.raises(TooSlow) as refused:
        await wait()
    assert refused.value.sentence == sentence
