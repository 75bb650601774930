from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.packages import PackageQuery
from device_update_contract.administration.server import PurgeRequest
from device_update_contract.findings import FindingCode, finding
from device_update_service.packages.package_inspection import PackageInspection
from device_update_service.storage import tables
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.rules.image_records import orphaned_images, referenced_images
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.packages import (
    PackageRefused,
    UploadedPackage,
    import_package,
    list_packages,
    preview_import,
    show_package,
)
from device_update_service.usecases.purging import purge
from device_update_service.usecases.record_ids import UnknownRecord
from device_update_service.usecases.settings import change_settings

OLD, NEW = "4.0.7577.4366", "4.0.7577.4387"


def _codes(package: object) -> list[str]:
    return [found.code for found in package.findings]  # type: ignore[attr-defined]


def _effects(package: object) -> list[tuple[str, str]]:
    return [(update.version, update.effect) for update in package.updates]  # type: ignore[attr-defined]


def _set(store: AdministeredStore, **values: object) -> None:
    store.change(partial(change_settings, values, actor=store.actor))


def test_an_imported_version_is_pending_and_its_files_are_stored(store: AdministeredStore) -> None:
    package = store.import_(store.update(OLD), name="ucupdates.cab")
    assert (package.name, package.account, package.imported_at) == ("ucupdates.cab", "kenmyer", store.now)
    assert _effects(package) == [(OLD, "pending")]
    assert [file.name for file in package.updates[0].files] == ["CPE.nbt"]
    assert store.stores.read(partial(show_package, package.id)) == package
    assert set(store.stores.images.names()) == store.stores.read(referenced_images)
    assert len(store.stores.images.names()) == 2
    assert store.outcome is not None
    assert store.outcome.changes == (Change("package-imported", ["1"]), Change("rules-changed", ["1"]))


def test_the_preview_says_what_the_import_then_does_and_changes_nothing(store: AdministeredStore) -> None:
    store.import_version(OLD)
    generation = store.catalog().generation
    inspection = PackageInspection((), (store.update(NEW), store.update(OLD, model="CX600")))
    preview = store.stores.read(partial(preview_import, inspection, actor=store.actor, now=store.now))
    assert [(update.rule_id, update.effect) for update in preview.updates] == [
        ("1", "replaced-pending"),
        (None, "pending"),
    ]
    assert [found.code for found in preview.findings] == ["replaced-pending"]
    assert not preview.is_refused
    assert store.catalog().generation == generation
    assert store.slots("1") == (OLD, None, None)
    package = store.import_(*inspection.updates)
    assert (package.findings, _effects(package)) == (preview.findings, _effects(preview))


@pytest.mark.parametrize("purged", [False, True])
def test_a_version_never_changes_its_content_even_after_a_purge(store: AdministeredStore, purged: bool) -> None:
    rule = store.import_version(OLD)
    store.verb("reject", rule)
    if purged:
        store.change(partial(purge, PurgeRequest(what="updates"), actor=store.actor, now=store.now))
        assert store.stores.images.names() == []
    before = store.rule(rule)
    files = store.stores.images.names()
    with pytest.raises(PackageRefused) as refused:
        store.import_(store.update("4.0.7577.04366", content="other"), store.update(NEW, model="CX600"))
    assert [found.code for found in refused.value.findings] == ["version-content-differs"]
    assert [update.effect for update in refused.value.updates] == ["refused", "refused"]
    assert store.rule(rule) == before
    assert store.stores.images.names() == files
    assert store.stores.read(partial(list_packages, PackageQuery())).total == 1


def test_a_version_whose_signature_differs_has_other_content(store: AdministeredStore) -> None:
    store.import_version(OLD)
    with pytest.raises(PackageRefused):
        store.import_(store.update(OLD, signature=False))


