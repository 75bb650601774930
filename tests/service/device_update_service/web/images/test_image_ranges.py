from __future__ import annotations

import asyncio

import pytest
from tests.support.image_client import Connection, covered
from tests.support.image_server import MODIFIED, SMALL, StartServer

from device_update_service.web.images.open_images import StoredFile


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
        for value in (tag, "W/" + tag, '"other"', MODIFIED, "Tue, 16 Apr 2013 00:00:01 GMT")
    ]
    await client.close()
    assert statuses == [206, 200, 200, 206, 200]


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
