"""An image file that ends on the disk before its size: the device is cut off, and told nothing within its bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.cut_answers import read_until_cut
from tests.support.running_services import running_service
from tests.support.stores import open_stores

VERSION = "4.0.7577.4387"
URL = f"/DeviceUpdateFiles_Int/UCPhone/Polycom/CX700/A/ENU/{VERSION}/CPE/CPE.nbt"
LENGTH = 300_000
"""More than is kept in memory."""


@pytest.mark.expects_log_records("^Error handling request from")
async def test_a_download_that_fails_after_its_beginning_is_cut_and_no_refusal_stands_in_the_file(
    tmp_path: Path,
) -> None:
    with open_stores(tmp_path) as stores:
        work = tmp_path / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        administrator.verb("approve", administrator.import_version(VERSION, content="x" * LENGTH))
    stored = [path for path in (tmp_path / "images").rglob("*") if path.is_file()]
    async with running_service(tmp_path) as service:
        async with service.client.get(service.internal + URL) as whole:
            expected = await whole.read()
        for path in stored:
            os.truncate(path, LENGTH // 2)
        async with service.client.get(service.internal + URL) as cut:
            assert cut.status == 200
            got = await read_until_cut(cut)
    assert got == expected[: LENGTH // 2]
