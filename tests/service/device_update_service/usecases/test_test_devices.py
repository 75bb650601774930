from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.devices import (
    DeviceFilter,
    ManyDevicesAnswer,
    ManyDevicesRequest,
    NewTestDevice,
    TestDevice,
    TestDeviceChange,
    TestDeviceQuery,
)
from device_update_contract.identifiers import InvalidIdentifier
from device_update_contract.refusals import Refusal
from device_update_service.storage.rules.catalog_records import catalog_generation
from device_update_service.storage.tables import DeviceEvent
from device_update_service.usecases.many_at_once import CountChanged
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.record_ids import UnknownRecord
from device_update_service.usecases.test_devices import (
    IdentifierTaken,
    InvalidName,
    NameTaken,
    add_test_device,
    add_test_devices,
    change_test_device,
    list_test_devices,
    remove_test_device,
    show_test_device,
)

MAC = "00-04-F2-00-01-76"


def _add(store: AdministeredStore, name: str, identifier: str, kind: str = "mac") -> TestDevice:
    new = NewTestDevice.model_validate({"name": name, "identifier_type": kind, "identifier": identifier})
    return store.change(partial(add_test_device, new, actor=store.actor, now=store.now))


def _change(store: AdministeredStore, test_device_id: str, **fields: str) -> TestDevice:
    change = TestDeviceChange.model_validate(fields)
    return store.change(partial(change_test_device, test_device_id, change, actor=store.actor, now=store.now))


def _names(store: AdministeredStore, **fields: object) -> list[str]:
    page = store.stores.read(partial(list_test_devices, TestDeviceQuery.model_validate(fields)))
    return [device.name for device in page.items]


def test_a_test_device_may_be_named_before_it_ever_asked(store: AdministeredStore) -> None:
    added = _add(store, " Reception ", "0004.f200.0176")
    assert (added.name, added.identifier, added.device_id, added.last_decision) == ("Reception", MAC, None, None)
    assert store.catalog().is_test_device(MAC, None)
    assert store.outcome is not None
    assert store.outcome.changes == (Change("test-devices-changed", [added.id]),)
    assert store.outcome.catalog_changed


def test_a_test_device_shows_the_device_behind_it(store: AdministeredStore) -> None:
    device_id = store.add_device(
        MAC,
        "4.0",
        decision_code="pending-update-test-device",
        decision_parameters='{"version": "3.0"}',
        serial="z-1",
        serial_key="Z-1",
    )
    for shown in (_add(store, "by MAC", MAC), _add(store, "by serial", "Z-1", "serial")):
        assert (shown.device_id, shown.model, shown.installed_version) == (str(device_id), "CX700", "4.0")
        assert shown.last_check_at == store.now
        assert shown.last_decision is not None
        assert (shown.last_decision.code, shown.last_decision.downgrade) == ("pending-update-test-device", True)
        assert "3.0" in shown.last_decision.text


def test_names_and_identifiers_are_unique_without_regard_to_case(store: AdministeredStore) -> None:
    _add(store, "Reception", MAC)
    _add(store, "Lobby", "ABC-1", "serial")
    refusals: list[tuple[str, str, str, type[Refusal]]] = [
        ("RECEPTION", "00-04-F2-00-00-01", "mac", NameTaken),
        ("other", MAC.lower(), "mac", IdentifierTaken),
        ("other", "abc-1", "serial", IdentifierTaken),
        ("other", "00-00-00-00-00-00", "mac", InvalidIdentifier),
        ("other", "0000", "serial", InvalidIdentifier),
        ("other", "00-04-F2-00-01", "mac", InvalidIdentifier),
        ("other", "a b", "serial", InvalidIdentifier),
        (" ", "00-04-F2-00-00-01", "mac", InvalidName),
        ("a\nb", "00-04-F2-00-00-01", "mac", InvalidName),
    ]
    for name, identifier, kind, error in refusals:
        with pytest.raises(error):
            _add(store, name, identifier, kind)
    assert _names(store) == ["Lobby", "Reception"]


def test_a_change_touches_only_what_is_given(store: AdministeredStore) -> None:
    added = _add(store, "Reception", MAC)
    assert _change(store, added.id, name="RECEPTION").name == "RECEPTION"
    changed = _change(store, added.id, identifier_type="serial", identifier="ab12")
    assert (changed.name, changed.identifier_type, changed.identifier) == ("RECEPTION", "serial", "ab12")
    assert store.catalog().is_test_device(None, "AB12")
    assert not store.catalog().is_test_device(MAC, None)


