"""What a check changes in its device's record, and what of that is history (contract sections 2.3 and 3.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, check, rule

from device_update_contract.checks import CheckRequest, InstallReport
from device_update_contract.history import EVENT_CODES
from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.decisions import decide, installed_version
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import StatusSettings
from device_update_service.domain.sightings import KEPT_USERS, KnownReport, Sighting, new_record, record_sighting
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds

APPROVED = CatalogSnapshot(1, [rule(approved=SECOND)])


class Device:
    """A device that checks hour by hour, and the history that its checks make."""

    def __init__(self) -> None:
        self.record: DeviceRecord | None = None
        self.history: list[str] = []
        self.hours = 0

    def see(
        self, request: CheckRequest, catalog: CatalogSnapshot = APPROVED, *, address: str = "10.1.2.3"
    ) -> list[str]:
        """One check; the codes of what it adds to the history."""
        self.hours += 1
        version = installed_version(request, catalog)
        known = KnownReport(None if version is None else version.text)
        at = to_milliseconds(NOW + timedelta(hours=self.hours))
        sighting = Sighting(self.hours, at, address, request, decide(request, catalog), known, 3600, 0)
        if self.record is None:
            self.record = new_record(1, sighting)
        events = record_sighting(self.record, sighting, StatusSettings(install_loop_offers=3))
        assert all(event.code in EVENT_CODES and event.at == at for event in events)
        return [event.code for event in events]

    @property
    def now(self) -> DeviceRecord:
        assert self.record is not None
        return self.record


@pytest.fixture
def device() -> Device:
    return Device()


def report(version: Version, *, succeeded: bool, code: str | None = None) -> InstallReport:
    return InstallReport(succeeded=succeeded, version=version, code=code)


def test_a_check_that_brings_nothing_new_is_no_history(device: Device) -> None:
    assert device.see(check(SECOND)) == ["first-seen"]
    assert device.see(check(SECOND)) == []
    assert device.now.status == "up-to-date"


def test_an_offer_is_history_once_however_often_it_is_made(device: Device) -> None:
    assert device.see(check(FIRST)) == ["first-seen", "approved-update"]
    assert device.see(check(FIRST)) == []
    assert device.now.offered_at == to_milliseconds(NOW + timedelta(hours=1))


def test_another_version_on_offer_begins_another_offer(device: Device) -> None:
    device.see(check(FIRST))
    device.record = replace(device.now, bytes_sent=100, last_byte_at=5)
    assert device.see(check(FIRST), CatalogSnapshot(2, [rule(approved=THIRD)])) == ["approved-update"]
    assert (device.now.offered_version, device.now.bytes_sent) == (THIRD.text, 0)
    last_byte_at: int | None = device.now.last_byte_at
    assert last_byte_at is None


def test_an_update_that_arrived_closes_its_offer_and_is_history(device: Device) -> None:
    device.see(check(FIRST))
    assert device.see(check(SECOND)) == ["version-changed"]
    assert (device.now.offered_version, device.now.offer_attempts, device.now.status) == (None, 0, "up-to-date")


def test_a_class_in_other_letters_is_taken_over_and_no_history(device: Device) -> None:
    device.see(check(SECOND))
    assert device.see(check(SECOND, vendor="POLYCOM")) == []
    assert device.now.vendor == "POLYCOM"
    assert device.see(check(SECOND, model="CX600")) == ["class-changed"]


def test_the_last_users_are_kept_newest_first_and_each_once(device: Device) -> None:
    for number in [*range(15), 14, 3]:
        device.see(replace(check(SECOND), user_id=f"user{number}@contoso.com"))
    device.see(replace(check(SECOND), user_id="USER14@contoso.com"))
    device.see(check(SECOND))  # nobody signed in: the last one stays
    assert device.now.user == "USER14@contoso.com"
    assert device.now.users[:3] == ["USER14@contoso.com", "user3@contoso.com", "user13@contoso.com"]
    assert len(device.now.users) == KEPT_USERS


def test_a_failed_install_is_over_once_the_target_is_reported(device: Device) -> None:
    failed = replace(check(FIRST), last_install=report(SECOND, succeeded=False, code="0x8"))
    assert "install-failed" in device.see(failed)
    assert device.now.status == "install-failed"
    assert device.see(failed) == []
    assert device.see(check(SECOND)) == ["version-changed"]
    assert device.now.status == "up-to-date"


def test_a_failed_install_of_an_old_target_is_over_once_the_device_is_up_to_date(device: Device) -> None:
    device.see(replace(check(FIRST), last_install=report(THIRD, succeeded=False)))
    assert device.now.status == "install-failed"
    device.see(check(SECOND))
    assert device.now.status == "up-to-date"


def test_an_install_report_that_differs_in_anything_is_another_one(device: Device) -> None:
    first = report(SECOND, succeeded=False, code="1")
    others = [first, replace(first, code="2"), replace(first, time=NOW), report(SECOND, succeeded=True), first]
    for each in others:
        added = device.see(replace(check(FIRST), last_install=each))
        assert [code for code in added if code.startswith("install-")] == [
            "install-succeeded" if each.succeeded else "install-failed"
        ]


def test_what_is_ignored_is_noted_once_and_counted(device: Device) -> None:
    noted = replace(check(SECOND), notes=("invalid-serial",))
    assert device.see(noted) == ["first-seen", "invalid-serial"]
    assert device.see(noted) == []
    assert device.now.notes_by_service == {"invalid-serial": 2}


def test_offers_whose_bytes_nobody_can_tell_count_until_they_are_a_loop(device: Device) -> None:
    device.see(check(FIRST))
    device.now.bytes_sent = None
    for _ in range(3):
        device.see(check(FIRST))
    assert (device.now.offer_attempts, device.now.status) == (3, "install-loop")
    device.see(check("1.0.600"))
    assert (device.now.offer_attempts, device.now.status) == (1, "offered")


def test_the_decision_holds_since_it_was_first_made(device: Device) -> None:
    device.see(check(SECOND))
    since = device.now.decision_since
    device.see(check(SECOND))
    assert device.now.decision_since == since
    device.see(check(SECOND), CatalogSnapshot(2, []))
    assert device.now.decision_since > since


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_is_stored_to_the_millisecond(at: datetime) -> None:
    assert timedelta(0) <= at - from_milliseconds(to_milliseconds(at)) < timedelta(milliseconds=1)
