"""Devices through the use cases: what is shown, changed, retired and forgotten (contract 2.3 and 5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import pytest
from tests.support.fleets import NEWEST, fill_devices
from tests.support.stores import Stores

from device_update_contract.administration.devices import (
    DeviceChange,
    DeviceFilter,
    DeviceQuery,
    ManyDevicesRequest,
)
from device_update_contract.reasons import EvidenceCode, ReasonCode
from device_update_contract.refusals import Refusal
from device_update_contract.sentences import evidence_sentence, reason_sentence
from device_update_service.storage.tables import DATABASE, Device, DeviceActivity, DeviceEvent
from device_update_service.usecases import devices, many_at_once
from device_update_service.usecases.outcomes import Actor, Change, Outcome

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ACTOR = Actor("anna", "10.0.0.9")
COUNT = 500
Answer = TypeVar("Answer")


@pytest.fixture
def fleet(stores: Stores) -> Stores:
    fill_devices(stores.folder.database, COUNT, NOW_MS)
    return stores


def _change(stores: Stores, use_case: Callable[..., Outcome[Answer]], *arguments: object) -> Outcome[Answer]:
    return stores.write(partial(use_case, *arguments, actor=ACTOR, now=NOW))


def _administration(stores: Stores, device_id: int) -> list[tuple[str, dict[str, str], str | None]]:
    def read() -> list[tuple[str, dict[str, str], str | None]]:
        rows = list(DeviceEvent.select().where(DeviceEvent.device_id == device_id).order_by(DeviceEvent.id))
        return [(row.code, json.loads(row.parameters), row.account) for row in rows]

    return stores.read(read)


def test_a_device_is_shown_with_the_facts_in_its_answer(fleet: Stores) -> None:
    page = fleet.read(lambda: devices.list_devices(DeviceQuery(status="download-stalled", limit=1), now=NOW))
    device = page.items[0]
    assert (device.status, device.offered_version) == ("download-stalled", NEWEST)
    assert device.bytes_sent == (device.bytes_total or 0) // 2
    assert device.why.code == "download-stalled"
    assert "15 MB of 31 MB" in device.why.text
    assert device.why.who_acts == "help_desk"
    assert device.why.evidence
    for fact in device.why.evidence:
        assert fact.text == evidence_sentence(EvidenceCode(fact.code), fact.parameters)
    answered = next(fact for fact in device.why.evidence if fact.code == "last-decision")
    assert answered.parameters["reason"] == reason_sentence(
        ReasonCode(answered.parameters["decision"]), answered.parameters
    )
    assert device.next_check_expected_at == device.last_check_at + timedelta(days=1)
    assert device.overdue_seconds == 0
    assert device.modules[0].file_name == "CPE.nbt"
    shown = fleet.read(lambda: devices.show_device(device.id, now=NOW + timedelta(days=3)))
    assert shown.overdue_seconds > 86_400


def test_a_stored_status_is_the_one_its_answer_explains(fleet: Stores) -> None:
    page = fleet.read(lambda: devices.list_devices(DeviceQuery(limit=COUNT), now=NOW))
    assert len({device.status for device in page.items}) == 10
    assert [device.why.code for device in page.items] == [device.status for device in page.items]


@pytest.mark.parametrize("device_id", ["0", "9999", "x", "-1", "1" * 40])
def test_an_unknown_device_is_refused(fleet: Stores, device_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        fleet.read(lambda: devices.show_device(device_id, now=NOW))
    assert refused.value.code == "not-found"


def test_notes_by_the_service_are_sentences_with_their_count(fleet: Stores) -> None:
    fleet.write(
        lambda: (
            Device.update(notes_by_service='{"identity-conflict": 3, "invalid-mac": 1}').where(Device.id == 7).execute()
        )
    )
    notes = fleet.read(lambda: devices.show_device("7", now=NOW)).notes_by_service
    assert notes[0].text.endswith("(3 times)")
    assert notes[1].text == "It sent an invalid MAC address, which was ignored."
    assert [(note.code, note.parameters["count"]) for note in notes] == [("identity-conflict", 3), ("invalid-mac", 1)]


def test_written_texts_are_trimmed_cleared_and_kept_in_the_history(fleet: Stores) -> None:
    change = DeviceChange(label=" Reception ", location="Oslo", note="see ticket")
    outcome = _change(fleet, devices.change_device, "5", change)
    assert outcome.changes == (Change("devices-changed", ["5"]),)
    shown = fleet.read(lambda: devices.show_device("5", now=NOW))
    assert (shown.label, shown.location, shown.asset_tag, shown.note) == ("Reception", "Oslo", None, "see ticket")
    assert _administration(fleet, 5) == [
        ("changed", {"fields": "label, location"}, "anna"),
        ("note-changed", {}, "anna"),
    ]
    _change(fleet, devices.change_device, "5", DeviceChange(label=None))
    shown = fleet.read(lambda: devices.show_device("5", now=NOW))
    assert (shown.label, shown.location) == (None, "Oslo")


def test_a_change_that_changes_nothing_tells_nobody(fleet: Stores) -> None:
    outcome = _change(fleet, devices.change_device, "5", DeviceChange(label="  ", retired=False))
    assert outcome.changes == ()
    assert _administration(fleet, 5) == []


def test_a_text_that_cannot_be_stored_is_refused(fleet: Stores) -> None:
    with pytest.raises(Refusal) as refused:
        _change(fleet, devices.change_device, "5", DeviceChange.model_construct({"note"}, note="\ud800"))
    assert refused.value.code == "invalid-text"


def test_retiring_sets_the_status_and_the_next_check_is_looked_at_whole(fleet: Stores) -> None:
    fleet.write(lambda: DeviceActivity.update(report_key=77).execute())
    _change(fleet, devices.change_device, "5", DeviceChange(retired=True))
    shown = fleet.read(lambda: devices.show_device("5", now=NOW))
    assert (shown.status, shown.retired_at, shown.why.code) == ("retired", NOW, "retired")
    keys = fleet.read(lambda: {row.device_id: row.report_key for row in list(DeviceActivity.select())})
    assert (keys[5], keys[6]) == (0, 77)
    _change(fleet, devices.change_device, "5", DeviceChange(retired=False))
    again = fleet.read(lambda: devices.show_device("5", now=NOW))
    assert again.retired_at is None
    assert again.status == again.why.code != "retired"
    assert [code for code, _, _ in _administration(fleet, 5)] == ["retired", "unretired"]


def test_removing_forgets_everything_of_a_device(fleet: Stores) -> None:
    _change(fleet, devices.change_device, "5", DeviceChange(label="x"))
    mac = fleet.read(lambda: devices.show_device("5", now=NOW)).mac
    _change(fleet, devices.remove_device, "5")
    assert _administration(fleet, 5) == []
    page = fleet.read(lambda: devices.list_devices(DeviceQuery(search=mac), now=NOW))
    assert page.items == []
    total = fleet.read(lambda: devices.list_devices(DeviceQuery(limit=1), now=NOW)).total
    assert total == COUNT - 1


def test_many_are_retired_once_and_unknown_ones_are_named(fleet: Stores) -> None:
    request = ManyDevicesRequest(ids=["1", "2", "2", "9999", "x"])
    answer = _change(fleet, devices.retire_devices, request).answer
    assert answer.changed == 2
    assert [(refused.id, refused.code) for refused in answer.refused] == [
        ("9999", "not-found"),
        ("x", "not-found"),
    ]
    assert _change(fleet, devices.retire_devices, ManyDevicesRequest(ids=["1"])).answer.changed == 0


def test_a_filter_is_refused_only_when_more_match_than_expected(fleet: Stores) -> None:
    wanted = DeviceFilter(status="up-to-date")
    count = fleet.read(lambda: devices.list_devices(DeviceQuery(status="up-to-date"), now=NOW)).total or 0
    with pytest.raises(Refusal) as refused:
        _change(fleet, devices.remove_devices, ManyDevicesRequest(filter=wanted, expected_count=count - 1))
    assert refused.value.code == "count-changed"
    assert fleet.read(lambda: devices.list_devices(DeviceQuery(), now=NOW)).total == COUNT
    outcome = _change(fleet, devices.remove_devices, ManyDevicesRequest(filter=wanted, expected_count=count + 5))
    assert outcome.answer.changed == count
    assert outcome.changes == (Change("devices-changed", None),)
    left = fleet.read(lambda: devices.list_devices(DeviceQuery(), now=NOW))
    assert left.total == COUNT - count
    assert fleet.read(lambda: DATABASE.execute_sql("SELECT count(*) FROM device_activity").fetchone()) == (left.total,)


def test_one_verb_changes_no_more_than_checks_can_wait_for(fleet: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_at_once, "MAX_DEVICES_AT_ONCE", 10)
    request = ManyDevicesRequest(filter=DeviceFilter(), expected_count=COUNT)
    with pytest.raises(Refusal) as refused:
        _change(fleet, devices.remove_devices, request)
    assert refused.value.code == "too-many-devices"
