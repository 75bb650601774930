"""The content-addressed image store: a file is complete or not there (design decision 5)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.image_store import ImageStore

CONTENT = b"an image"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    (tmp_path / "images").mkdir()
    return ImageStore(tmp_path / "images")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "unpacked"
    source.write_bytes(CONTENT)
    return source


def test_an_adopted_file_is_where_its_hash_says_and_no_longer_where_it_was(store: ImageStore, source: Path) -> None:
    store.make_durable(source)
    store.adopt(source, SHA256)
    assert store.path(SHA256).read_bytes() == CONTENT
    assert store.path(SHA256).parent.name == SHA256[:2]
    assert not source.exists()
    assert (store.names(), store.size()) == ([SHA256], (1, len(CONTENT)))


def test_a_file_that_is_there_already_is_kept_and_the_other_copy_goes(store: ImageStore, source: Path) -> None:
    store.adopt(source, SHA256)
    kept = store.path(SHA256).stat()
    source.write_bytes(CONTENT)
    store.adopt(source, SHA256)
    assert store.path(SHA256).stat().st_ino == kept.st_ino
    assert not source.exists()
    assert store.size() == (1, len(CONTENT))


def test_a_file_that_is_gone_before_it_is_durable_or_adopted_is_refused(store: ImageStore, source: Path) -> None:
    source.unlink()
    for act in (lambda: store.make_durable(source), lambda: store.adopt(source, SHA256)):
        with pytest.raises(StorageUnavailable, match="The image store cannot take the file"):
            act()
    assert store.names() == []


def test_a_store_that_can_not_take_a_file_leaves_it_where_it_was(store: ImageStore, source: Path) -> None:
    store.path(SHA256).parent.write_text("in the way")
    with pytest.raises(StorageUnavailable, match="The image store cannot take the file"):
        store.adopt(source, SHA256)
    assert source.read_bytes() == CONTENT


def test_deleting_what_is_gone_already_is_no_error(store: ImageStore, source: Path) -> None:
    store.adopt(source, SHA256)
    store.delete([SHA256, "ff" * 32])
    store.delete([SHA256])
    assert (store.names(), store.size()) == ([], (0, 0))
