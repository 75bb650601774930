"""What the service does by itself: settings that move devices, old things that go, and failures that are told."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.support.log_uploads import send_log
from tests.support.running_services import RunningService, running_service
from tests.support.small_disks import fill, make_room, small_disk

from device_update_contract.administration.server import HealthCheck
from device_update_contract.settings import Value
from device_update_service.configuration.notifications import Notifications
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.devices.device_writes import load_records
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.setting_records import write_settings
from device_update_service.storage.tables import DATABASE
from device_update_service.web.domain_roles import DomainRoles
from device_update_service.web.housekeeping import UPDATE_LOG_FILES, Housekeeping
from device_update_service.web.serving import Parts, health_checks

CHECK = (
    b"<Request><DeviceType>UCPhone</DeviceType><MacAddress>00-04-F2-00-01-76</MacAddress><Vendor>Polycom</Vendor>"
    b"<Model>CX700</Model><Revision>A</Revision><Locale>ENU</Locale></Request>"
)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[RunningService]:
    """A service whose housekeeping does nothing by itself, and that has seen one device."""
    async with running_service(tmp_path) as running:
        await running.parts.housekeeping.stop()
        async with running.client.post(f"{running.internal}/RequestHandler/ucdevice.upx", data=CHECK) as answer:
            assert answer.status == 200
        yield running


def new_housekeeping(parts: Parts) -> Housekeeping:
    return Housekeeping(parts.service, parts.sightings, parts.update_log, DomainRoles(parts.service, None))


def later(service: RunningService, time: timedelta) -> None:
    now = datetime.now(UTC) + time
    service.parts.service.clock = lambda: now


async def change_settings(service: RunningService, **values: Value) -> None:
    await service.parts.service.write(partial(write_settings, values))


async def status(service: RunningService) -> str:
    return str((await service.rows("SELECT status FROM device"))[0][0])


async def test_a_device_that_does_not_ask_any_more_becomes_silent_and_that_is_told(service: RunningService) -> None:
    assert await status(service) == "no-rule"
    events = service.parts.service.events.subscribe()
    later(service, timedelta(days=10))
    await service.parts.housekeeping.move_statuses()
    assert await status(service) == "silent"
    while (event := await asyncio.wait_for(events.get(), 60)) is not None:
        if event.name == "devices-changed" and event.ids == ("1",):
            break


async def test_a_setting_that_is_changed_moves_devices_and_changed_back_moves_them_back(
    service: RunningService,
) -> None:
    later(service, timedelta(hours=40))
    await service.parts.housekeeping.move_statuses()
    assert await status(service) == "no-rule"
    await change_settings(service, silent_after_hours=1)
    await service.parts.housekeeping.move_statuses()
    assert await status(service) == "silent"
    await change_settings(service, silent_after_hours=72)
    await service.parts.housekeeping.move_statuses()
    assert await status(service) == "no-rule"


async def test_a_silent_device_that_asks_again_is_as_it_was(service: RunningService) -> None:
    later(service, timedelta(days=10))
    await service.parts.housekeeping.move_statuses()
    assert await status(service) == "silent"
    async with service.client.post(f"{service.internal}/RequestHandler/ucdevice.upx", data=CHECK) as answer:
        assert answer.status == 200
    assert await status(service) == "no-rule"


async def test_cleaning_deletes_days_of_the_update_log_old_history_and_files_that_no_row_names(
    service: RunningService,
) -> None:
    folder = service.parts.service.folder
    assert isinstance(folder, DataFolder)
    await service.rows("SELECT 1")
    assert len(list(folder.update_log.glob("*.sqlite"))) == 1
    orphan = service.parts.service.images.path("ab" * 32)
    orphan.parent.mkdir()
    orphan.write_bytes(b"orphan")
    later(service, timedelta(days=401))
    await service.parts.housekeeping.clean()
    await service.parts.housekeeping.clean_logs()
    assert list(folder.update_log.iterdir()) == []
    assert await service.rows("SELECT count(*) FROM device_event") == [(0,)]
    assert not orphan.exists()
    assert len(await service.parts.service.read(partial(load_records, [1]))) == 1  # devices stay


async def test_the_settings_say_how_long_things_are_kept(service: RunningService) -> None:
    await service.rows("SELECT 1")
    await change_settings(service, log_cleanup_days=30, history_days=30)
    later(service, timedelta(days=20))
    await service.parts.housekeeping.clean()
    await service.parts.housekeeping.clean_logs()
    assert await service.rows("SELECT count(*) FROM device_event") == [(1,)]
    assert len(list(service.parts.service.folder.update_log.glob("*.sqlite"))) == 1
    later(service, timedelta(days=32))
    await service.parts.housekeeping.clean()
    await service.parts.housekeeping.clean_logs()
    assert await service.rows("SELECT count(*) FROM device_event") == [(0,)]
    assert list(service.parts.service.folder.update_log.iterdir()) == []


async def health(service: RunningService) -> list[HealthCheck]:
    return [await check() for check in health_checks(service.parts)]


@pytest.mark.expects_log_records("^Housekeeping failed$")
async def test_work_that_fails_is_told_tried_again_and_stops_no_other_work(
    service: RunningService, caplog: pytest.LogCaptureFixture
) -> None:
    parts = service.parts
    housekeeping = new_housekeeping(parts)
    parts.housekeeping = housekeeping
    done, tried_again = asyncio.Event(), asyncio.Event()
    attempts: list[int] = []

    async def succeed() -> None:
        done.set()

    async def fail() -> None:
        attempts.append(1)
        if len(attempts) == 3:
            tried_again.set()
        raise OSError("disk on fire")

    failing = asyncio.create_task(housekeeping._repeat("cleaning", 0, fail))
    working = asyncio.create_task(housekeeping._repeat("statuses", 3600, succeed))
    await asyncio.wait_for(done.wait(), 60)
    await asyncio.wait_for(tried_again.wait(), 60)
    told = [check for check in await health(service) if check.name == "housekeeping"]
    assert [(check.status, check.detail) for check in told] == [("degraded", "cleaning: disk on fire")]
    assert [record.getMessage() for record in caplog.records].count("Housekeeping failed") == 1
    for task in (failing, working):
        task.cancel()
    await asyncio.gather(failing, working, return_exceptions=True)
    done.clear()
    again = asyncio.create_task(housekeeping._repeat("cleaning", 3600, succeed))
    await asyncio.wait_for(done.wait(), 60)
    again.cancel()
    assert [check.status for check in await health(service)] == ["ok"] * 5


async def test_a_change_by_a_command_on_the_host_reaches_the_catalog(service: RunningService) -> None:
    generation = service.parts.service.catalog.generation
    raised = "UPDATE server_state SET value = value + 1 WHERE name = 'generation'"
    await service.parts.service.write(lambda: DATABASE.execute_sql(raised))
    await service.parts.service.follow_generation()
    assert service.parts.service.catalog.generation == generation + 1


async def test_logs_are_cleaned_at_the_time_of_day_that_is_set(service: RunningService) -> None:
    await service.rows("SELECT 1")
    now = service.parts.service.clock().astimezone()
    await change_settings(service, log_cleanup_days=1, log_cleanup_time_of_day=f"{(now.hour + 2) % 24:02}:00")
    later(service, timedelta(days=2) - timedelta(hours=now.hour, minutes=now.minute))
    housekeeping = new_housekeeping(service.parts)
    service.parts.service.started_at = service.parts.service.clock()
    fresh = new_housekeeping(service.parts)
    await fresh.clean_logs_when_due()
    assert len(list(service.parts.service.folder.update_log.glob("*.sqlite"))) == 1
    await housekeeping.clean_logs_when_due()
    assert list(service.parts.service.folder.update_log.iterdir()) == []


async def test_logs_that_were_to_go_while_no_service_ran_go_when_one_starts(service: RunningService) -> None:
    folder = service.parts.service.folder
    assert (await send_log(service, b"x"))[0] == 200
    now = service.parts.service.clock().astimezone()
    await change_settings(service, log_cleanup_days=1, log_cleanup_time_of_day=f"{(now.hour + 2) % 24:02}:00")
    later(service, timedelta(days=5) - timedelta(hours=now.hour, minutes=now.minute))
    service.parts.service.started_at = service.parts.service.clock()
    await new_housekeeping(service.parts).clean_logs_when_due()
    assert list(folder.update_log.glob("*.sqlite")) == []
    assert await service.rows("SELECT count(*) FROM device_log") == [(0,)]
    assert [path for path in folder.readable_device_logs.rglob("*") if path.is_file()] == []


def written_lines(service: RunningService) -> int:
    folder = service.parts.service.folder.update_log_files
    return sum(len(file.read_text().splitlines()) - 1 for file in folder.glob("*.log"))


async def check_again(service: RunningService) -> None:
    async with service.client.post(f"{service.internal}/RequestHandler/ucdevice.upx", data=CHECK) as answer:
        assert answer.status == 200
    await service.rows("SELECT 1")


async def test_checks_since_a_clock_was_set_back_are_behind_those_before_in_the_text_files(tmp_path: Path) -> None:
    async with running_service(tmp_path) as service:
        folder = service.parts.service.folder
        await check_again(service)
    for file in (*folder.update_log_files.iterdir(), *folder.update_log.glob("*.json")):
        file.unlink()
    [day] = folder.update_log.glob("*.sqlite")
    with contextlib.closing(sqlite3.connect(day)) as connection, connection:
        connection.execute("UPDATE check_log SET sequence = sequence + 3600000000")  # its service was an hour ahead
    async with running_service(tmp_path) as service:
        await service.parts.housekeeping.stop()
        assert written_lines(service) == 1
        await check_again(service)
        await service.parts.update_log.write_files()
        assert written_lines(service) == 2


async def test_without_a_cache_the_text_files_have_every_check_at_once(service: RunningService) -> None:
    await service.rows("SELECT 1")
    await service.parts.update_log.write_files_when_due()
    assert written_lines(service) == 0
    await check_again(service)
    await change_settings(service, max_log_cache_limit=0)
    await service.parts.update_log.write_files_when_due()
    assert written_lines(service) == 2


async def test_a_full_volume_of_logs_turns_the_health_check_red_while_checks_go_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "Logs", size=1024 * 1024) as disk:
        async with running_service(tmp_path) as service:
            await service.parts.housekeeping.stop()
            await change_settings(service, max_log_cache_limit=0)
            fill(disk)
            await check_again(service)
            with pytest.raises(StorageUnavailable):
                await service.parts.update_log.write_files_when_due()
            service.parts.housekeeping.failures[UPDATE_LOG_FILES] = "The update log's files cannot be written."
            checks = {check.name: check for check in [await look() for look in health_checks(service.parts)]}
            assert checks["update-log-files"].status == "failing"
            assert checks["housekeeping"].status == "ok"
            await check_again(service)
            make_room(disk)
            await service.parts.update_log.write_files_when_due()
            assert written_lines(service) == 2


async def test_what_is_not_written_to_the_text_files_is_when_the_service_ends(tmp_path: Path) -> None:
    async with running_service(tmp_path) as service:
        await check_again(service)
    assert written_lines(service) == 1


async def test_administrators_are_told_once_of_devices_in_trouble(service: RunningService) -> None:
    told: list[str] = []
    service.parts.service.tell = lambda notice: told.append(notice.sentence)
    await service.rows("SELECT 1")
    await service.parts.service.write(lambda: DATABASE.execute_sql("UPDATE device SET status = 'install-failed'"))
    service.parts.service.configuration = service.parts.service.configuration.model_copy(
        update={"notifications": Notifications.model_construct(failed_installs=0, silent_devices=100)}
    )
    for _ in range(2):
        await service.parts.housekeeping.tell_what_stands()
    assert told == ["1 device failed to install an update."]
