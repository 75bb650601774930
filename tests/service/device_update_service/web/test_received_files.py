"""Receiving files: hashed and counted as they are written."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from device_update_contract.refusals import Refusal
from device_update_service.web.received_files import ReceivedFile


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
