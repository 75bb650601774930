from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.support.administered_store import AdministeredStore
from tests.support.stores import open_stores

from device_update_contract.administration.devices import NewTestDevice
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.storage.rules.catalog_records import bump_generation, catalog_generation, load_catalog
from device_update_service.usecases.settings import change_settings
from device_update_service.usecases.test_devices import add_test_device

OLD, NEW = "4.0.7577.4366", "4.0.7577.4387"


def _facts(catalog: CatalogSnapshot) -> tuple[object, ...]:
    return catalog.generation, catalog.rules, catalog.test_devices, catalog.settings, catalog.superseded


def test_a_new_store_has_an_empty_catalog(store: AdministeredStore) -> None:
    catalog = store.catalog()
    assert (catalog.rules, catalog.test_devices, catalog.superseded) == ((), (), ())
    assert catalog.generation == store.stores.read(catalog_generation) == 1


def test_each_generation_has_its_own_number(store: AdministeredStore) -> None:
    assert [store.stores.write(bump_generation) for _ in range(3)] == [2, 3, 4]
    assert store.catalog().generation == 4


def test_a_bump_that_is_rolled_back_never_was(store: AdministeredStore) -> None:
    def fail() -> None:
        bump_generation()
        raise ValueError

    assert isinstance(store.stores.database.write(fail).exception(10), ValueError)
    assert store.stores.read(catalog_generation) == 1


def test_the_catalog_is_the_same_after_the_store_was_closed_and_opened(tmp_path: Path) -> None:
    with open_stores(tmp_path / "data") as stores:
        (tmp_path / "data" / "work").mkdir()
        store = AdministeredStore(stores, tmp_path / "data" / "work")
        rule = store.import_version(OLD)
        store.verb("approve", rule)
        store.import_version(NEW)
        store.import_version("5.0")
        new = NewTestDevice(name="Reception", identifier_type="serial", identifier="Ab1")
        store.change(partial(add_test_device, new, actor=store.actor, now=store.now))
        store.change(partial(change_settings, {"check_interval_seconds": 600}, actor=store.actor))
        before = _facts(store.catalog())
    with open_stores(tmp_path / "data") as stores:
        after = stores.read(load_catalog)
    assert _facts(after) == before
    assert [(old.update.version.text, old.rule_id) for old in after.superseded] == [(NEW, int(rule))]
    assert after.is_test_device(None, "AB1")
    assert after.settings.check_interval_seconds == 600
