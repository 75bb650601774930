"""What the service does by itself: statuses by the clock, retention, sweeping, following other processes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from device_update_service.domain.cleaning import is_cleaning_due, is_cleaning_overdue
from device_update_service.domain.notices import NoticeNumbers, StandingNotices, WatchedFacts, standing_notices
from device_update_service.storage import retention
from device_update_service.storage.accounts.lockout_records import sweep_lockouts
from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.devices import device_statuses
from device_update_service.storage.errors import StorageError
from device_update_service.storage.logs.device_log_records import day_of_oldest_log, sweep_orphans
from device_update_service.storage.rules.image_records import delete_unreferenced_images, orphaned_images
from device_update_service.storage.rules.upload_records import remove_expired_uploads
from device_update_service.storage.setting_records import integer_of, read_integer_setting, read_settings
from device_update_service.usecases.device_models import status_settings
from device_update_service.usecases.server_state import disk_check
from device_update_service.usecases.watching import devices_in_trouble
from device_update_service.web.domain_roles import FOLLOWED_SECONDS, DomainRoles
from device_update_service.web.log_upkeep import index_device_logs, remove_device_logs
from device_update_service.web.service import Service
from device_update_service.web.update_log_upkeep import UpdateLogUpkeep

_log = logging.getLogger(__name__)

_FOLLOW_SECONDS: Final = 0.5
_STATUS_SECONDS: Final = 30.0
_CLEAN_SECONDS: Final = 3600.0
_NOTICES_SECONDS: Final = 60.0
_INDEX_SECONDS: Final = 10.0
_FILES_SECONDS: Final = 1.0
_BETWEEN_SLICES: Final = 0.05

UPDATE_LOG_FILES: Final = "update-log-files"
"""The name of the work that writes the update log's text files."""


