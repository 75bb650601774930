from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.answering_sites import until
from tests.support.image_server import stored_file

from device_update_service.web.images.open_images import OpenImages, StoredFile, StoredFileGone

SMALL_LIMIT = 100


@pytest.fixture
def images() -> OpenImages:
    return OpenImages(open_files=2, memory_bytes=250, small_file_bytes=SMALL_LIMIT)


def file_of(folder: Path, name: str, size: int) -> StoredFile:
    path = folder / name
    path.write_bytes(name.encode() * (size // len(name)))
    return stored_file(path)


def is_open(descriptor: int, file: StoredFile) -> bool:
    link = Path(f"/proc/self/fd/{descriptor}")
    return link.is_symlink() and str(link.readlink()).removesuffix(" (deleted)") == str(file.path)


def times_open(file: StoredFile) -> int:
    return sum(is_open(int(entry.name), file) for entry in Path("/proc/self/fd").iterdir())


async def test_small_files_are_held_in_memory_and_large_ones_open(images: OpenImages, tmp_path: Path) -> None:
    small = await images.take(file_of(tmp_path, "a", SMALL_LIMIT))
    large = await images.take(file_of(tmp_path, "b", SMALL_LIMIT + 1))
    assert (small.content, small.descriptor) == (b"a" * SMALL_LIMIT, -1)
    assert large.content is None
    assert os.pread(large.descriptor, 3, 0) == b"bbb"
    images.close()
    large.release()


async def test_a_second_request_shares_the_descriptor_without_waiting(images: OpenImages, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a", 500)
    assert images.take_ready(file) is None
    first = await images.take(file)
    assert images.take_ready(file) is first
    first.release()
    first.release()
    images.close()
    assert first.descriptor == -1


async def test_requests_at_the_same_time_end_with_one_descriptor(images: OpenImages, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a", 500)
    taken = await asyncio.gather(*(images.take(file) for _ in range(5)))
    assert len(set(map(id, taken))) == 1
    assert times_open(file) == 1
    for image in taken:
        image.release()
    images.close()


async def test_an_evicted_descriptor_is_closed_after_its_last_transfer(images: OpenImages, tmp_path: Path) -> None:
    oldest = file_of(tmp_path, "a", 500)
    in_use = await images.take(oldest)
    descriptor = in_use.descriptor
    for name in "bc":
        (await images.take(file_of(tmp_path, name, 500))).release()
    assert images.take_ready(oldest) is None
    assert is_open(descriptor, oldest)
    in_use.release()
    assert not is_open(descriptor, oldest)
    images.close()


async def test_the_least_recently_used_is_evicted(images: OpenImages, tmp_path: Path) -> None:
    first, second, third = (file_of(tmp_path, name, 500) for name in "abc")
    for file in (first, second, first, third):
        (await images.take(file)).release()
    kept = images.take_ready(first)
    assert kept is not None
    kept.release()
    assert images.take_ready(second) is None
    images.close()


async def test_memory_is_bounded_by_bytes(images: OpenImages, tmp_path: Path) -> None:
    files = [file_of(tmp_path, name, SMALL_LIMIT) for name in "abc"]
    for file in files:
        (await images.take(file)).release()
    assert [images.take_ready(file) is not None for file in files] == [False, True, True]
    images.forget(files[1].sha256)
    for file in (files[0], files[2]):
        (await images.take(file)).release()
    assert images.take_ready(files[0]) is not None


async def test_a_forgotten_file_is_closed_and_a_purged_one_not_opened_again(images: OpenImages, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a", 500)
    image = await images.take(file)
    descriptor = image.descriptor
    images.forget(file.sha256)
    assert is_open(descriptor, file)
    image.release()
    assert not is_open(descriptor, file)
    assert images.take_ready(file) is None


async def test_a_file_forgotten_while_it_is_opened_is_not_kept(images: OpenImages, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a", 500)
    opening = asyncio.ensure_future(images.take(file))
    await asyncio.sleep(0)
    images.forget(file.sha256)
    image = await opening
    descriptor = image.descriptor
    assert images.take_ready(file) is None
    image.release()
    assert not is_open(descriptor, file)


async def test_a_request_cancelled_while_opening_leaves_nothing_open(images: OpenImages, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a", 500)
    opening = asyncio.ensure_future(images.take(file))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    following = await images.take(file)
    following.release()
    images.close()
    await until(lambda: times_open(file) == 0)


async def test_a_file_that_is_gone_or_of_another_size_is_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    images = OpenImages()
    path = tmp_path / "image"
    for content in (None, b"longer than it was"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StoredFileGone):
            await images.take(StoredFile(path, 5, "ab" * 32, 0))
