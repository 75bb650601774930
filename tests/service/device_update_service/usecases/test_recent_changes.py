"""What changed in the last 24 hours is counted for the devices that a filter means, and for no others."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.evidence import DeviceChangesAnswer
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.checks import refused_texts
from device_update_service.storage.checks.refused_request_records import Refused, record_refusals
from device_update_service.storage.devices import device_listing, recent_events
from device_update_service.storage.rules import recent_verbs
from device_update_service.usecases.recent_changes import device_changes

MACS = ("00-04-F2-00-00-01", "00-04-F2-00-00-02", "00-04-F2-00-00-03")
OLD, NEW = "3.5.6907.187", "4.0.7577.4387"


class Fleet:
    """Three devices, of two models, and what happens to them."""

    def __init__(self, store: AdministeredStore) -> None:
        self.store = store
        self.ids = [
            store.add_device(mac, model=model, address=f"10.1.2.{n}", address_key=f"{0xFFFF0A010200 + n:032x}")
            for n, (mac, model) in enumerate(zip(MACS, ("CX700", "CX700", "CX600"), strict=True))
        ]

    def happens(self, device: int, code: str, *, hours_ago: float = 1, **parameters: str | None) -> None:
        at = to_milliseconds(self.store.now - timedelta(hours=hours_ago))
        told = {"device_id": self.ids[device], "at": at, "kind": "change", "code": code}
        self.store.stores.write(lambda: tables.DeviceEvent.create(**told, parameters=json.dumps(parameters)))

    def becomes_silent(self, device: int, *, hours_ago: float = 1, asked_hours_ago: float = 100) -> None:
        since = to_milliseconds(self.store.now - timedelta(hours=hours_ago))
        asked = to_milliseconds(self.store.now - timedelta(hours=asked_hours_ago))

        def write() -> None:
            device_id = self.ids[device]
            tables.Device.update(status="silent", status_since=since).where(tables.Device.id == device_id).execute()
            activity = tables.DeviceActivity
            activity.update(last_check_at=asked).where(activity.device_id == device_id).execute()

        self.store.stores.write(write)

    def is_refused(self, device: str, *, hours_ago: float = 1, count: int = 1) -> None:
        at = to_milliseconds(self.store.now - timedelta(hours=hours_ago))
        refused = Refused("check", "malformed-request", "The field Model is missing.", device, "", "10.9.9.9", at, None)
        self.store.stores.write(partial(record_refusals, [refused] * count))

    def changes(self, **wanted: Any) -> DeviceChangesAnswer:
        asked = DeviceFilter.model_validate(wanted)
        return self.store.stores.read(partial(device_changes, asked, now=self.store.now))

    def counts(self, **wanted: Any) -> dict[str, int]:
        return {change.code: change.parameters["count"] for change in self.changes(**wanted).changes}


@pytest.fixture(params=["few", "many"])
def fleet(request: pytest.FixtureRequest, store: AdministeredStore, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Looked at by the devices, as few are, and by what happened, as many are."""
    if request.param == "many":
        monkeypatch.setattr(device_listing, "FEW", 0)
    return Fleet(store)


def test_nothing_changed_is_said(fleet: Fleet) -> None:
    answer = fleet.changes(model="CX700")
    assert (answer.text, answer.changes, answer.complete) == ("Nothing changed in the last 24 hours.", [], True)
    assert answer.since == fleet.store.now - timedelta(hours=24)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("first-seen", "new-devices"),
        ("version-changed", "version-changed"),
        ("install-succeeded", "installed"),
        ("install-failed", "install-failed"),
        ("approved-update", "offered"),
        ("rolled-back", "offered"),
        ("pending-update-test-device", "offered"),
        ("log-stored", "logs-sent"),
    ],
)
@pytest.mark.parametrize("wanted", [{"model": "CX700"}, {"search": "00-00-01"}, {"address": "10.1.2.0/31"}, {}])
def test_what_happened_to_the_devices_that_match_is_counted_and_nothing_older(
    fleet: Fleet, event: str, code: str, wanted: dict[str, str]
) -> None:
    fleet.happens(0, event)
    fleet.happens(0, event, hours_ago=25)
    fleet.happens(2, event)
    assert fleet.counts(**wanted) == {code: 2 if not wanted else 1}
    assert fleet.counts(model="CX500") == {}


