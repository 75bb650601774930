"""A device's time line tells what administrators did with the rules of its class (contract section 5)."""

from __future__ import annotations

from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore
from tests.support.fleets import fill_devices

from device_update_contract.administration.devices import DeviceHistoryEntry, DeviceHistoryQuery
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import CheckFold
from device_update_service.storage.tables import Device
from device_update_service.usecases.device_history import device_history


class _NoChecks:
    def device_checks(self, device_id: int, before_ms: int, limit: int) -> list[CheckFold]:
        return []


@pytest.fixture
def watched(store: AdministeredStore) -> AdministeredStore:
    """A store with one device of the class CX700, and with rules of that class and another."""
    at = to_milliseconds(store.now)
    fill_devices(store.stores.folder.database, 1, at)
    of_class = {"device_type": "ucphone", "vendor": "POLYCOM", "model": "CX700", "revision": "A", "locale": "ENU"}
    store.stores.write(lambda: Device.update(**of_class, first_seen_at=at).execute())
    return store


def _history(store: AdministeredStore, **query: object) -> list[DeviceHistoryEntry]:
    read = partial(device_history, "1", DeviceHistoryQuery.model_validate(query), _NoChecks())
    return store.stores.read(read).items


def test_what_was_done_with_its_rules_is_told_with_who_and_why(watched: AdministeredStore) -> None:
    rule_id = watched.import_version("4.0")
    watched.import_version("4.0", model="CX600")
    watched.pass_hours(1)
    watched.verb("approve", rule_id, comment="tried in the lab.")
    watched.import_version("5.0")
    watched.verb("reject", rule_id)
    watched.pass_hours(1)
    watched.import_version("6.0")
    watched.verb("approve", rule_id)
    watched.verb("rollback", rule_id, comment="Phones went dark!")
    watched.verb("remove", rule_id)
    entries = _history(watched)
    assert [(entry.text, entry.account) for entry in entries] == [
        ("The update for devices of its class was removed.", "kenmyer"),
        ("Version 4.0 was restored for devices of its class by a roll back: Phones went dark!", "kenmyer"),
        ("Version 6.0 was approved for devices of its class.", "kenmyer"),
        ("Version 6.0 was imported for devices of its class.", "kenmyer"),
        ("Version 5.0 was rejected for devices of its class.", "kenmyer"),
        ("Version 5.0 was imported for devices of its class.", "kenmyer"),
        ("Version 4.0 was approved for devices of its class: tried in the lab.", "kenmyer"),
        ("Version 4.0 was imported for devices of its class.", "kenmyer"),
    ]
    assert _history(watched, kind="administration") == entries
    assert _history(watched, kind="check") == []


def test_paging_meets_each_of_them_once(watched: AdministeredStore) -> None:
    rule_id = watched.import_version("4.0")
    watched.verb("approve", rule_id)
    watched.import_version("5.0", update_type="BOOT")
    whole = [entry.id for entry in _history(watched)]
    assert len(set(whole)) == len(whole) == 3
    met: list[str] = []
    after: str | None = None
    while True:
        query = DeviceHistoryQuery(limit=1, after=after)
        page = watched.stores.read(partial(device_history, "1", query, _NoChecks()))
        met += [entry.id for entry in page.items]
        after = page.next
        if after is None:
            break
    assert met == whole


def test_rules_are_found_by_vendor_only_where_none_has_the_devices_vendor_as_its_brand(
    watched: AdministeredStore,
) -> None:
    watched.import_version("4.0", brand="Own", vendor="Polycom")
    assert [entry.code for entry in _history(watched)] == ["rule-imported"]
    watched.import_version("5.0")
    assert [entry.parameters["version"] for entry in _history(watched)] == ["5.0"]


def test_what_was_done_before_the_device_was_known_is_not_told(watched: AdministeredStore) -> None:
    watched.pass_hours(-1)
    rule_id = watched.import_version("4.0")
    watched.pass_hours(2)
    watched.verb("approve", rule_id)
    assert [entry.code for entry in _history(watched)] == ["rule-approved"]
