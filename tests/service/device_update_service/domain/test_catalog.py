"""Which rules match a check (contract 2.2) and which files are served (contract 3.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.sample_rules import CX700, FIRST, NOW, SECOND, THIRD, rule, update

from device_update_contract.device_classes import DeviceClass
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot, IdentifierType, SupersededUpdate, TestDevice
from device_update_service.domain.rules import Rule

CLASS = ("UCPhone", "Polycom", "CX700", "A", "ENU")


def of_brand(brand: str, *, number: int, vendor: str = "Polycom", update_type: str = "CPE") -> Rule:
    return rule(
        number=number,
        approved=FIRST,
        vendor=vendor,
        update_type=update_type,
        device_class=DeviceClass("UCPhone", brand, "CX700", "A", "ENU"),
    )


def matching(catalog: CatalogSnapshot, vendor: str = "polycom", device_type: str = "ucphone") -> list[int]:
    return [one.rule.id for one in catalog.prepared_rules(device_type, vendor, "cx700", "a", "enu")]


def test_the_checks_vendor_is_the_rules_brand_without_regard_to_case() -> None:
    assert matching(CatalogSnapshot(1, [rule(number=5)])) == [5]


def test_the_rules_vendor_counts_only_when_no_brand_matches() -> None:
    aastra = of_brand("Aastra", number=2)
    assert matching(CatalogSnapshot(1, [rule(number=1), aastra])) == [1]
    assert matching(CatalogSnapshot(1, [aastra])) == [2]
    assert matching(CatalogSnapshot(1, [rule(number=1, removed=True), aastra])) == [2]


def test_a_brand_that_matches_one_update_type_keeps_vendors_out_of_the_others() -> None:
    assert matching(CatalogSnapshot(1, [rule(number=1), of_brand("Aastra", number=2, update_type="Boot")])) == [1]


def test_of_several_rules_by_vendor_with_one_update_type_the_smallest_brand_counts() -> None:
    rules = [of_brand("HP", number=1), of_brand("aastra", number=2), of_brand("LG", number=3, update_type="Boot")]
    assert matching(CatalogSnapshot(1, rules)) == [3, 2]
    assert matching(CatalogSnapshot(1, reversed(rules))) == [3, 2]


def test_rules_come_in_the_order_of_update_type() -> None:
    rules = [rule(number=1, update_type="c"), rule(number=2, update_type="B"), rule(number=3, update_type="a")]
    assert matching(CatalogSnapshot(1, rules)) == [3, 2, 1]


@pytest.mark.parametrize("field", ["device_type", "model", "revision", "locale"])
def test_each_other_field_of_the_class_has_to_be_equal(field: str) -> None:
    other = rule(device_class=replace(CX700, **{field: "other"}))
    assert matching(CatalogSnapshot(1, [other])) == []


def test_removed_rules_match_nothing_but_are_still_found_by_id() -> None:
    catalog = CatalogSnapshot(3, [rule(number=9, removed=True)])
    assert matching(catalog) == []
    assert catalog.rule(9) is not None
    assert catalog.rule(10) is None


def test_classes_that_no_rule_matches_leave_nothing_in_memory() -> None:
    catalog = CatalogSnapshot(1, [rule()])
    assert matching(catalog, vendor="hostile") == []
    assert matching(catalog) == [1]
    assert list(catalog._prepared) == ["ucphone\npolycom\ncx700\na\nenu"]


def test_test_devices_are_named_by_mac_or_by_serial() -> None:
    catalog = CatalogSnapshot(
        1,
        test_devices=[
            TestDevice(1, "a", IdentifierType.MAC, "00-04-F2-00-01-76"),
            TestDevice(2, "b", IdentifierType.SERIAL, "abc-1"),
        ],
    )
    assert catalog.is_test_device("00-04-F2-00-01-76", None)
    assert catalog.is_test_device(None, "ABC-1")
    assert catalog.is_test_device("00-04-F2-00-01-77", "aBc-1")
    assert not catalog.is_test_device("00-04-F2-00-01-77", "abc-2")
    assert not catalog.is_test_device(None, None)
    assert not catalog.is_test_device("ABC-1", "00-04-F2-00-01-76")


@pytest.mark.parametrize("holding", [rule(pending=FIRST), rule(approved=FIRST), rule(restore=FIRST)])
def test_a_version_in_any_slot_is_served_in_any_spelling(holding: Rule) -> None:
    catalog = CatalogSnapshot(1, [holding])
    path = ("ucphone", "POLYCOM", "cx700", "a", "enu")
    found = catalog.find_file(path, Version.parse("1.0.522.0101"), "cpe", "cpe.NBT", NOW)
    assert found is not None
    assert (found.name, found.is_signature, found.serve_until) == ("CPE.nbt", False, None)
    assert (found.sha256, found.size) == (update(FIRST).files[0].sha256, 30_000_000)


def test_the_signature_is_served_beside_its_image() -> None:
    found = CatalogSnapshot(1, [rule(approved=FIRST)]).find_file(CLASS, FIRST, "CPE", "CPE.cat", NOW)
    assert found is not None
    assert (found.is_signature, found.size) == (True, 2000)
    assert found.sha256 == update(FIRST).files[0].signature_sha256


@pytest.mark.parametrize(
    ("version", "update_type", "name"),
    [(SECOND, "CPE", "CPE.nbt"), (FIRST, "Boot", "CPE.nbt"), (FIRST, "CPE", "other.nbt")],
)
def test_what_no_slot_refers_to_is_not_served(version: Version, update_type: str, name: str) -> None:
    catalog = CatalogSnapshot(1, [rule(approved=FIRST)])
    assert catalog.find_file(CLASS, version, update_type, name, NOW) is None


def test_a_replaced_version_is_served_until_its_grace_ends() -> None:
    old = SupersededUpdate(1, update(FIRST), NOW + timedelta(hours=24))
    catalog = CatalogSnapshot(1, [rule(approved=SECOND)], superseded=[old])
    found = catalog.find_file(CLASS, FIRST, "CPE", "CPE.nbt", NOW + timedelta(hours=23))
    assert found is not None
    assert found.serve_until == old.serve_until
    assert catalog.find_file(CLASS, FIRST, "CPE", "CPE.nbt", NOW + timedelta(hours=24)) is None


def test_a_slot_serves_a_version_on_after_its_grace_ended() -> None:
    old = SupersededUpdate(1, update(FIRST), NOW - timedelta(hours=1))
    catalog = CatalogSnapshot(1, [rule(approved=THIRD, restore=FIRST)], superseded=[old])
    assert catalog.find_file(CLASS, FIRST, "CPE", "CPE.nbt", NOW) is not None


def test_a_removed_rule_serves_nothing_even_within_a_grace() -> None:
    old = SupersededUpdate(1, update(FIRST), NOW + timedelta(hours=24))
    catalog = CatalogSnapshot(1, [rule(removed=True)], superseded=[old])
    assert catalog.find_file(CLASS, FIRST, "CPE", "CPE.nbt", NOW) is None
