from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import pytest
from aiohttp import web
from tests.support.image_client import Connection, covered
from tests.support.image_server import CACHE_CONTROL, LARGE, MIDDLE, MODIFIED, SMALL, ImageServer, StartServer

from device_update_service.web.images import socket_sending
from device_update_service.web.images.image_delivery import ImageDelivery
from device_update_service.web.images.open_images import OpenImages, StoredFile
from device_update_service.web.images.outgoing_bytes import REPORT_BYTES


@pytest.mark.parametrize("as_application", [False, True])
@pytest.mark.parametrize("name", ["large", "middle", "small", "empty"])
async def test_a_whole_file_arrives_with_the_headers_of_the_contract(
    start: StartServer, files: dict[str, StoredFile], name: str, *, as_application: bool
) -> None:
    server = await start(as_application=as_application)
    client = await Connection.to(server)
    answer = await client.get(name)
    await client.close()
    assert answer.status == 200
    assert answer.body == files[name].path.read_bytes()
    date = answer.headers.pop("Date")
    assert date.endswith(" GMT")
    assert answer.headers == {
        "Content-Length": str(files[name].size),
        "Content-Type": "application/octet-stream",
        "ETag": f'"{files[name].sha256}"',
        "Last-Modified": MODIFIED,
        "Accept-Ranges": "bytes",
        "Cache-Control": CACHE_CONTROL,
    }


@pytest.mark.parametrize("name", ["large", "middle", "small"])
async def test_progress_covers_the_file_once_in_steps(
    start: StartServer, files: dict[str, StoredFile], name: str
) -> None:
    server = await start()
    client = await Connection.to(server)
    await client.get(name)
    await client.close()
    assert covered(server.progress) == [(0, files[name].size)]
    assert all(report.transfer == f"/{name}" for report in server.progress)
    assert max(report.end_exclusive - report.start for report in server.progress) < 2 * REPORT_BYTES
    [response] = server.responses
    assert response.body_length == files[name].size
    assert response.prepared


async def test_a_304_has_the_validators_and_no_body(start: StartServer, files: dict[str, StoredFile]) -> None:
    server = await start()
    client = await Connection.to(server)
    tag = f'"{files["small"].sha256}"'
    for condition in (f"If-None-Match: {tag}", "If-None-Match: *", f"If-Modified-Since: {MODIFIED}"):
        for method in ("GET", "HEAD"):
            answer = await client.get("small", condition, "Range: bytes=0-3", method=method)
            assert answer.status == 304
            assert answer.headers["ETag"] == tag
            assert answer.headers["Last-Modified"] == MODIFIED
            assert answer.headers["Cache-Control"] == CACHE_CONTROL
            assert "Content-Length" not in answer.headers
    other = await client.get("small", 'If-None-Match: "other"', f"If-Modified-Since: {MODIFIED}")
    failed = await client.get("small", 'If-Match: "other"')
    await client.close()
    assert other.status == 200
    assert failed.status == 412
    assert covered(server.progress) == [(0, SMALL)]


async def test_pipelined_requests_are_answered_in_order_on_one_connection(
    start: StartServer, files: dict[str, StoredFile]
) -> None:
    server = await start()
    client = await Connection.to(server)
    names = ["large", "small", "absent", "middle", "empty", "small"]
    for name in names:
        client.ask(name)
    answers = [await client.answer() for _ in names]
    await client.close()
    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200, 200]
    for name, answer in zip(names, answers, strict=True):
        assert name == "absent" or answer.body == files[name].path.read_bytes()


@pytest.mark.parametrize("name", ["large", "small"])
async def test_connections_are_kept_or_closed_as_the_client_s_version_says(start: StartServer, name: str) -> None:
    server = await start()
    for version, header, kept, said in (
        ("1.1", "X-None: 1", True, None),
        ("1.1", "Connection: close", False, "close"),
        ("1.0", "X-None: 1", False, None),
        ("1.0", "Connection: keep-alive", True, "keep-alive"),
    ):
        client = await Connection.to(server)
        answer = await client.get(name, header, version=version)
        assert answer.version == f"HTTP/{version}"
        assert answer.headers.get("Connection") == said
        if kept:
            assert (await client.get(name, header, version=version)).status == 200
        else:
            assert await client.reader.read() == b""
        await client.close()


async def test_the_kernel_s_memory_is_bounded_when_many_transfers_wait(
    start: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await start()

    async def bound_of(name: str) -> int:
        client = await Connection.to(server)
        await client.get(name)
        transport = server.requests[-1].transport
        assert transport is not None
        bound: int = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
        await client.close()
        return bound

    default = await bound_of("large")
    monkeypatch.setattr(socket_sending, "FREE_TRANSFERS", 0)
    assert await bound_of("large") == socket_sending.UNSENT_BYTES != default
    assert await bound_of("small") == default


async def test_bytes_wait_their_turn_behind_what_the_transport_still_holds(
    files: dict[str, StoredFile],
) -> None:
    before = bytes(10_000_000)

    class BusyServer(ImageServer):
        async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.write(before)
            return await super().handle(request)

    server = BusyServer(files)
    await server.start()
    client = await Connection.to(server)
    client.ask("middle")
    assert await client.reader.readexactly(len(before)) == before
    assert (await client.answer()).body == files["middle"].path.read_bytes()
    await client.close()
    await server.stop()
    assert covered(server.progress) == [(0, MIDDLE)]


async def test_without_a_spare_descriptor_the_bytes_go_through_the_transport(
    start: StartServer, files: dict[str, StoredFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await start()

    def refuse(_descriptor: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", refuse)
    client = await Connection.to(server)
    answer = await client.get("large", "Range: bytes=5-")
    await client.close()
    assert answer.body == files["large"].path.read_bytes()[5:]
    assert covered(server.progress) == [(5, LARGE)]


async def test_tls_sends_every_byte_and_reports_it(
    start: StartServer, files: dict[str, StoredFile], tls_contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    for_server, for_client = tls_contexts
    server = await start(tls=for_server)
    client = await Connection.to(server, for_client)
    for name in ("large", "small", "empty"):
        assert (await client.get(name)).body == files[name].path.read_bytes()
    ranges = await client.get("middle", "Range: bytes=0-9,100000-299999")
    await client.close()
    assert ranges.status == 206
    assert files["middle"].path.read_bytes()[100_000:300_000] in ranges.body
    assert sum(report.end_exclusive - report.start for report in server.progress) == LARGE + SMALL + 200_010


def test_delivery_closes_what_it_holds() -> None:
    images = OpenImages()
    delivery = ImageDelivery(cache_control="no-store", report_progress=lambda _progress: None, images=images)
    delivery.close()
    assert images.take_ready(StoredFile(Path("x"), 1, "00", 0)) is None
