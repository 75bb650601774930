from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from tests.support.image_server import CACHE_CONTROL, ImageServer, stored_file

from device_update_service.web.images import outgoing_bytes, socket_sending
from device_update_service.web.images.image_delivery import ImageDelivery, Progress, SentResponse
from device_update_service.web.images.open_images import OpenImages, StoredFile, StoredFileGone
from device_update_service.web.images.outgoing_bytes import REPORT_BYTES, FileCutShort

LARGE = 20_000_003
MIDDLE = 300_001
SMALL = 5_003
DATE = "Tue, 16 Apr 2013 00:00:00 GMT"

StartServer = Callable[..., Awaitable[ImageServer]]


@dataclass
class Answer:
    status: int
    version: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """A client that writes requests as they are given and reads answers by their length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, server: ImageServer, tls: ssl.SSLContext | None = None) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port, ssl=tls, limit=2**20))

    def ask(self, name: str, *headers: str, method: str = "GET", version: str = "1.1") -> None:
        lines = [f"{method} /{name} HTTP/{version}", "Host: updates", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())

    async def answer(self, *, head_only: bool = False) -> Answer:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        length = 0 if head_only else int(headers.get("Content-Length", "0"))
        return Answer(int(status), version, headers, await self.reader.readexactly(length))

    async def get(self, name: str, *headers: str, method: str = "GET", version: str = "1.1") -> Answer:
        self.ask(name, *headers, method=method, version=version)
        return await self.answer(head_only=method == "HEAD")

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoredFile]:
    folder = tmp_path_factory.mktemp("store")
    content = random.Random(7)
    sizes = {"large": LARGE, "middle": MIDDLE, "small": SMALL, "empty": 0}
    for name, size in sizes.items():
        (folder / name).write_bytes(content.randbytes(size))
    return {name: stored_file(folder / name) for name in sizes}


@pytest.fixture
async def start(files: dict[str, StoredFile]) -> AsyncIterator[StartServer]:
    servers: list[ImageServer] = []

    async def start_server(
        *,
        tls: ssl.SSLContext | None = None,
        as_application: bool = False,
        images: OpenImages | None = None,
        served: dict[str, StoredFile] | None = None,
    ) -> ImageServer:
        server = ImageServer(files if served is None else served, images=images)
        servers.append(server)
        await server.start(tls=tls, as_application=as_application)
        return server

    yield start_server
    for server in servers:
        await server.stop()


def covered(progress: list[Progress]) -> list[tuple[int, int]]:
    """The reported ranges, joined where they touch; fails when bytes are reported twice."""
    joined: list[tuple[int, int]] = []
    for report in sorted(progress, key=lambda one: one.start):
        assert report.start < report.end_exclusive
        assert not joined or report.start >= joined[-1][1]
        if joined and joined[-1][1] == report.start:
            joined[-1] = (joined[-1][0], report.end_exclusive)
        else:
            joined.append((report.start, report.end_exclusive))
    return joined


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
        "Last-Modified": DATE,
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


@pytest.mark.parametrize("name", ["large", "small"])
@pytest.mark.parametrize(
    ("header", "span"), [("0-0", (0, 0)), ("10-99", (10, 99)), ("4000-", (4000, None)), ("-17", (-17, None))]
)
async def test_one_range_is_a_206_with_exactly_its_bytes(
    start: StartServer, files: dict[str, StoredFile], name: str, header: str, span: tuple[int, int | None]
) -> None:
    server = await start()
    client = await Connection.to(server)
    answer = await client.get(name, f"Range: bytes={header}")
    await client.close()
    size = files[name].size
    first, last = span
    start_at = first % size
    end = size if last is None else last + 1
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {start_at}-{end - 1}/{size}"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.body == files[name].path.read_bytes()[start_at:end]
    assert covered(server.progress) == [(start_at, end)]


@pytest.mark.parametrize("name", ["large", "small"])
async def test_several_ranges_are_a_multipart_answer_in_the_order_asked_for(
    start: StartServer, files: dict[str, StoredFile], name: str
) -> None:
    server = await start()
    client = await Connection.to(server)
    size = files[name].size
    answer = await client.get(name, f"Range: bytes=3000-{size - 1001}, 0-9, -7")
    second = await client.get("small", "Range: bytes=1-2")
    await client.close()
    content = files[name].path.read_bytes()
    kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
    expected = b""
    for start_at, end in ((3000, size - 1000), (0, 10), (size - 7, size)):
        expected += f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n".encode()
        expected += f"Content-Range: bytes {start_at}-{end - 1}/{size}\r\n\r\n".encode() + content[start_at:end]
    expected += f"\r\n--{boundary}--\r\n".encode()
    assert (answer.status, kind) == (206, "multipart/byteranges")
    assert answer.body == expected.removeprefix(b"\r\n")
    assert "Content-Range" not in answer.headers
    assert second.body == files["small"].path.read_bytes()[1:3]
    assert covered(server.progress[:-1]) == [(0, 10), (3000, size - 1000), (size - 7, size)]


@pytest.mark.parametrize(
    "header",
    ["bytes=0-9,5-20", "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 34, 2)), "bytes=9-5", "lines=1-2", "nonsense"],
)
async def test_overlapping_too_many_or_malformed_ranges_give_the_whole_file(
    start: StartServer, files: dict[str, StoredFile], header: str
) -> None:
    server = await start()
    client = await Connection.to(server)
    answer = await client.get("small", f"Range: {header}")
    await client.close()
    assert answer.status == 200
    assert answer.body == files["small"].path.read_bytes()


async def test_a_range_header_given_twice_is_ignored(start: StartServer) -> None:
    server = await start()
    client = await Connection.to(server)
    answer = await client.get("small", "Range: bytes=0-1", "Range: bytes=4-5")
    await client.close()
    assert (answer.status, len(answer.body)) == (200, SMALL)


async def test_416_only_when_no_range_can_be_satisfied_and_it_names_the_size(start: StartServer) -> None:
    server = await start()
    client = await Connection.to(server)
    refused = await client.get("small", f"Range: bytes={SMALL}-")
    partly = await client.get("small", f"Range: bytes={SMALL}-,0-4")
    empty = await client.get("empty", "Range: bytes=-5")
    await client.close()
    assert (refused.status, refused.body) == (416, b"")
    assert refused.headers["Content-Range"] == f"bytes */{SMALL}"
    assert "Cache-Control" not in refused.headers
    assert (partly.status, len(partly.body)) == (206, 5)
    assert (empty.status, empty.body) == (200, b"")


async def test_if_range_lets_a_range_count_only_for_the_same_file(
    start: StartServer, files: dict[str, StoredFile]
) -> None:
    server = await start()
    client = await Connection.to(server)
    tag = f'"{files["small"].sha256}"'
    statuses = [
        (await client.get("small", "Range: bytes=0-9", f"If-Range: {value}")).status
        for value in (tag, "W/" + tag, '"other"', DATE, "Tue, 16 Apr 2013 00:00:01 GMT")
    ]
    await client.close()
    assert statuses == [206, 200, 200, 206, 200]


async def test_a_304_has_the_validators_and_no_body(start: StartServer, files: dict[str, StoredFile]) -> None:
    server = await start()
    client = await Connection.to(server)
    tag = f'"{files["small"].sha256}"'
    for condition in (f"If-None-Match: {tag}", "If-None-Match: *", f"If-Modified-Since: {DATE}"):
        for method in ("GET", "HEAD"):
            answer = await client.get("small", condition, "Range: bytes=0-3", method=method)
            assert answer.status == 304
            assert answer.headers["ETag"] == tag
            assert answer.headers["Last-Modified"] == DATE
            assert answer.headers["Cache-Control"] == CACHE_CONTROL
            assert "Content-Length" not in answer.headers
    other = await client.get("small", 'If-None-Match: "other"', f"If-Modified-Since: {DATE}")
    failed = await client.get("small", 'If-Match: "other"')
    await client.close()
    assert other.status == 200
    assert failed.status == 412
    assert covered(server.progress) == [(0, SMALL)]


async def test_head_ignores_a_range_and_sends_no_body(start: StartServer, files: dict[str, StoredFile]) -> None:
    server = await start()
    client = await Connection.to(server)
    for name in ("large", "small", "empty"):
        answer = await client.get(name, "Range: bytes=0-9", method="HEAD")
        assert answer.status == 200
        assert answer.headers["Content-Length"] == str(files[name].size)
        assert answer.headers["ETag"] == f'"{files[name].sha256}"'
    following = await client.get("small")
    await client.close()
    assert following.body == files["small"].path.read_bytes()


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


async def test_a_client_that_leaves_is_no_error_and_only_sent_bytes_are_reported(start: StartServer) -> None:
    server = await start()
    client = await Connection.to(server)
    client.ask("large")
    received = len(await client.reader.readexactly(1_000_000))
    server.finished.clear()
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 10)
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
    await asyncio.wait_for(server.reported.wait(), 10)
    [(first, end)] = covered(server.progress)
    assert not server.responses
    assert first == 0
    assert 0 < end < LARGE
    client.writer.transport.abort()
    await asyncio.wait_for(server.finished.wait(), 10)


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
    await asyncio.wait_for(server.finished.wait(), 10)
    [response] = server.responses
    assert isinstance(response, SentResponse)
    assert response.cut_off
    [(first, end)] = covered(server.progress)
    assert first == 0
    assert end < LARGE
    assert len(await client.reader.read()) < LARGE
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


async def test_many_transfers_share_one_descriptor_without_mixing_their_bytes(
    start: StartServer, files: dict[str, StoredFile]
) -> None:
    server = await start()
    content = files["large"].path.read_bytes()

    async def read_slice(number: int) -> bool:
        client = await Connection.to(server)
        first = number * 700_001
        answer = await client.get("large", f"Range: bytes={first}-{first + 5_000_000}")
        await client.close()
        return answer.body == content[first : first + 5_000_001]

    assert all(await asyncio.gather(*(read_slice(number) for number in range(12))))


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
    await asyncio.wait_for(server.finished.wait(), 10)
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
    await asyncio.wait_for(server.finished.wait(), 10)
    [response] = server.responses
    assert isinstance(response, SentResponse)
    assert response.cut_off


async def test_a_file_that_is_gone_or_of_another_size_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    images = OpenImages()
    path = tmp_path / "image"
    for content in (None, b"longer than it was"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StoredFileGone):
            await images.take(StoredFile(path, 5, "ab" * 32, 0))


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


def test_delivery_closes_what_it_holds() -> None:
    images = OpenImages()
    delivery = ImageDelivery(cache_control="no-store", report_progress=lambda _progress: None, images=images)
    delivery.close()
    assert images.take_ready(StoredFile(Path("x"), 1, "00", 0)) is None