def test_a_change_that_changes_nothing_makes_no_new_generation(store: AdministeredStore) -> None:
    added = _add(store, "Reception", MAC)
    before = store.stores.read(catalog_generation)
    assert _change(store, added.id, name="Reception") == added
    assert store.stores.read(catalog_generation) == before


def test_a_change_cannot_take_what_is_anothers(store: AdministeredStore) -> None:
    _add(store, "Reception", MAC)
    other = _add(store, "Lobby", "AB12", "serial")
    with pytest.raises(NameTaken):
        _change(store, other.id, name="reception")
    with pytest.raises(IdentifierTaken):
        _change(store, other.id, identifier_type="mac", identifier=MAC)
    assert store.stores.read(partial(show_test_device, other.id)) == other


def test_a_removed_test_device_is_an_ordinary_one(store: AdministeredStore) -> None:
    added = _add(store, "Reception", MAC)
    store.change(partial(remove_test_device, added.id, actor=store.actor, now=store.now))
    assert not store.catalog().is_test_device(MAC, None)
    with pytest.raises(UnknownRecord):
        store.change(partial(remove_test_device, added.id, actor=store.actor, now=store.now))


def test_each_change_makes_a_new_generation(store: AdministeredStore) -> None:
    added = _add(store, "Reception", MAC)
    _change(store, added.id, name="Lobby")
    store.change(partial(remove_test_device, added.id, actor=store.actor, now=store.now))
    assert store.stores.read(catalog_generation) == 4


def test_lists_find_a_mac_address_in_any_notation(store: AdministeredStore) -> None:
    _add(store, "Reception", MAC)
    _add(store, "Ämter", "XY-0004", "serial")
    for search in ("4f2", "04-f2", "0004.f2", "00:01:76", "recep"):
        assert _names(store, search=search) == ["Reception"]
    assert _names(store, search="ÄMT") == ["Ämter"]
    assert _names(store, search="_") == []
    assert _names(store, sort="-identifier") == ["Ämter", "Reception"]
    page = store.stores.read(partial(list_test_devices, TestDeviceQuery(limit=1)))
    assert (page.total, _names(store, limit=1, after=page.next)) == (2, ["Ämter"])


def _add_many(store: AdministeredStore, resolved: Sequence[int] = (), **fields: object) -> ManyDevicesAnswer:
    request = ManyDevicesRequest.model_validate(fields)

    def resolve(wanted: DeviceFilter) -> Sequence[int]:
        assert wanted.model == "CX700"
        return resolved

    return store.change(partial(add_test_devices, request, resolve=resolve, actor=store.actor, now=store.now))


def test_many_devices_become_test_devices_named_by_label_or_identifier(store: AdministeredStore) -> None:
    labelled = store.add_device(MAC, label="Reception")
    twin = store.add_device("00-04-F2-00-00-02", label="reception")
    by_serial = store.add_device(None, serial="z1", serial_key="Z1")
    answer = _add_many(store, ids=[str(labelled), str(twin), str(by_serial), str(labelled), "999", "x"])
    assert answer.changed == 3
    assert [(refused.id, refused.code) for refused in answer.refused] == [("999", "not-found"), ("x", "not-found")]
    assert _names(store) == ["00-04-F2-00-00-02", "Reception", "z1"]
    again = _add_many(store, ids=[str(labelled)])
    assert [refused.code for refused in again.refused] == ["identifier-taken"]
    assert store.outcome is not None
    assert not store.outcome.catalog_changed


def test_a_filter_of_devices_is_refused_when_more_match_than_expected(store: AdministeredStore) -> None:
    ids = [store.add_device(f"00-04-F2-00-00-0{number}") for number in range(3)]
    with pytest.raises(CountChanged):
        _add_many(store, ids, filter={"model": "CX700"}, expected_count=2)
    assert _names(store) == []
    assert _add_many(store, ids, filter={"model": "CX700"}, expected_count=4).changed == 3


def test_what_is_done_to_a_test_device_is_in_its_devices_history(store: AdministeredStore) -> None:
    first, second = store.add_device(MAC), store.add_device("00-04-F2-00-01-77")
    added = _add(store, "Reception", MAC)
    _change(store, added.id, name="Desk")
    _change(store, added.id, identifier="00-04-F2-00-01-77")
    store.change(partial(remove_test_device, added.id, actor=store.actor, now=store.now))
    columns = DeviceEvent.device_id, DeviceEvent.code, DeviceEvent.account
    assert store.stores.read(lambda: list(DeviceEvent.select(*columns).order_by(DeviceEvent.id).tuples())) == [
        (first, "test-device-added", "kenmyer"),
        (first, "test-device-removed", "kenmyer"),
        (second, "test-device-added", "kenmyer"),
        (second, "test-device-removed", "kenmyer"),
    ]
