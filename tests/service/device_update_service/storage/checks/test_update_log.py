"""The update log's day files: what is in which, what is deleted when, reading beside writing (design decision 11)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.recorded_checks import recording_store
from tests.support.sample_rules import FIRST, SECOND, check, rule

from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import DAY, UpdateLog
from device_update_service.storage.errors import StorageUnavailable

MIDNIGHT = datetime(2013, 5, 4, tzinfo=UTC)
LATER = to_milliseconds(MIDNIGHT + timedelta(days=400))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[UpdateLog]:
    log = UpdateLog(tmp_path)
    yield log
    log.close()


def line(
    sequence: int, at: datetime, *, device: int = 1, reason: str = "up-to-date", version: str | None = None
) -> list[object]:
    return [
        sequence, to_milliseconds(at), device, "10.1.2.3", "UCPhone", "00-04-F2-00-01-76", None, "Polycom", "CX700",
        "A", "ENU", "", "", None, reason, version,
    ]  # fmt: skip


def append(log: UpdateLog, *lines: list[object]) -> None:
    for day in sorted({int(str(each[1])) // DAY for each in lines}):
        log.append(day, json.dumps([each for each in lines if int(str(each[1])) // DAY == day]))


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def days(folder: Path) -> list[str]:
    return sorted(file.stem.removeprefix("update-log-") for file in folder.glob("*.sqlite"))


def test_a_check_belongs_to_its_day_in_utc(log: UpdateLog, tmp_path: Path) -> None:
    append(log, line(1, MIDNIGHT - timedelta(milliseconds=1)), line(2, MIDNIGHT))
    assert days(tmp_path) == ["20130503", "20130504"]
    for name, at in (("20130503", to_milliseconds(MIDNIGHT) - 1), ("20130504", to_milliseconds(MIDNIGHT))):
        connection = sqlite3.connect(tmp_path / f"update-log-{name}.sqlite")
        assert connection.execute("SELECT at FROM check_log").fetchall() == [(at,)]
        connection.close()


def test_checks_of_one_group_around_midnight_go_to_two_days(tmp_path: Path) -> None:
    catalog = CatalogSnapshot(1, [rule(approved=SECOND)])
    with recording_store(tmp_path) as store:
        for seconds in (-1, 1):
            store.check(check(FIRST), catalog, MIDNIGHT + timedelta(seconds=seconds))
        store.flush()
        assert days(store.folder.update_log) == ["20130503", "20130504"]
        assert [fold.count for fold in store.update_log.device_checks(1, LATER, 10)] == [1, 1]


def test_a_line_that_is_written_twice_stands_once(log: UpdateLog) -> None:
    append(log, line(1, MIDNIGHT))
    append(log, line(1, MIDNIGHT), line(2, MIDNIGHT + timedelta(seconds=1)))
    (fold,) = log.device_checks(1, LATER, 10)
    assert fold.count == 2


def test_checks_are_folded_while_nothing_changes_newest_first(log: UpdateLog) -> None:
    hour = timedelta(hours=1)
    append(
        log,
        line(1, MIDNIGHT, reason="approved-update", version="2"),
        line(2, MIDNIGHT + hour, reason="approved-update", version="2"),
        line(3, MIDNIGHT + 2 * hour),
        line(4, MIDNIGHT + 2 * hour, device=2),
        line(5, MIDNIGHT + 3 * hour, reason="approved-update", version="2"),
    )
    folds = log.device_checks(1, LATER, 10)
    assert [(fold.reason, fold.version, fold.count) for fold in folds] == [
        ("approved-update", "2", 1),
        ("up-to-date", None, 1),
        ("approved-update", "2", 2),
    ]
    assert (folds[2].first_at, folds[2].last_at) == (to_milliseconds(MIDNIGHT), to_milliseconds(MIDNIGHT + hour))


def test_folds_are_given_page_by_page_over_days(log: UpdateLog) -> None:
    append(log, *(line(n, MIDNIGHT + timedelta(days=n), reason=f"reason-{n}") for n in range(5)))
    seen: list[str] = []
    before = LATER
    while folds := log.device_checks(1, before, 2):
        seen += [fold.reason for fold in folds]
        before = folds[-1].first_at
    assert seen == [f"reason-{n}" for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("hour", [0, 23])
def test_days_that_ended_longer_ago_than_they_are_kept_are_deleted_whole(
    log: UpdateLog, tmp_path: Path, hour: int
) -> None:
    append(log, *(line(n, MIDNIGHT + timedelta(days=n)) for n in range(4)))
    gone = log.delete_before(MIDNIGHT + timedelta(days=3, hours=hour), 2)
    assert [file.name for file in gone] == ["update-log-20130504.sqlite"]
    assert days(tmp_path) == ["20130505", "20130506", "20130507"]


def test_a_deleted_day_leaves_no_journal_behind_even_while_it_is_written_and_read(
    log: UpdateLog, tmp_path: Path
) -> None:
    append(log, line(1, MIDNIGHT))
    reader = sqlite3.connect(tmp_path / "update-log-20130504.sqlite")
    assert reader.execute("SELECT count(*) FROM check_log").fetchone() == (1,)
    assert {f"update-log-20130504.sqlite{suffix}" for suffix in ("", "-wal", "-shm")} == names(tmp_path)
    log.delete_before(MIDNIGHT + timedelta(days=30), 10)
    assert names(tmp_path) == set()
    assert reader.execute("SELECT count(*) FROM check_log").fetchone() == (1,)
    reader.close()


def test_a_day_that_was_deleted_can_begin_anew(log: UpdateLog) -> None:
    append(log, line(1, MIDNIGHT))
    log.delete_before(MIDNIGHT + timedelta(days=30), 10)
    append(log, line(2, MIDNIGHT + timedelta(seconds=1)))
    assert [fold.count for fold in log.device_checks(1, LATER, 10)] == [1]


def test_other_files_in_the_folder_are_left_alone(log: UpdateLog, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    append(log, line(1, MIDNIGHT))
    log.delete_before(MIDNIGHT + timedelta(days=30), 10)
    assert names(tmp_path) == {"notes.txt"}


def test_what_is_written_is_read_at_once_and_reading_does_not_stop_writing(log: UpdateLog, tmp_path: Path) -> None:
    append(log, line(1, MIDNIGHT))
    reader = sqlite3.connect(f"file:{tmp_path / 'update-log-20130504.sqlite'}?mode=ro", uri=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM check_log").fetchone() == (1,)
    append(log, line(2, MIDNIGHT + timedelta(seconds=1)))
    assert log.device_checks(1, LATER, 10)[0].count == 2
    assert reader.execute("SELECT count(*) FROM check_log").fetchone() == (1,)
    reader.close()


def test_a_day_that_nobody_writes_any_more_is_still_read(log: UpdateLog) -> None:
    append(log, *(line(n, MIDNIGHT + timedelta(days=n)) for n in range(6)))
    assert len(log.device_checks(1, LATER, 10)) == 6


def test_only_a_few_days_are_held_open(log: UpdateLog, tmp_path: Path) -> None:
    append(log, *(line(n, MIDNIGHT + timedelta(days=n)) for n in range(6)))
    assert len(list(tmp_path.glob("*-wal"))) == 3


def test_a_day_that_has_only_just_been_made_holds_no_checks(log: UpdateLog, tmp_path: Path) -> None:
    append(log, line(1, MIDNIGHT))
    (tmp_path / "update-log-20130505.sqlite").touch()
    assert len(log.device_checks(1, LATER, 10)) == 1


@pytest.mark.expects_log_records("A day of the update log cannot be read")
def test_a_damaged_day_hides_no_other_day(log: UpdateLog, tmp_path: Path) -> None:
    append(log, line(1, MIDNIGHT))
    (tmp_path / "update-log-20130505.sqlite").write_bytes(b"no database" * 1000)
    assert len(log.device_checks(1, LATER, 10)) == 1


def test_a_day_that_can_not_be_written_is_told_as_unavailable(log: UpdateLog, tmp_path: Path) -> None:
    (tmp_path / "update-log-20130504.sqlite").mkdir()
    with pytest.raises(StorageUnavailable, match="The update log cannot be written"):
        append(log, line(1, MIDNIGHT))


def test_what_devices_send_never_breaks_the_parts_of_a_line(tmp_path: Path) -> None:
    catalog = CatalogSnapshot(1, [rule(approved=SECOND)])
    with recording_store(tmp_path) as store:
        store.check(check(FIRST, file_name="a;b#c.nbt"), catalog, MIDNIGHT)
        store.flush()
    connection = sqlite3.connect(store.folder.update_log / "update-log-20130504.sqlite")
    assert connection.execute("SELECT request_modules FROM check_log").fetchall() == [(f"a_b_c.nbt;{FIRST};",)]
    connection.close()


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "a%20b#c?d é"
    folder.mkdir()
    log = UpdateLog(folder)
    append(log, line(1, MIDNIGHT))
    assert [fold.count for fold in log.device_checks(1, LATER, 10)] == [1]
    assert names(tmp_path) == {folder.name}
    log.close()


@pytest.mark.expects_log_records("damaged and was set aside")
def test_a_damaged_day_is_set_aside_and_the_next_checks_are_written(log: UpdateLog, tmp_path: Path) -> None:
    (tmp_path / "update-log-20130504.sqlite").write_bytes(b"no database " * 1000)
    append(log, line(1, MIDNIGHT))
    assert [fold.count for fold in log.device_checks(1, LATER, 10)] == [1]
    assert (tmp_path / "update-log-20130504.damaged").read_bytes().startswith(b"no database")
