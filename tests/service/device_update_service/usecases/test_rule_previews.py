from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.devices import NewTestDevice
from device_update_contract.administration.rules import Rule, RulePreview
from device_update_service.usecases.test_devices import add_test_device

OLD, MIDDLE, NEW = "1.0", "2.0", "3.0"
SIZE = len("image 2.0")


def _test_device(store: AdministeredStore, mac: str) -> None:
    new = NewTestDevice(name=mac, identifier_type="mac", identifier=mac)
    store.change(partial(add_test_device, new, actor=store.actor, now=store.now))


def _mac(number: int) -> str:
    return f"00-04-F2-00-00-{number:02X}"


def _preview(store: AdministeredStore, verb: str, rule: str, **fields: object) -> RulePreview:
    before = store.rule(rule)
    generation = store.catalog().generation
    answer = store.verb(verb, rule, preview=True, **fields)  # type: ignore[arg-type]
    assert store.rule(rule) == before
    assert store.catalog().generation == generation
    assert store.outcome is not None
    assert (store.outcome.changes, store.outcome.catalog_changed) == ((), False)
    assert answer.preview is not None
    (preview,) = answer.preview
    assert preview.rule == before
    assert answer.changed == [before]
    return preview


@pytest.fixture
def rule(store: AdministeredStore) -> str:
    """OLD approved, MIDDLE pending; devices with OLD, MIDDLE, NEW, an unknown version, and a retired one."""
    rule = store.import_version(OLD)
    store.verb("approve", rule)
    store.import_version(MIDDLE)
    for number, installed in enumerate([OLD, OLD, MIDDLE, NEW, None]):
        store.add_device(_mac(number), installed)
    store.add_device(_mac(99), OLD, status="retired")
    store.add_device(_mac(100), OLD, model="CX600")
    return rule


def test_a_rule_counts_the_devices_behind_it_without_retired_ones(store: AdministeredStore, rule: str) -> None:
    shown = store.rule(rule)
    assert (shown.devices_matching, shown.devices_on_pending, shown.devices_on_approved) == (5, 1, 2)
    assert shown.devices_on_restore == 0


def test_the_preview_of_an_approval_counts_who_must_install_and_for_whom_it_is_older(
    store: AdministeredStore, rule: str
) -> None:
    preview = _preview(store, "approve", rule)
    assert (preview.version, preview.devices_affected, preview.downgrades) == (MIDDLE, 4, 1)
    assert preview.bytes == 4 * SIZE


def test_the_preview_of_a_rejection_counts_the_test_devices_that_go_back(store: AdministeredStore, rule: str) -> None:
    _test_device(store, _mac(2))
    _test_device(store, _mac(0))
    preview = _preview(store, "reject", rule)
    assert (preview.version, preview.devices_affected, preview.downgrades) == (MIDDLE, 1, 1)


def test_the_preview_of_a_roll_back_leaves_test_devices_on_what_stays_pending(
    store: AdministeredStore, rule: str
) -> None:
    store.verb("approve", rule)
    assert _preview(store, "rollback", rule).devices_affected == 3
    store.import_version("4.0")
    _test_device(store, _mac(3))
    preview = _preview(store, "rollback", rule)
    assert (preview.version, preview.devices_affected, preview.downgrades) == (OLD, 2, 1)


def test_the_preview_of_a_removal_counts_every_device_and_no_bytes(store: AdministeredStore, rule: str) -> None:
    preview = _preview(store, "remove", rule)
    assert (preview.devices_affected, preview.downgrades, preview.bytes) == (5, 0, 0)


def test_a_rule_without_devices_previews_nothing(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    preview = _preview(store, "approve", rule)
    assert (preview.devices_affected, preview.bytes) == (0, 0)


def test_a_refused_rule_has_no_preview(store: AdministeredStore, rule: str) -> None:
    answer = store.verb("rollback", rule, preview=True)
    assert (answer.preview, [refused.code for refused in answer.refused]) == ([], ["no-earlier-version"])


def test_the_test_of_a_pending_version_counts_each_test_device_once(store: AdministeredStore, rule: str) -> None:
    pending = store.catalog().rule(int(rule))
    assert pending is not None
    assert pending.pending is not None
    offered = pending.pending.update.id
    failed: dict[str, Any] = {"install_result": "Failed", "install_version": MIDDLE, "offered_update_id": offered}
    store.add_device(_mac(10), OLD, offered_update_id=offered)
    store.add_device(_mac(11), OLD, **failed)
    store.add_device(_mac(12), MIDDLE, **failed)
    store.add_device(_mac(13), OLD, serial="Z1", serial_key="Z1")
    for number in (2, 10, 11, 12, 13, 200):
        _test_device(store, _mac(number))
    serial = NewTestDevice(name="again", identifier_type="serial", identifier="z1")
    store.change(partial(add_test_device, serial, actor=store.actor, now=store.now))
    test = store.rule(rule).pending_test
    assert (test.devices, test.offered, test.installed, test.failed) == (5, 1, 2, 1)


def test_devices_match_by_brand_and_else_by_vendor_and_then_the_smallest_brand(store: AdministeredStore) -> None:
    store.add_device(_mac(1), vendor="Contoso")
    second = store.import_version(OLD, brand="Bravo", vendor="Contoso")
    first = store.import_version(OLD, brand="Alpha", vendor="Contoso")

    def matching(rule: str) -> int:
        shown: Rule = store.rule(rule)
        assert len(store.catalog().prepared_rules("UCPhone", "Contoso", "CX700", "A", "ENU")) == 1
        return shown.devices_matching

    assert (matching(first), matching(second)) == (1, 0)
    store.verb("remove", first)
    assert (matching(first), matching(second)) == (0, 1)
    by_brand = store.import_version(OLD, brand="Contoso", update_type="Other")
    assert (matching(first), matching(second), matching(by_brand)) == (0, 0, 1)
