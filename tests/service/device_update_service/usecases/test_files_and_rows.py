"""A row never names a file that is not there, whatever is done in whatever order and whatever fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.administered_store import AdministeredStore
from tests.support.stores import open_stores

from device_update_contract.administration.server import PurgeRequest
from device_update_service.storage import tables
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.rules.image_records import (
    delete_unreferenced_images,
    orphaned_images,
    referenced_images,
)
from device_update_service.usecases.packages import PackageRefused
from device_update_service.usecases.purging import purge

VERSIONS = ("1.0", "2.0", "3.0")
steps = st.one_of(
    st.tuples(st.just("import"), st.sampled_from(("A", "B")), st.sampled_from(VERSIONS), st.sampled_from(("x", "y"))),
    st.tuples(st.sampled_from(("approve", "reject", "rollback", "remove")), st.sampled_from(("A", "B"))),
    st.tuples(st.sampled_from(("purge", "sweep"))),
)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdministeredStore]:
    root: Path = tmp_path_factory.mktemp("data")
    with open_stores(root) as stores:
        work = root / "work"
        work.mkdir()
        yield AdministeredStore(stores, work)


def _carry_out(store: AdministeredStore, rules: dict[str, str], step: tuple[str, ...]) -> None:
    match step:
        case ("import", model, version, content):
            with suppress(PackageRefused):
                rules[model] = store.import_version(version, model=model, content=content)
        case ("purge",):
            store.change(partial(purge, PurgeRequest(what="updates"), actor=store.actor, now=store.now))
        case ("sweep",):
            _sweep(store)
        case (verb, model):
            if model in rules:
                store.verb(verb, rules[model])


def _sweep(store: AdministeredStore) -> None:
    images = store.stores.images
    orphans = store.stores.read(partial(orphaned_images, images))
    store.stores.write(partial(delete_unreferenced_images, images, orphans))


@settings(max_examples=15, deadline=None)
@given(st.lists(steps, max_size=12))
def test_every_file_that_a_row_names_is_there_after_any_steps(
    shared_store: AdministeredStore, taken: list[tuple[str, ...]]
) -> None:
    store, rules = shared_store, dict[str, str]()
    for step in taken:
        store.pass_hours(13)
        _carry_out(store, rules, step)
        named = store.stores.read(referenced_images)
        assert named <= set(store.stores.images.names())
        if step[0] in {"purge", "sweep"}:
            assert named == set(store.stores.images.names())
    for rule in rules.values():
        versions = [version for version in store.slots(rule) if version is not None]
        assert len(set(versions)) == len(versions)


def test_an_import_that_meets_a_full_disk_leaves_no_row_and_only_orphans_to_sweep(store: AdministeredStore) -> None:
    pages = store.stores.write(lambda: _pragma("page_count"))
    store.stores.write(lambda: _pragma(f"max_page_count = {pages}"))
    updates = [replace(store.update("1.0", model=model), description=model * 50_000) for model in ("CX1", "CX2")]
    with pytest.raises(StorageUnavailable):
        store.import_(*updates)
    assert store.stores.read(lambda: (tables.Package.select().count(), tables.RuleUpdate.select().count())) == (0, 0)
    store.stores.write(lambda: _pragma("max_page_count = 1000000"))
    _sweep(store)
    assert store.stores.images.names() == []
    assert store.import_version("1.0") == "1"


def _pragma(text: str) -> int:
    return int(tables.DATABASE.execute_sql(f"PRAGMA {text}").fetchone()[0])
