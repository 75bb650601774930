from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.image_server import ImageServer, stored_file

from device_update_service.web.images.open_images import StoredFile

SIZE = 3_000_017


@pytest.fixture
def image(tmp_path: Path) -> StoredFile:
    path = tmp_path / "image.nbt"
    path.write_bytes(bytes(range(251)) * (SIZE // 251) + b"x" * (SIZE % 251))
    return stored_file(path)


@pytest.fixture
async def url(image: StoredFile) -> AsyncIterator[str]:
    server = ImageServer({"image.nbt": image})
    await server.start()
    yield f"http://127.0.0.1:{server.port}/image.nbt"
    await server.stop()


async def curl(*arguments: str | Path) -> bytes:
    """What curl prints; fails when it does not end with 0."""
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--fail", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output


async def test_curl_resumes_a_download_that_was_cut(url: str, image: StoredFile, tmp_path: Path) -> None:
    content = image.path.read_bytes()
    target = tmp_path / "resumed"
    target.write_bytes(content[:1_234_567])
    status = await curl("-C", "-", "-o", target, "-w", "%{http_code} %{size_download}", url)
    assert status.decode() == f"206 {SIZE - 1_234_567}"
    assert target.read_bytes() == content


async def test_curl_reads_several_ranges(url: str, image: StoredFile) -> None:
    content = image.path.read_bytes()
    body = await curl("-r", "0-9,20-29", url)
    boundary = body.split(b"\r\n", 1)[0]
    assert body.count(boundary) == 3
    assert body.endswith(boundary + b"--\r\n")
    for first, last in ((0, 9), (20, 29)):
        assert f"Content-Range: bytes {first}-{last}/{SIZE}\r\n\r\n".encode() + content[first : last + 1] in body


async def test_curl_sees_the_headers_without_the_body(url: str, image: StoredFile) -> None:
    lines = (await curl("-I", "-r", "0-9", url)).decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert f"Content-Length: {SIZE}" in lines
    assert f'ETag: "{image.sha256}"' in lines


async def test_curl_downloads_only_what_is_newer(url: str, image: StoredFile, tmp_path: Path) -> None:
    target = tmp_path / "downloaded"
    fresh = await curl("-z", "Mon, 15 Apr 2013 00:00:00 GMT", "-o", target, "-w", "%{http_code}", url)
    assert fresh == b"200"
    assert target.read_bytes() == image.path.read_bytes()
    known = await curl("-z", "Wed, 17 Apr 2013 00:00:00 GMT", "-w", "%{http_code}", url)
    assert known == b"304"


async def test_curl_keeps_an_entity_tag_for_the_next_time(url: str, tmp_path: Path) -> None:
    tag = tmp_path / "tag"
    await curl("--etag-save", tag, "-o", tmp_path / "first", url)
    assert await curl("--etag-compare", tag, "-w", "%{http_code}", url) == b"304"


async def test_curl_downloads_over_http_1_0(url: str, image: StoredFile) -> None:
    assert await curl("--http1.0", url) == image.path.read_bytes()
