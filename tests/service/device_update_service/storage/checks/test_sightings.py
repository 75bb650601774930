"""Checks on their way into the tables: identity, what is counted, what is history, and what survives a failing disk."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.recorded_checks import RecordingStore, recording_store
from tests.support.sample_rules import FIRST, NOW, SECOND, check, rule, slot

from device_update_contract.checks import CheckRequest, InstallReport
from device_update_contract.history import event_sentence
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.device_status import StatusSettings
from device_update_service.storage import tables
from device_update_service.storage.checks.downloads import SentBytes
from device_update_service.storage.errors import StorageUnavailable

MAC = "00-04-F2-00-01-76"
LATER = int((NOW + timedelta(days=365)).timestamp() * 1000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordingStore]:
    with recording_store(tmp_path) as opened:
        yield opened


def approved() -> CatalogSnapshot:
    return CatalogSnapshot(1, [rule(approved=SECOND)])


def identified(mac: str | None, serial: str | None) -> CheckRequest:
    return CheckRequest(
        "UCPhone",
        "Polycom",
        "CX700",
        "A",
        "ENU",
        mac=None if mac is None else MacAddress(mac),
        serial=None if serial is None else SerialNumber(serial),
    )


def test_a_first_check_makes_a_device_with_its_decision_status_and_history(store: RecordingStore) -> None:
    store.check(check(FIRST, serial="07823-A345"), approved(), NOW)
    store.flush()
    columns = "mac, serial, installed_version, decision_code, status, offered_version, address"
    assert store.row(f"SELECT {columns} FROM device") == (
        MAC, "07823-A345", FIRST.text, "approved-update", "offered", SECOND.text, "10.1.2.3",
    )  # fmt: skip
    assert store.rows("SELECT kind, code FROM device_event ORDER BY id") == [
        ("note", "first-seen"),
        ("offer", "approved-update"),
    ]


def test_a_check_that_tells_and_is_told_the_same_changes_only_the_time(store: RecordingStore) -> None:
    store.check(check(SECOND), approved(), NOW)
    store.flush()
    before = store.rows("SELECT * FROM device"), store.rows("SELECT * FROM device_event")
    store.check(check(SECOND), approved(), NOW + timedelta(hours=24))
    store.flush()
    assert (store.rows("SELECT * FROM device"), store.rows("SELECT * FROM device_event")) == before
    first, following = store.row("SELECT last_check_at, next_check_at FROM device_activity")
    assert following - first == 86_400_000
    assert store.row("SELECT sum(checks) FROM checks_in_hour") == (2,)


@pytest.mark.parametrize(("before", "now"), [("", "phone"), ("phone", ""), ("phone", "other")])
def test_a_check_that_differs_only_in_its_account_is_looked_at(store: RecordingStore, before: str, now: str) -> None:
    store.check(check(SECOND), approved(), NOW, account=before)
    store.flush()
    store.check(check(SECOND), approved(), NOW + timedelta(hours=24), account=now)
    store.flush()
    assert store.row("SELECT account_key FROM device") == (now,)


def test_a_check_with_both_identifiers_blank_is_only_in_the_update_log(store: RecordingStore) -> None:
    answered = store.check(identified(None, None), approved(), NOW)
    store.flush()
    assert b"UpdateAvailable" in answered.body
    assert store.row("SELECT count(*) FROM device") == (0,)
    assert store.row("SELECT sum(checks) FROM checks_in_hour") == (1,)


def test_every_check_is_in_the_update_log_with_its_reason_and_modules(store: RecordingStore) -> None:
    store.check(check(FIRST), approved(), NOW)
    store.check(check(SECOND), approved(), NOW + timedelta(minutes=5))
    store.flush()
    folds = store.update_log.device_checks(1, LATER, 10)
    assert [(fold.reason, fold.version, fold.count) for fold in folds] == [
        ("up-to-date", SECOND.text, 1),
        ("approved-update", SECOND.text, 1),
    ]


def test_checks_between_which_nothing_changes_are_one_fold_of_the_day(store: RecordingStore) -> None:
    for hour in range(5):
        store.check(check(SECOND), approved(), NOW.replace(hour=10) + timedelta(hours=hour))
    store.check(check(SECOND), approved(), NOW.replace(hour=10) + timedelta(days=1))
    store.flush()
    folds = store.update_log.device_checks(1, LATER, 10)
    assert [fold.count for fold in folds] == [1, 5]


def test_an_installed_version_that_changes_is_history_and_closes_the_offer(store: RecordingStore) -> None:
    store.check(check(FIRST), approved(), NOW)
    store.check(check(SECOND), approved(), NOW + timedelta(hours=1))
    store.flush()
    assert store.row("SELECT installed_version, status, offered_version FROM device") == (
        SECOND.text,
        "up-to-date",
        None,
    )
    assert ("change", "version-changed") in store.rows("SELECT kind, code FROM device_event")


def test_an_install_report_is_stored_once_however_often_it_is_repeated(store: RecordingStore) -> None:
    report = InstallReport(succeeded=False, version=SECOND, code="0x80070005")
    for hour in range(3):
        request = CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress(MAC), last_install=report)
        store.check(request, approved(), NOW + timedelta(hours=hour))
        store.flush()
    assert store.rows("SELECT code FROM device_event WHERE kind = 'install'") == [("install-failed",)]
    assert store.row("SELECT status, install_code FROM device") == ("install-failed", "0x80070005")


def test_a_failed_install_is_over_when_the_device_reports_its_target(store: RecordingStore) -> None:
    failed = InstallReport(succeeded=False, version=SECOND)
    request = CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress(MAC), last_install=failed)
    store.check(request, approved(), NOW)
    store.check(check(SECOND), approved(), NOW + timedelta(hours=1))
    store.flush()
    assert store.row("SELECT status FROM device") == ("up-to-date",)


@pytest.mark.parametrize("in_one_group", [True, False])
def test_a_mac_and_a_serial_of_two_devices_are_noted_on_both_and_merge_nothing(
    store: RecordingStore, in_one_group: bool
) -> None:
    for mac, serial in ((MAC, None), (None, "07823-A345"), (MAC, "07823-A345"), (MAC, "07823-A345")):
        store.check(identified(mac, serial), approved(), NOW)
        if not in_one_group:
            store.flush()
    store.flush()
    assert store.rows("SELECT mac, serial, notes_by_service FROM device ORDER BY id") == [
        (MAC, None, '{"identity-conflict":2}'),
        (None, "07823-A345", '{"identity-conflict":2}'),
    ]
    assert store.row("SELECT count(*) FROM device_event WHERE code = 'identity-conflict'") == (2,)


def test_a_serial_number_that_changed_is_told_with_both(store: RecordingStore) -> None:
    for serial in ("07823-A345", "07823-A346"):
        store.check(identified(MAC, serial), approved(), NOW)
        store.flush()
    told = [
        json.loads(row[0]) for row in store.rows("SELECT parameters FROM device_event WHERE code = 'serial-changed'")
    ]
    assert [event_sentence("serial-changed", parameters) for parameters in told] == [
        "Its serial number changed from 07823-A345 to 07823-A346."
    ]


def test_a_serial_number_that_a_device_gave_up_can_be_taken_by_another_in_the_same_group(store: RecordingStore) -> None:
    other = "00-04-F2-00-01-77"
    store.check(identified(MAC, "S1"), approved(), NOW)
    store.check(identified(other, None), approved(), NOW)
    store.flush()
    store.check(identified(other, "S2"), approved(), NOW)
    store.check(identified(MAC, "S3"), approved(), NOW)
    store.check(identified("00-04-F2-00-01-78", "S1"), approved(), NOW)
    store.flush()
    assert store.rows("SELECT mac, serial FROM device ORDER BY id") == [
        (MAC, "S3"),
        (other, "S2"),
        ("00-04-F2-00-01-78", "S1"),
    ]


_MACS = [None, *(f"00-04-F2-00-00-0{n}" for n in range(1, 4))]
_SERIALS = [None, "S1", "s1", "S2", "S3"]


@settings(max_examples=8, deadline=None)
@given(
    identities=st.lists(st.tuples(st.sampled_from(_MACS), st.sampled_from(_SERIALS)), max_size=14),
    flushes=st.lists(st.booleans(), min_size=14, max_size=14),
)
def test_devices_are_the_same_however_their_checks_are_grouped(
    identities: list[tuple[str | None, str | None]], flushes: list[bool]
) -> None:
    states = []
    for grouping in (flushes, [True] * 14, [False] * 14):
        with tempfile.TemporaryDirectory() as folder, recording_store(Path(folder)) as store:
            for (mac, serial), flush in zip(identities, grouping, strict=False):
                store.check(identified(mac, serial), approved(), NOW)
                if flush:
                    store.flush()
            store.flush()
            states.append(
                (
                    store.rows("SELECT id, mac, serial, status, notes_by_service FROM device ORDER BY id"),
                    store.rows("SELECT class_key, installed_version, status, devices FROM device_count WHERE devices"),
                    sorted(store.rows("SELECT device_id, kind, code FROM device_event")),
                )
            )
    assert states[0] == states[1] == states[2]


def sent(first: int, end: int, seconds: int = 0, *, address: str = "10.1.2.3") -> SentBytes:
    update = slot(SECOND).update
    at = int((NOW + timedelta(seconds=seconds)).timestamp() * 1000)
    return SentBytes(at, address, update.id, update.files[0].sha256, first, end)


def test_bytes_that_were_sent_twice_count_once(store: RecordingStore) -> None:
    size = slot(SECOND).update.bytes_total
    store.check(check(FIRST), approved(), NOW)
    store.downloads.add(sent(0, size // 2, 1))
    store.downloads.add(sent(size // 4, size // 2, 2))
    store.flush()
    assert store.row("SELECT bytes_sent, bytes_total, status FROM device") == (size // 2, size, "downloading")


def test_all_bytes_sent_is_history_and_an_attempt(store: RecordingStore) -> None:
    size = slot(SECOND).update.bytes_total
    store.check(check(FIRST), approved(), NOW)
    store.downloads.add(sent(0, size, 1))
    store.flush()
    assert store.row("SELECT status, offer_attempts FROM device") == ("downloaded-not-installed", 1)
    assert ("download", "download-complete") in store.rows("SELECT kind, code FROM device_event")


def test_a_device_that_fetches_everything_again_and_again_is_in_an_install_loop(store: RecordingStore) -> None:
    store.sightings.settings = StatusSettings(install_loop_offers=2)
    size = slot(SECOND).update.bytes_total
    for day in range(2):
        store.check(check(FIRST), approved(), NOW + timedelta(days=day))
        store.flush()
        store.downloads.add(sent(0, size, day * 86_400 + 60))
        store.flush()
    assert store.row("SELECT status, offer_attempts FROM device") == ("install-loop", 2)
    assert set(store.sightings.looping) == {MAC}


def test_bytes_sent_to_an_address_with_two_open_offers_can_not_be_told(store: RecordingStore) -> None:
    store.check(check(FIRST), approved(), NOW)
    store.check(check(FIRST, mac="00-04-F2-00-01-77"), approved(), NOW)
    store.downloads.add(sent(0, 100, 1))
    store.flush()
    assert store.rows("SELECT bytes_sent FROM device") == [(None,), (None,)]


def test_sightings_wait_while_the_database_can_not_take_them_and_are_written_afterwards(store: RecordingStore) -> None:
    blocked = store.folder.update_log
    away = blocked.with_name("away")
    blocked.rename(away)
    store.check(check(FIRST), approved(), NOW)
    with pytest.raises(StorageUnavailable):
        store.flush()
    assert (store.sightings.backlog, store.sightings.dropped) == (1, 0)
    away.rename(blocked)
    store.flush()
    assert store.row("SELECT count(*) FROM device") == (1,)
    assert store.update_log.device_checks(1, LATER, 10)[0].count == 1


def test_past_the_limit_the_oldest_sightings_are_dropped_and_counted(tmp_path: Path) -> None:
    with recording_store(tmp_path, limit=3) as store:
        store.database.write(
            lambda: [store.check(check(FIRST, mac=f"00-04-F2-00-00-{n:02X}"), approved(), NOW) for n in range(5)]
        ).result(10)
        store.flush()
        assert store.sightings.dropped == 2
        assert store.rows("SELECT mac FROM device ORDER BY id")[0] == ("00-04-F2-00-00-02",)


def test_a_device_that_was_marked_as_retired_comes_back_when_it_asks_again(store: RecordingStore) -> None:
    store.check(check(SECOND), approved(), NOW)
    store.flush()

    def retire() -> None:
        tables.Device.update(retired_at=1, status="retired").execute()
        tables.DeviceActivity.update(report_key=0).execute()

    store.database.write(retire).result(10)
    store.check(check(SECOND), approved(), NOW + timedelta(hours=1))
    store.flush()
    assert store.row("SELECT retired_at, status FROM device") == (None, "up-to-date")
    assert ("note", "came-back") in store.rows("SELECT kind, code FROM device_event")
