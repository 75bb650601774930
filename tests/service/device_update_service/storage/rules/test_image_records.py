from __future__ import annotations

from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.server import PurgeRequest
from device_update_service.storage.rules.image_records import delete_unreferenced_images, orphaned_images
from device_update_service.usecases.purging import purge

OLD = "4.0.7577.4366"


def _orphan(store: AdministeredStore, digit: str) -> str:
    path = store.work / "orphan"
    path.write_bytes(b"left behind")
    store.stores.images.adopt(path, digit * 64)
    return digit * 64


def test_only_files_that_no_stored_update_names_are_orphans(store: AdministeredStore) -> None:
    store.import_version(OLD)
    orphans = [_orphan(store, "e"), _orphan(store, "f")]
    assert store.stores.read(partial(orphaned_images, store.stores.images)) == orphans


def test_a_file_that_a_stored_update_names_is_never_deleted(store: AdministeredStore) -> None:
    store.import_version(OLD)
    kept = store.stores.images.names()
    orphan = _orphan(store, "f")
    names = [*kept, orphan, "0" * 64]
    deleted = store.stores.write(partial(delete_unreferenced_images, store.stores.images, names))
    assert (deleted, sorted(store.stores.images.names())) == (2, sorted(kept))


def test_a_file_that_a_purge_set_free_but_an_import_took_up_again_stays(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.verb("reject", rule)
    purged = store.stores.write(partial(purge, PurgeRequest(what="updates"), actor=store.actor, now=store.now))
    assert len(purged.deleted_images) == 2
    store.import_version(OLD)
    delete = partial(delete_unreferenced_images, store.stores.images, purged.deleted_images)
    assert store.stores.write(delete) == 0
    assert store.is_served(OLD)


@pytest.mark.parametrize("verb", ["reject", "remove"])
def test_files_of_versions_out_of_every_slot_stay_until_a_purge(store: AdministeredStore, verb: str) -> None:
    rule = store.import_version(OLD)
    store.verb(verb, rule)
    assert store.stores.read(partial(orphaned_images, store.stores.images)) == []