def test_any_error_of_the_inspection_refuses_the_whole_package(store: AdministeredStore) -> None:
    error = finding(FindingCode.MISSING_FILE, source="a.nbt", name="a.nbt")
    warning = finding(FindingCode.UNUSED_FILE, name="readme.txt")
    inspection = PackageInspection((error, warning), (store.update(OLD),))
    package = UploadedPackage("p.cab", 1, "ab" * 32)
    job = partial(import_package, inspection, package, images=store.stores.images, actor=store.actor, now=store.now)
    with pytest.raises(PackageRefused) as refused:
        store.stores.write(job)
    assert refused.value.code == "package-refused"
    assert [found.severity for found in refused.value.findings] == ["error", "warning"]
    assert "a.nbt" in refused.value.sentence
    assert store.stores.images.names() == []
    assert store.stores.read(lambda: tables.Rule.select().count()) == 0


def test_importing_what_is_pending_or_approved_changes_nothing_but_is_recorded(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    number = store.rule(rule).change_number
    assert _effects(store.import_(store.update(OLD))) == [(OLD, "unchanged")]
    assert store.rule(rule).change_number == number
    assert store.outcome is not None
    assert store.outcome.changes == (Change("package-imported", ["2"]),)
    store.verb("approve", rule)
    again = store.import_(store.update(OLD))
    assert (_effects(again), _codes(again)) == ([(OLD, "already-approved")], ["already-approved"])
    assert store.stores.read(partial(list_packages, PackageQuery())).total == 3
    assert store.stores.read(partial(orphaned_images, store.stores.images)) == []


def test_an_older_version_than_the_approved_one_is_imported_with_a_warning(store: AdministeredStore) -> None:
    rule = store.import_version(NEW)
    store.verb("approve", rule)
    package = store.import_(store.update(OLD))
    assert (_effects(package), _codes(package)) == ([(OLD, "pending")], ["older-than-approved"])
    assert package.findings[0].parameters["approved"] == NEW
    assert store.slots(rule) == (OLD, NEW, None)


def test_a_replaced_pending_version_is_served_for_its_grace(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.import_version(NEW)
    assert store.slots(rule) == (NEW, None, None)
    assert store.is_served(OLD)
    store.pass_hours(24)
    assert not store.is_served(OLD)


def test_the_first_spelling_of_a_class_is_the_one_displayed(store: AdministeredStore) -> None:
    rule = store.import_version(OLD, brand="Polycom", model="CX700")
    assert store.import_version(NEW, brand="POLYCOM", model="cx700") == rule
    shown = store.rule(rule)
    assert (shown.brand, shown.model, shown.vendor) == ("Polycom", "CX700", "Polycom")
    other = store.rule(store.import_version(OLD, brand="polycom", model="CX600"))
    assert (other.brand, other.model, other.vendor) == ("Polycom", "CX600", "Polycom")


def test_an_import_with_another_vendor_changes_the_rules_vendor(store: AdministeredStore) -> None:
    rule = store.import_version(OLD, vendor="Polycom")
    store.import_version(OLD, vendor="Contoso")
    assert store.rule(rule).vendor == "Contoso"


def test_of_two_versions_for_one_rule_the_later_ends_pending_whatever_their_order(store: AdministeredStore) -> None:
    package = store.import_(store.update(NEW), store.update(OLD))
    assert _effects(package) == [(OLD, "pending"), (NEW, "replaced-pending")]
    assert store.slots("1") == (NEW, None, None)
    with pytest.raises(PackageRefused):
        store.import_(store.update(OLD, content="other"))


@pytest.mark.parametrize("approved", [False, True])
def test_a_package_never_replaces_the_newest_version_it_brings_by_an_older_one(
    store: AdministeredStore, approved: bool
) -> None:
    rule = store.import_version(NEW)
    if approved:
        store.verb("approve", rule)
    before = store.slots(rule)
    package = store.import_(store.update(OLD), store.update(NEW))
    assert dict(_effects(package)) == {OLD: "unchanged", NEW: "already-approved" if approved else "unchanged"}
    assert store.slots(rule) == before
    assert store.stores.read(partial(orphaned_images, store.stores.images)) == []


def test_one_package_holds_updates_of_many_rules(store: AdministeredStore) -> None:
    package = store.import_(
        store.update(OLD), store.update(OLD, model="CX600"), store.update(OLD, update_type="Config")
    )
    assert [update.rule_id for update in package.updates] == ["1", "2", "3"]
    assert len(store.stores.images.names()) == 2  # the same content thrice


def test_deploy_on_import_approves_and_says_so_and_keeps_what_devices_had(store: AdministeredStore) -> None:
    rule = store.import_version("1.0", device_type="RoundTable")
    store.verb("approve", rule)
    _set(store, deploy_on_import=["roundtable"])
    package = store.import_(
        store.update("2.0", device_type="RoundTable"),
        store.update("3.0", device_type="RoundTable"),
        store.update("3.0", device_type="UCPhone"),
    )
    assert _effects(package) == [("2.0", "pending"), ("3.0", "approved"), ("3.0", "pending")]
    assert store.slots(rule) == (None, "3.0", "1.0")


def test_deploy_on_import_approves_nothing_where_an_import_changes_nothing(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    _set(store, deploy_on_import=["UCPhone"])
    assert _effects(store.import_(store.update(OLD))) == [(OLD, "unchanged")]
    assert store.slots(rule) == (OLD, None, None)


def test_a_purged_version_comes_back_when_it_is_imported_again(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.verb("reject", rule)
    store.change(partial(purge, PurgeRequest(what="updates"), actor=store.actor, now=store.now))
    assert store.stores.images.names() == []
    store.import_version(OLD)
    assert store.slots(rule) == (OLD, None, None)
    assert store.is_served(OLD)
    assert store.verb("approve", rule).refused == []


def test_a_failed_import_leaves_no_row_and_only_orphans(store: AdministeredStore) -> None:
    good, lost = store.update(OLD), store.update(NEW, model="CX600")
    lost.files[0].content.unlink()
    with pytest.raises(StorageUnavailable):
        store.stores.write(
            partial(
                import_package,
                PackageInspection((), (good, lost)),
                UploadedPackage("p.cab", 1, "ab" * 32),
                images=store.stores.images,
                actor=store.actor,
                now=store.now,
            )
        )
    assert store.stores.read(lambda: (tables.Rule.select().count(), tables.Package.select().count())) == (0, 0)
    orphans = store.stores.read(partial(orphaned_images, store.stores.images))
    assert sorted(store.stores.images.names()) == orphans


def test_an_import_brings_back_a_file_that_the_disk_has_lost(store: AdministeredStore) -> None:
    store.import_version(OLD)
    store.stores.images.delete(store.stores.images.names())
    store.import_version(OLD)
    assert store.is_served(OLD)


def test_packages_are_listed_newest_first_and_found_by_name_and_account(store: AdministeredStore) -> None:
    for number, name in enumerate(["b.cab", "A.cab", "c%.cab"]):
        store.import_(store.update(f"1.{number}"), name=name)
        store.pass_hours(1)

    def names(**fields: object) -> list[str]:
        query = PackageQuery.model_validate(fields)
        return [package.name for package in store.stores.read(partial(list_packages, query)).items]

    assert names() == ["c%.cab", "A.cab", "b.cab"]
    assert names(sort="name") == ["A.cab", "b.cab", "c%.cab"]
    assert names(sort="imported_at") == ["b.cab", "A.cab", "c%.cab"]
    assert names(search="%") == ["c%.cab"]
    assert names(account="KenMyer", search="a.") == ["A.cab"]
    assert names(account="nobody") == []
    first = store.stores.read(partial(list_packages, PackageQuery(sort="name", limit=1)))
    assert names(sort="name", limit=2, after=first.next) == ["b.cab", "c%.cab"]


def test_an_unknown_package_is_told_so(store: AdministeredStore) -> None:
    with pytest.raises(UnknownRecord):
        store.stores.read(partial(show_package, "1"))


def test_files_that_share_one_unpacked_content_are_imported(store: AdministeredStore) -> None:
    update = store.update(OLD)
    twin = replace(update.files[0], name="CPE2.nbt")
    store.import_(replace(update, files=(*update.files, twin)))
    rule = store.rule("1")
    assert rule.pending is not None
    assert [file.name for file in rule.pending.files] == ["CPE.nbt", "CPE2.nbt"]
    assert len(store.stores.images.names()) == 2