def test_the_commonest_change_of_version_is_told(fleet: Fleet) -> None:
    for device in range(3):
        fleet.happens(device, "version-changed", previous=OLD, installed_version=NEW)
    fleet.happens(0, "version-changed", previous=NEW, installed_version="5.0")
    [change] = fleet.changes().changes
    assert change.text == f"4 changed their version, 3 of them from {OLD} to {NEW}"
    assert change.link is not None
    assert (change.link.list, change.link.filter) == ("devices", {"version": NEW})
    fleet.happens(2, "install-succeeded", version=NEW)
    fleet.happens(2, "install-succeeded", version=NEW)
    assert fleet.changes(model="CX600").changes[-1].text == f"2 installed {NEW}"
    change = fleet.changes(model="CX600").changes[0]
    assert change.text == f"1 changed from {OLD} to {NEW}"
    assert change.link is not None
    assert change.link.filter == {"model": "CX600", "version": NEW}


def test_an_unknown_version_leaves_no_hole_in_the_sentence(fleet: Fleet) -> None:
    fleet.happens(0, "version-changed", previous=None, installed_version=NEW)
    fleet.happens(2, "version-changed", previous=OLD, installed_version=None)
    assert fleet.changes(model="CX700").changes[0].text == f"1 changed to {NEW}"
    assert fleet.changes(model="CX600").changes[0].text == "1 changed its version"


def test_devices_that_became_silent_are_counted_and_those_that_were_so_before_are_not(fleet: Fleet) -> None:
    fleet.becomes_silent(0)
    fleet.becomes_silent(1, hours_ago=30, asked_hours_ago=130)
    fleet.becomes_silent(2)
    assert fleet.counts(model="CX700") == {"became-silent": 1}
    [change] = fleet.changes(model="CX700").changes
    assert change.link is not None
    assert change.link.filter == {"model": "CX700", "status": "silent"}


def test_what_was_done_with_the_rules_of_their_classes_is_told_with_who_did_it(fleet: Fleet) -> None:
    rule = fleet.store.import_version(OLD, model="CX700")
    fleet.store.verb("approve", rule)
    fleet.store.import_version(NEW, model="CX700")
    fleet.store.verb("approve", rule)
    fleet.store.verb("rollback", rule)
    fleet.store.import_version("5.0", model="CX700")
    fleet.store.verb("reject", rule)
    texts = [change.text for change in fleet.changes(model="CX700").changes]
    assert texts == [
        f"{OLD} restored for CX700 A ENU CPE by kenmyer",
        "5.0 rejected for CX700 A ENU CPE by kenmyer",
        f"{NEW} approved for CX700 A ENU CPE by kenmyer",
        f"{OLD} approved for CX700 A ENU CPE by kenmyer",
    ]
    assert fleet.changes(model="CX600").changes == []
    assert len(fleet.changes(search="00-00-01").changes) == 4
    assert fleet.changes(search="00-00-03").changes == []
    fleet.store.pass_hours(25)
    assert fleet.changes(model="CX700").changes == []


def test_rules_of_a_brand_that_sells_for_their_vendor_are_theirs_where_no_rule_has_the_vendor_as_brand(
    fleet: Fleet,
) -> None:
    other = fleet.store.import_version(NEW, model="CX600", brand="Contoso", vendor="Polycom")
    fleet.store.verb("approve", other)
    assert fleet.counts(model="CX600") == {"rule-approved": 1}
    fleet.store.import_version(NEW, model="CX600")
    assert fleet.counts(model="CX600") == {}


def test_refused_requests_of_the_devices_are_counted_and_those_that_a_search_names(fleet: Fleet) -> None:
    fleet.is_refused(MACS[0], count=3)
    fleet.is_refused(MACS[2])
    fleet.is_refused("00-99-00-00-00-01", count=2)
    assert fleet.counts(model="CX700") == {"refused-requests": 3}
    assert fleet.counts(search="00-99") == {"refused-requests": 2}
    assert fleet.changes(model="CX700").complete


def test_of_requests_that_were_refused_for_days_the_last_alone_is_known_to_be_recent(fleet: Fleet) -> None:
    fleet.is_refused(MACS[0], hours_ago=30, count=5)
    fleet.is_refused(MACS[0], hours_ago=1)
    answer = fleet.changes(model="CX700")
    assert answer.text == "In the last 24 hours at least: 1 refused request."


def test_a_link_never_asks_for_another_status_than_the_filter_does(fleet: Fleet) -> None:
    fleet.happens(0, "install-failed")
    [change] = fleet.changes(status="up-to-date").changes
    assert change.link is None


def test_more_than_is_looked_at_makes_counts_that_are_true_at_least(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((recent_events, "MOST"), (recent_verbs, "MOST"), (refused_texts, "_NEWEST")):
        monkeypatch.setattr(module, name, 2)
    for _ in range(3):
        fleet.happens(0, "first-seen")
    answer = fleet.changes(model="CX700")
    assert not answer.complete
    assert answer.text == "In the last 24 hours at least: 2 new devices."
