"""The update log's text files: twelve columns that any reader takes, by day and size, late but never wrong."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.small_disks import fill, make_room, small_disk

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import DAY, UpdateLog
from device_update_service.storage.checks.update_log_files import FileLimits, UpdateLogFiles
from device_update_service.storage.checks.update_log_lines import HEADER
from device_update_service.storage.errors import StorageUnavailable

NOON = datetime(2013, 5, 4, 12, tzinfo=UTC)
LIMITS = FileLimits(largest=1_000_000, waiting=500_000, seconds=300)
MODULES = "CPE.nbt;1.0.522.101;2009-05-01T17:09:26Z"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[UpdateLog]:
    (tmp_path / "update-log").mkdir()
    log = UpdateLog(tmp_path / "update-log")
    yield log
    log.close()


def files(log: UpdateLog, tmp_path: Path) -> UpdateLogFiles:
    return UpdateLogFiles(log, tmp_path / "Logs", tmp_path / "update-log" / "written.json", "updates 1")


def append(
    log: UpdateLog,
    sequence: int,
    at: datetime = NOON,
    *,
    user: str | None = "kenmyer@contoso.com",
    mac: str | None = None,
) -> None:
    milliseconds = to_milliseconds(at)
    line = [
        sequence, milliseconds, 1, "10.1.2.3", "UCPhone", mac or f"00-04-F2-00-00-{sequence:02X}", None, "Polycom",
        "CX700", "A", "ENU", MODULES, "", user, "up-to-date", None,
    ]  # fmt: skip
    log.append(milliseconds // DAY, json.dumps([line]))


def texts(tmp_path: Path) -> dict[str, str]:
    return {file.name: file.read_bytes().decode() for file in sorted((tmp_path / "Logs").glob("*"))}


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_line_has_the_twelve_columns_of_the_contract(log: UpdateLog, tmp_path: Path) -> None:
    append(log, 1)
    assert files(log, tmp_path).write(LIMITS) == 1
    assert texts(tmp_path) == {
        "RequestHandlerAuditLog_updates_1_20130504.log": "Logging DateTime,User Host Address,Device Type,Mac Address,"
        "Serial Number,Vendor,Model,Revision,Locale,Request Modules,Response Modules,User ID\r\n"
        "2013-05-04 12:00:00,10.1.2.3,UCPhone,00-04-F2-00-00-01,,Polycom,CX700,A,ENU,"
        f"{MODULES},,kenmyer@contoso.com\r\n"
    }


def test_a_restored_service_gets_the_files_of_all_its_days_again(log: UpdateLog, tmp_path: Path) -> None:
    for number in range(6):
        append(log, number + 1, NOON + timedelta(days=number))
    files(log, tmp_path).write(LIMITS)
    before = texts(tmp_path)
    assert len(before) == 6
    (tmp_path / "update-log" / "written.json").unlink()
    for file in (tmp_path / "Logs").glob("*"):
        file.unlink()
    restored = files(log, tmp_path)
    assert restored.write(LIMITS) == 6
    assert texts(tmp_path) == before
    assert restored.write(LIMITS) == 0


def test_the_newest_line_of_a_device_is_its_last_as_community_scripts_expect(log: UpdateLog, tmp_path: Path) -> None:
    append(log, 1, mac="00-04-F2-00-01-76")
    append(log, 2, NOON + timedelta(hours=1), mac="00-04-F2-00-01-76")
    files(log, tmp_path).write(LIMITS)
    [text] = texts(tmp_path).values()
    assert text.startswith("Logging DateTime,")
    newest = {row[3]: row[0] for row in rows(text)[1:]}
    assert newest == {"00-04-F2-00-01-76": "2013-05-04 13:00:00"}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20) | st.text('\r\n=,"a', max_size=9))
def test_whatever_a_device_calls_itself_is_one_field_that_no_spreadsheet_evaluates(
    tmp_path_factory: pytest.TempPathFactory, user: str
) -> None:
    folder = tmp_path_factory.mktemp("log")
    (folder / "update-log").mkdir()
    log = UpdateLog(folder / "update-log")
    append(log, 1, user=user)
    files(log, folder).write(LIMITS)
    log.close()
    [text] = texts(folder).values()
    [_, line] = rows(text)
    kept = user.replace("\r", " ").replace("\n", " ")
    assert line[11] == (f"'{kept}" if user[:1] in set("=+-@\t\r") and user else kept)
    assert len(line) == 12
    assert text.count("\n") == 2


def test_a_day_and_a_file_that_reached_its_size_go_on_in_a_new_file(log: UpdateLog, tmp_path: Path) -> None:
    for number in range(1, 21):
        append(log, number)
    append(log, 21, NOON + timedelta(days=1))
    writer = files(log, tmp_path)
    assert writer.write(FileLimits(largest=1024, waiting=0, seconds=300)) == 21
    found = texts(tmp_path)
    assert [name.removeprefix("RequestHandlerAuditLog_updates_1_2013") for name in found][:3] == [
        "0504.log", "0504_1.log", "0504_2.log",
    ]  # fmt: skip
    assert "RequestHandlerAuditLog_updates_1_20130505.log" in found
    assert all(text.startswith(HEADER) for text in found.values())
    assert all(1024 <= len(text) < 1300 for name, text in found.items() if name.endswith("0504.log"))
    assert sum(len(rows(text)) - 1 for text in found.values()) == 21


def test_what_was_written_is_not_written_again_by_the_next_service(log: UpdateLog, tmp_path: Path) -> None:
    append(log, 1)
    files(log, tmp_path).write(LIMITS)
    append(log, 2)
    assert files(log, tmp_path).write(LIMITS) == 1
    [text] = texts(tmp_path).values()
    assert len(rows(text)) == 3


def test_lines_that_were_written_but_not_noted_stand_once(log: UpdateLog, tmp_path: Path) -> None:
    append(log, 1)
    files(log, tmp_path).write(LIMITS)
    notes = (tmp_path / "update-log" / "written.json").read_bytes()
    append(log, 2)
    files(log, tmp_path).write(LIMITS)
    (tmp_path / "update-log" / "written.json").write_bytes(notes)
    append(log, 3)
    files(log, tmp_path).write(LIMITS)
    [text] = texts(tmp_path).values()
    assert [row[3][-2:] for row in rows(text)[1:]] == ["01", "02", "03"]


@pytest.mark.parametrize("damage", ["no notes", "no file", "a shorter file"])
def test_a_day_whose_files_or_notes_are_damaged_is_written_anew(log: UpdateLog, tmp_path: Path, damage: str) -> None:
    append(log, 1)
    files(log, tmp_path).write(LIMITS)
    [path] = (tmp_path / "Logs").iterdir()
    if damage == "no notes":
        (tmp_path / "update-log" / "written.json").write_text("{")
    elif damage == "no file":
        path.unlink()
    else:
        path.write_bytes(b"Logging")
    append(log, 2)
    files(log, tmp_path).write(LIMITS)
    [text] = texts(tmp_path).values()
    assert [row[3][-2:] for row in rows(text)[1:]] == ["01", "02"]


def test_a_full_disk_makes_the_files_late_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size=1024 * 1024) as disk:
        fill(disk)
        (tmp_path / "update-log").mkdir()
        log = UpdateLog(tmp_path / "update-log")
        append(log, 1)
        writer = UpdateLogFiles(log, disk / "Logs", tmp_path / "update-log" / "written.json", "updates 1")
        with pytest.raises(StorageUnavailable, match="No space left"):
            writer.write(LIMITS)
        make_room(disk)
        assert writer.write(LIMITS) == 1
        log.close()


def test_nothing_is_due_before_the_room_is_used_up_or_the_time_is_over(log: UpdateLog, tmp_path: Path) -> None:
    writer = files(log, tmp_path)
    assert not writer.is_due(LIMITS, 0, 1e9)
    assert not writer.is_due(LIMITS, 1, 299)
    assert writer.is_due(LIMITS, 1, 300)
    assert writer.is_due(LIMITS, 100_000, 0)
    assert writer.is_due(FileLimits(largest=1024, waiting=0, seconds=300), 1, 0)


def test_old_files_go_and_young_ones_stay(log: UpdateLog, tmp_path: Path) -> None:
    for day in range(5):
        append(log, day + 1, NOON + timedelta(days=day))
        files(log, tmp_path).write(LIMITS)
    gone = files(log, tmp_path).delete_before(NOON + timedelta(days=4), 2)
    assert [name[-12:-4] for name in gone] == ["20130504", "20130505"]
    assert len(texts(tmp_path)) == 3
    assert files(log, tmp_path).delete_before(NOON + timedelta(days=4), 2) == []


def test_old_files_of_a_server_that_was_called_otherwise_go_too(log: UpdateLog, tmp_path: Path) -> None:
    for number in range(20):
        append(log, number + 1, NOON + timedelta(days=number % 2))
    limits = FileLimits(largest=1024, waiting=0, seconds=300)
    for server in ("web_20130101_1", "web"):
        UpdateLogFiles(log, tmp_path / "Logs", tmp_path / "update-log" / f"{server}.json", server).write(limits)
    (tmp_path / "Logs" / "RequestHandlerAuditLog_notes.log").write_text("a person's own")
    assert len(texts(tmp_path)) == 9
    gone = files(log, tmp_path).delete_before(NOON + timedelta(days=2), 1)
    assert len(gone) == 4
    assert {name.rpartition("_")[0] for name in texts(tmp_path) if "20130504" in name} == set()


def test_a_clock_set_back_over_midnight_writes_into_the_day_before(log: UpdateLog, tmp_path: Path) -> None:
    midnight = datetime(2013, 5, 5, tzinfo=UTC)
    for sequence, at in ((1, midnight - timedelta(minutes=1)), (2, midnight), (3, midnight - timedelta(minutes=30))):
        append(log, sequence, at)
        files(log, tmp_path).write(LIMITS)
    found = texts(tmp_path)
    assert [len(rows(text)) - 1 for text in found.values()] == [2, 1]


def test_days_that_a_wrong_clock_left_behind_hold_up_no_other(log: UpdateLog, tmp_path: Path) -> None:
    for sequence in range(1, 5):
        append(log, sequence, NOON + timedelta(days=9000 + sequence))
    append(log, 5, NOON - timedelta(days=9000))
    writer = files(log, tmp_path)
    assert writer.write(LIMITS) == 5
    for sequence, at in ((6, NOON), (7, NOON - timedelta(days=9000)), (8, NOON + timedelta(days=9001))):
        append(log, sequence, at)
        assert writer.write(LIMITS) == 1


def test_files_that_were_refused_for_many_days_are_all_written_in_the_end(tmp_path: Path, log: UpdateLog) -> None:
    (tmp_path / "Logs").write_text("in the folder's place")
    for number in range(6):
        append(log, number + 1, NOON + timedelta(days=number))
        with pytest.raises(StorageUnavailable):
            files(log, tmp_path).write(LIMITS)
    (tmp_path / "Logs").unlink()
    assert files(log, tmp_path).write(LIMITS) == 6
    assert len(texts(tmp_path)) == 6


def test_a_day_without_new_lines_is_not_opened_again(log: UpdateLog, tmp_path: Path) -> None:
    append(log, 1)
    append(log, 2, NOON + timedelta(days=1))
    writer = files(log, tmp_path)
    writer.write(LIMITS)
    log.path("20130504").write_bytes(b"no database any more")  # opening it would be told in the log
    append(log, 3, NOON + timedelta(days=1))
    assert writer.write(LIMITS) == 1
