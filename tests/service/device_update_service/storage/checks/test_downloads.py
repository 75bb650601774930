"""Bytes that were sent, and to whom they can be told to belong (contract section 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.support.recorded_checks import RecordingStore, recording_store
from tests.support.sample_rules import FIRST, NOW, SECOND, THIRD, check, rule, slot

from device_update_contract.versions import Version
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.downloads import SentBytes

SIZE = slot(SECOND).update.bytes_total
OTHER = "00-04-F2-00-01-77"
HOME = "10.1.2.3"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordingStore]:
    with recording_store(tmp_path) as opened:
        yield opened


def catalog(approved: Version) -> CatalogSnapshot:
    return CatalogSnapshot(1, [rule(approved=approved)])


def send(
    store: RecordingStore, first: int, end: int, at: datetime, *, address: str = HOME, account: str = "",
    version: Version = SECOND,
) -> None:  # fmt: skip
    update = slot(version).update
    store.downloads.add(SentBytes(to_milliseconds(at), address, update.id, update.files[0].sha256, first, end, account))
    store.flush()


def ask(
    store: RecordingStore, at: datetime, installed: Version = FIRST, *, mac: str = "00-04-F2-00-01-76",
    approved: Version = SECOND, address: str = HOME, account: str = "",
) -> None:  # fmt: skip
    store.check(check(installed, mac=mac), catalog(approved), at, address=address, account=account)
    store.flush()


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_a_download_that_was_cut_goes_on_where_it_was(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, SIZE // 2, minutes(1))
    ask(store, minutes(30))
    assert store.row("SELECT bytes_sent, status FROM device") == (SIZE // 2, "download-stalled")
    send(store, SIZE // 2 - 10, SIZE, minutes(31))
    assert store.row("SELECT bytes_sent, status, offer_attempts FROM device") == (SIZE, "downloaded-not-installed", 1)


def test_bytes_after_the_last_one_count_no_second_time(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, SIZE, minutes(1))
    send(store, 0, SIZE, minutes(2))
    assert store.row("SELECT bytes_sent, offer_attempts FROM device") == (SIZE, 1)
    assert store.row("SELECT count(*) FROM device_event WHERE kind = 'download'") == (1,)


def test_who_asks_again_after_a_whole_download_begins_a_new_attempt(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, SIZE, minutes(1))
    ask(store, minutes(30))
    send(store, 0, 1000, minutes(31))
    assert store.row("SELECT bytes_sent, status, offer_attempts FROM device") == (1000, "downloading", 1)
    send(store, 1000, SIZE, minutes(32))
    assert store.row("SELECT bytes_sent, offer_attempts FROM device") == (SIZE, 2)


def test_bytes_of_an_earlier_offer_of_the_same_version_do_not_count(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, SIZE, minutes(1))
    ask(store, minutes(2), SECOND)
    ask(store, minutes(3), SECOND, approved=THIRD)
    ask(store, minutes(4), THIRD, approved=SECOND)  # rolled back
    send(store, 0, 1000, minutes(5))
    assert store.row("SELECT bytes_sent, status FROM device") == (1000, "downloading")


def test_only_the_files_of_the_offer_under_way_are_remembered(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, SIZE, minutes(1))
    ask(store, minutes(2), SECOND, approved=THIRD)
    send(store, 0, 10, minutes(3), version=THIRD)
    assert store.rows("SELECT update_id, bytes FROM download") == [(slot(THIRD).update.id, 10)]


def test_bytes_to_an_address_without_an_open_offer_belong_to_nobody(store: RecordingStore) -> None:
    ask(store, NOW, SECOND)
    send(store, 0, 100, minutes(1))
    send(store, 0, 100, minutes(1), address="10.9.9.9")
    send(store, 0, 100, minutes(1), address="no address")
    assert store.row("SELECT bytes_sent, status FROM device") == (None, "up-to-date")
    assert store.row("SELECT count(*) FROM download") == (0,)


def test_another_device_at_the_address_with_another_offer_takes_nothing_away(store: RecordingStore) -> None:
    ask(store, NOW)
    ask(store, NOW, mac=OTHER, approved=THIRD)
    send(store, 0, 100, minutes(1))
    assert store.rows("SELECT bytes_sent FROM device ORDER BY id") == [(100,), (0,)]


def test_an_address_is_one_address_however_it_is_written(store: RecordingStore) -> None:
    ask(store, NOW)
    send(store, 0, 100, minutes(1))
    update = slot(SECOND).update
    for address, first, end in ((HOME, 100, SIZE), (f"::ffff:{HOME}", 0, SIZE)):
        store.downloads.add(
            SentBytes(to_milliseconds(minutes(2)), address, update.id, update.files[0].sha256, first, end)
        )
    store.flush()
    assert store.row("SELECT bytes_sent, offer_attempts FROM device") == (SIZE, 1)


def test_a_second_open_offer_at_the_address_makes_bytes_unknown_and_the_status_what_is_still_known(
    store: RecordingStore,
) -> None:
    ask(store, NOW)
    send(store, 0, 100, minutes(1))
    ask(store, minutes(2), mac=OTHER)
    send(store, 100, 200, minutes(3))
    assert store.rows("SELECT bytes_sent, last_byte_at, status FROM device") == [(None, None, "offered")] * 2


def test_bytes_that_could_not_be_told_once_stay_unknown_until_the_next_offer(store: RecordingStore) -> None:
    ask(store, NOW)
    ask(store, NOW, mac=OTHER)
    send(store, 0, SIZE // 2, minutes(1))
    ask(store, minutes(2), SECOND, mac=OTHER)
    send(store, SIZE // 2, SIZE, minutes(3))
    assert store.row("SELECT bytes_sent FROM device WHERE mac <> ?", OTHER) == (None,)
    ask(store, minutes(4), approved=THIRD)
    send(store, 0, 10, minutes(5), version=THIRD)
    assert store.row("SELECT bytes_sent FROM device WHERE mac <> ?", OTHER) == (10,)


def test_behind_one_address_each_account_s_device_gets_its_own_bytes(store: RecordingStore) -> None:
    ask(store, NOW, account="phone1")
    ask(store, NOW, mac=OTHER, account="phone2")
    update = slot(SECOND).update
    for account, end in (("phone1", 100), ("phone2", 200)):  # written in one group
        at = to_milliseconds(minutes(1))
        store.downloads.add(SentBytes(at, HOME, update.id, update.files[0].sha256, 0, end, account))
    store.flush()
    assert store.rows("SELECT bytes_sent, status FROM device ORDER BY id") == [
        (100, "downloading"),
        (200, "downloading"),
    ]


def test_two_devices_with_one_account_behind_one_address_can_not_be_told_apart(store: RecordingStore) -> None:
    ask(store, NOW, account="phone")
    ask(store, NOW, mac=OTHER, account="phone")
    send(store, 0, 100, minutes(1), account="phone")
    assert store.rows("SELECT bytes_sent, status FROM device") == [(None, "offered")] * 2


def test_one_account_behind_two_addresses_is_two_devices(store: RecordingStore) -> None:
    ask(store, NOW, account="phone")
    ask(store, NOW, mac=OTHER, account="phone", address="10.1.2.4")
    send(store, 0, 100, minutes(1), account="phone")
    assert store.rows("SELECT bytes_sent FROM device ORDER BY id") == [(100,), (0,)]


def test_a_signed_in_and_an_anonymous_device_behind_one_address_take_nothing_from_each_other(
    store: RecordingStore,
) -> None:
    ask(store, NOW)
    ask(store, NOW, mac=OTHER, account="phone")
    send(store, 0, 100, minutes(1))
    send(store, 0, 200, minutes(1), account="phone")
    assert store.rows("SELECT bytes_sent FROM device ORDER BY id") == [(100,), (200,)]


@pytest.mark.parametrize(("asked", "sent"), [("", "phone"), ("phone", ""), ("phone", "phone2")])
def test_bytes_to_an_account_that_was_offered_nothing_belong_to_nobody(
    store: RecordingStore, asked: str, sent: str
) -> None:
    ask(store, NOW, account=asked)
    send(store, 0, 100, minutes(1), account=sent)
    assert store.row("SELECT bytes_sent, status FROM device") == (0, "offered")


def test_an_account_is_one_account_however_it_is_written(store: RecordingStore) -> None:
    ask(store, NOW, account="CONTOSO\\Phone")
    send(store, 0, 100, minutes(1), account="contoso\\PHONE")
    assert store.row("SELECT bytes_sent FROM device") == (100,)


@pytest.mark.parametrize(("before", "now"), [("", "phone"), ("phone", ""), ("phone", "phone2")])
def test_a_device_is_found_by_the_account_of_its_latest_check(store: RecordingStore, before: str, now: str) -> None:
    ask(store, NOW, account=before)
    send(store, 0, 100, minutes(1), account=before)
    ask(store, minutes(2), account=now)
    send(store, 100, 300, minutes(3), account=before)
    assert store.row("SELECT bytes_sent FROM device") == (100,)
    send(store, 100, 200, minutes(4), account=now)
    assert store.row("SELECT bytes_sent FROM device") == (200,)
