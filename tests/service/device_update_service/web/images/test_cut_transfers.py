from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import ssl
from pathlib import Path

import pytest
from tests.support.image_client import Connection, covered
from tests.support.image_server import LARGE, MIDDLE, StartServer, stored_file

from device_update_service.web.images import outgoing_bytes, socket_sending
from device_update_service.web.images.image_delivery import SentResponse
from device_update_service.web.images.outgoing_bytes import FileCutShort


async def test_a_client_that_leaves_is_no_error_and_only_sent_bytes_are_reported(start: StartServer) -> None:
    server = await start()
    client = await Connection.to(server)
    client.ask("large")
    received = len(await client.reader.readexactly(1_000_000))
    server.finished.clear()
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 60)
    [(first, end)] = covered(server.progress)
    assert first == 0
    assert received - 1000 <= end < LARGE
    [response] = server.responses
    assert isinstance(response, SentResponse)
    assert response.cut_off
    assert not response.keep_alive


async def test_a_transfer_cancelled_by_the_server_reports_what_went(start: StartServer) -> None:
    server = await start()
    client = await Connection.to(server)
    client.ask("large")
    await client.reader.readexactly(1_000_000)
    await server.stop()
    [(first, end)] = covered(server.progress)
    assert first == 0
    assert 900_000 < end < LARGE
    await client.close()


async def test_a_slow_download_is_reported_while_it_waits(start: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_sending, "REPORT_SECONDS", 0.02)
    monkeypatch.setattr(outgoing_bytes, "REPORT_BYTES", 2 * LARGE)
    server = await start()
    client = await Connection.to(server)
    client.ask("large")
    received = 0
    while received < 6_000_000:
        received += len(await client.reader.read(2**16))
    await asyncio.wait_for(server.reported.wait(), 60)
    [(first, end)] = covered(server.progress)
    assert not server.responses
    assert first == 0
    assert 0 < end < LARGE
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 60)


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_client_that_takes_nothing_is_cut_off(
    start: StartServer,
    tls_contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
    *,
    encrypted: bool,
) -> None:
    monkeypatch.setattr(socket_sending, "REPORT_SECONDS", 0.02)
    monkeypatch.setattr(socket_sending, "STALL_SECONDS", 0.2)
    server = await start(tls=tls_contexts[0] if encrypted else None)
    client = await Connection.to(server, tls_contexts[1] if encrypted else None)
    client.ask("large")
    await asyncio.wait_for(server.finished.wait(), 60)
    [response] = server.responses
    assert isinstance(response, SentResponse)
    assert response.cut_off
    [(first, end)] = covered(server.progress)
    assert first == 0
    assert end < LARGE
    assert len(await client.reader.read()) < LARGE
    await client.close()


async def test_a_tls_client_that_leaves_gets_no_credit_for_bytes_it_never_had(
    start: StartServer, tls_contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    for_server, for_client = tls_contexts
    server = await start(tls=for_server)
    client = await Connection.to(server, for_client)
    client.ask("large")
    await client.reader.readexactly(1_000_000)
    server.finished.clear()
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 60)
    [(first, end)] = covered(server.progress)
    assert first == 0
    assert end < LARGE


async def test_a_tls_client_that_leaves_while_it_takes_nothing_is_no_error(
    start: StartServer, tls_contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server = await start(tls=tls_contexts[0])
    client = await Connection.to(server, tls_contexts[1])
    client.ask("large")
    await client.reader.readexactly(1000)
    server.reported.clear()
    with contextlib.suppress(TimeoutError):
        while await asyncio.wait_for(server.reported.wait(), 0.5):
            server.reported.clear()
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 60)
    [response] = server.responses
    assert isinstance(response, SentResponse)
    assert response.cut_off


async def test_no_descriptor_is_left_behind_by_finished_or_cut_transfers(start: StartServer) -> None:
    gc.collect()  # what earlier tests left to the collector is not ours
    before = open_descriptors()
    server = await start()

    async def get_large() -> None:
        client = await Connection.to(server)
        await client.get("large")
        await client.close()

    await asyncio.gather(*(get_large() for _ in range(5)))
    cut = await Connection.to(server)
    cut.ask("large")
    await cut.reader.readexactly(1000)
    await server.stop()
    await cut.close()
    assert open_descriptors() == before


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.expects_log_records("^Error handling request from")
async def test_a_file_cut_short_on_the_disk_ends_the_connection_and_is_an_error(
    start: StartServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "image"
    path.write_bytes(bytes(MIDDLE))
    server = await start(served={"image": stored_file(path)})
    client = await Connection.to(server)
    await client.get("image")
    os.truncate(path, MIDDLE // 2)
    client.ask("image")
    with pytest.raises(asyncio.IncompleteReadError) as error:
        await client.answer()
    assert error.value.partial == bytes(MIDDLE // 2)  # and no page about the error within the file's bytes
    await client.close()
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [FileCutShort]
