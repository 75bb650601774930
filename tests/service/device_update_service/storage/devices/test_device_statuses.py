"""Statuses that change by the clock or with a setting, and what a device has to do to get another (contract 2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.support.recorded_checks import RecordingStore, recording_store
from tests.support.sample_rules import FIRST, NOW, SECOND, check, rule, slot

from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.device_status import StatusSettings
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.downloads import SentBytes
from device_update_service.storage.devices import device_statuses
from device_update_service.storage.devices.device_statuses import DEPENDING_ON_SETTINGS, DOWNLOADING, MovedStatuses

CATALOG = CatalogSnapshot(1, [rule(approved=SECOND)])
SETTINGS = StatusSettings()
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordingStore]:
    with recording_store(tmp_path) as opened:
        yield opened


def see(store: RecordingStore, *, at: datetime = NOW, installed: object = SECOND, count: int = 1) -> None:
    for number in range(count):
        store.check(check(str(installed), mac=f"00-04-F2-00-{number // 256:02X}-{number % 256:02X}"), CATALOG, at)
    store.flush()


def overdue(store: RecordingStore, now: datetime, settings: StatusSettings = SETTINGS) -> MovedStatuses:
    return store.database.write(partial(device_statuses.move_overdue, now, settings)).result(30)


def move(
    store: RecordingStore, statuses: tuple[str, ...], now: datetime, settings: StatusSettings = SETTINGS
) -> MovedStatuses:
    return store.database.write(partial(device_statuses.move_with_status, statuses, 0, now, settings)).result(30)


def status(store: RecordingStore) -> str:
    return str(store.row("SELECT status FROM device")[0])


def test_a_device_is_silent_once_the_time_after_its_next_check_has_passed(store: RecordingStore) -> None:
    see(store)
    due = NOW + DAY + timedelta(hours=SETTINGS.silent_after_hours)
    assert overdue(store, due) == MovedStatuses((), None)
    assert overdue(store, due + timedelta(seconds=1)) == MovedStatuses((1,), None)
    assert store.row("SELECT status, status_since FROM device") == (
        "silent",
        to_milliseconds(due + timedelta(seconds=1)),
    )
    assert overdue(store, due + timedelta(minutes=1)) == MovedStatuses((), None)


def test_a_silent_device_is_retired_later(store: RecordingStore) -> None:
    see(store)
    assert overdue(store, NOW + 10 * DAY).changed == (1,)
    assert overdue(store, NOW + 91 * DAY).changed == (1,)
    assert status(store) == "retired"
    assert overdue(store, NOW + 92 * DAY).changed == ()


def test_a_device_is_retired_in_time_even_where_silence_takes_longer(store: RecordingStore) -> None:
    settings = StatusSettings(silent_after_hours=8760, retire_after_days=1)
    see(store)
    assert overdue(store, NOW + 2 * DAY, settings).changed == (1,)
    assert status(store) == "retired"


@pytest.mark.parametrize(("days", "thought"), [(10, "silent"), (100, "retired")])
def test_the_next_check_of_a_silent_device_is_looked_at_whole_though_it_tells_nothing_new(
    store: RecordingStore, days: int, thought: str
) -> None:
    see(store)
    overdue(store, NOW + days * DAY)
    assert status(store) == thought
    see(store, at=NOW + days * DAY + timedelta(minutes=1))
    assert status(store) == "up-to-date"


def test_devices_are_moved_in_slices_until_none_is_left(store: RecordingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_statuses, "SLICE", 4)
    see(store, count=10)
    slices = [overdue(store, NOW + 10 * DAY) for _ in range(4)]
    assert [len(moved.changed) for moved in slices] == [4, 4, 2, 0]
    assert [moved.last_id is None for moved in slices] == [False, False, True, True]


def test_devices_with_a_status_are_looked_at_in_slices_in_the_order_of_their_ids(
    store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_statuses, "SLICE", 4)
    see(store, count=10)
    after: int | None = 0
    looked: list[int] = []
    while after is not None:
        look = partial(device_statuses.move_with_status, ("up-to-date",), after, NOW + 10 * DAY, SETTINGS)
        moved = store.database.write(look).result(30)
        looked += moved.changed
        after = moved.last_id
    assert looked == list(range(1, 11))


def test_a_download_without_bytes_for_ten_minutes_has_stalled(store: RecordingStore) -> None:
    see(store, installed=FIRST)
    update = slot(SECOND).update
    sent = SentBytes(to_milliseconds(NOW), "10.1.2.3", update.id, update.files[0].sha256, 0, 100)
    store.downloads.add(sent)
    store.flush()
    assert move(store, DOWNLOADING, NOW + timedelta(minutes=10)).changed == ()
    assert status(store) == "downloading"
    assert move(store, DOWNLOADING, NOW + timedelta(minutes=10, seconds=1)).changed == (1,)
    assert status(store) == "download-stalled"


def test_a_setting_that_is_changed_and_changed_back_moves_devices_there_and_back(store: RecordingStore) -> None:
    see(store)
    now = NOW + DAY + timedelta(hours=10)
    strict = StatusSettings(silent_after_hours=1)
    assert overdue(store, now, strict).changed == (1,)
    assert status(store) == "silent"
    assert move(store, DEPENDING_ON_SETTINGS, now).changed == (1,)
    assert status(store) == "up-to-date"


def test_fewer_offers_until_an_install_loop_count_at_once(store: RecordingStore) -> None:
    update = slot(SECOND).update
    for day in range(3):
        see(store, at=NOW + day * DAY, installed=FIRST)
        at = to_milliseconds(NOW + day * DAY) + 1000
        store.downloads.add(SentBytes(at, "10.1.2.3", update.id, update.files[0].sha256, 0, update.bytes_total))
        store.flush()
    assert status(store) == "downloaded-not-installed"
    now = NOW + 2 * DAY + timedelta(minutes=1)
    assert move(store, DEPENDING_ON_SETTINGS, now, StatusSettings(install_loop_offers=3)).changed == (1,)
    assert status(store) == "install-loop"
    assert move(store, DEPENDING_ON_SETTINGS, now).changed == (1,)
    assert status(store) == "downloaded-not-installed"


def test_devices_in_an_install_loop_are_known_by_both_identifiers_after_a_restart(tmp_path: Path) -> None:
    with recording_store(tmp_path) as store:
        store.sightings.settings = StatusSettings(install_loop_offers=2)
        size = slot(SECOND).update.bytes_total
        for day in range(2):
            at = NOW + day * DAY
            store.check(check(FIRST, serial="z-1"), CATALOG, at)
            store.flush()
            update = slot(SECOND).update
            store.downloads.add(
                SentBytes(to_milliseconds(at) + 1000, "10.1.2.3", update.id, update.files[0].sha256, 0, size)
            )
            store.flush()
    with recording_store(tmp_path) as store:
        looping = store.read(device_statuses.looping_devices)
    assert looping == {"00-04-F2-00-01-76": frozenset({1}), "Z-1": frozenset({1})}