class Housekeeping:
    """The service's periodic work; each kind in a task of its own, and a failure of one is logged and tried again."""

    def __init__(
        self, service: Service, sightings: SightingWriter, update_log: UpdateLogUpkeep, domain_roles: DomainRoles
    ) -> None:
        self._service = service
        self._domain_roles = domain_roles
        self._sightings = sightings
        self._update_log = update_log
        self._applied = sightings.settings
        """The settings by which all stored statuses are; others are on their way."""
        self._tasks: list[asyncio.Task[None]] = []
        self._logs_cleaned = service.started_at
        self._notices = StandingNotices()
        self.failures: dict[str, str] = {}
        """What failed when it last ran, by name; for the health check."""

    def start(self) -> None:
        """Begin; the first cleaning comes at once."""
        for name, seconds, work in (
            ("follow", _FOLLOW_SECONDS, self._service.follow_generation),
            ("statuses", _STATUS_SECONDS, self.move_statuses),
            ("logs", _STATUS_SECONDS, self.clean_logs_when_due),
            ("cleaning", _CLEAN_SECONDS, self.clean),
            ("notices", _NOTICES_SECONDS, self.tell_what_stands),
            ("roles of domains", FOLLOWED_SECONDS, self._domain_roles.follow),
            ("search index", _INDEX_SECONDS, self._update_log.extend_index),
            ("texts of device logs", _INDEX_SECONDS, partial(index_device_logs, self._service)),
            (UPDATE_LOG_FILES, _FILES_SECONDS, self._update_log.write_files_when_due),
        ):
            self._tasks.append(asyncio.create_task(self._repeat(name, seconds, work), name=f"housekeeping {name}"))

    async def stop(self) -> None:
        """End, after the step that is under way; the update log's text files get what they lack."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StorageError):
            await self._update_log.write_files()

    async def take_settings(self) -> None:
        """Read the settings that decide statuses; devices whose status depends on them are looked at again."""
        settings = await self._service.read(status_settings)
        self._sightings.settings = settings
        if settings != self._applied:
            await self._move_all(device_statuses.DEPENDING_ON_SETTINGS)
            self._applied = settings

    async def move_statuses(self) -> None:
        """Move the statuses that change by the clock alone."""
        await self.take_settings()
        self._sightings.looping = await self._service.read(device_statuses.looping_devices)
        await self._move_all(device_statuses.DOWNLOADING)
        more = True
        while more:
            moved = await self._service.write(
                partial(device_statuses.move_overdue, self._service.clock(), self._sightings.settings)
            )
            self._tell(moved.changed)
            more = moved.last_id is not None and bool(moved.changed)

    async def tell_what_stands(self) -> None:
        """Tell administrators what began since the last look: devices in trouble, a full disk, a failed clean-up."""
        service = self._service
        failed, silent = await service.read(devices_in_trouble)
        warning = await service.read(partial(read_integer_setting, "disk_free_warning"))
        disk = disk_check(service.folder.root, warning)
        facts = WatchedFacts(
            failed,
            silent,
            disk=None if disk.status == "ok" else disk.detail,
            cleaning=self.failures.get("cleaning") or self.failures.get("logs"),
        )
        numbers = service.configuration.notifications
        wanted = NoticeNumbers(numbers.failed_installs, numbers.silent_devices)
        for notice in self._notices.new(standing_notices(facts, wanted, service.clock())):
            service.tell(notice)

    async def clean_logs_when_due(self) -> None:
        """Forget old logs, hourly or at the time of day that is set; at once what a service that did not run left."""
        values = await self._service.read(read_settings)
        time_of_day = values["log_cleanup_time_of_day"]
        now = self._service.clock().astimezone()
        is_due = is_cleaning_due(self._logs_cleaned, now, time_of_day if isinstance(time_of_day, str) else None)
        if is_due or is_cleaning_overdue(await self._oldest_log_day(), now, integer_of(values, "log_cleanup_days")):
            await self.clean_logs()
            self._logs_cleaned = now

    async def clean_logs(self) -> None:
        """Forget the update log's days, device logs and refused requests that are older than they are kept."""
        service = self._service
        days = await service.read(partial(read_integer_setting, "log_cleanup_days"))
        await self._update_log.forget(service.clock(), days)
        await remove_device_logs(service, service.clock() - timedelta(days=days))
        await self._in_slices(partial(retention.forget_old_logs, service.clock(), days))

    async def _oldest_log_day(self) -> str | None:
        """The day of the oldest device log, or of the oldest check that is kept."""
        of_device_logs = await self._service.read(day_of_oldest_log)
        days = [*self._service.update_log.days()[:1], *([] if of_device_logs is None else [of_device_logs])]
        return min(days, default=None)

    async def clean(self) -> None:
        """Forget old history, expired uploads and lock-outs that are over, sweep orphans and give space back."""
        service = self._service
        history_days = await service.read(partial(read_integer_setting, "history_days"))
        await self._in_slices(partial(retention.forget_old_history, service.clock(), history_days))
        await service.write(partial(sweep_lockouts, service.clock()))
        await service.write(partial(remove_expired_uploads, service.folder.uploads, service.clock()))
        orphans = await service.read(partial(orphaned_images, service.images))
        if orphans:
            await service.write(partial(delete_unreferenced_images, service.images, orphans))
        await service.write(partial(sweep_orphans, service.logs))
        await self._in_slices(retention.give_space_back)

    async def _in_slices(self, work: Callable[[], bool]) -> None:
        more = True
        while more:
            more = await self._service.write(work)
            await asyncio.sleep(_BETWEEN_SLICES)  # checks go first

    async def _move_all(self, statuses: Iterable[str]) -> None:
        after: int | None = 0
        while after is not None:
            moved = await self._service.write(
                partial(
                    device_statuses.move_with_status,
                    tuple(statuses),
                    after,
                    self._service.clock(),
                    self._sightings.settings,
                )
            )
            self._tell(moved.changed)
            after = moved.last_id

    def _tell(self, ids: tuple[int, ...]) -> None:
        if ids:
            self._sightings.on_changed(frozenset(ids))  # told together with what checks change, at most twice a second

    async def _repeat(self, name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                if self.failures.pop(name, None) is not None:
                    _log.info("Housekeeping works again", extra={"work": name})
            except Exception as error:  # noqa: BLE001 -- tomorrow's cleaning must not be lost with today's
                if name not in self.failures:
                    _log.exception("Housekeeping failed", extra={"work": name})
                self.failures[name] = str(error)
            await asyncio.sleep(seconds)
