"""The parts of one running service, handed to the applications; made by `serving`, never global."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from device_update_service.configuration.configuration import Configuration
from device_update_service.domain.accounts import AccountSnapshot
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.notices import Notice
from device_update_service.identity.guessing import Guessing, GuessingSettings, Lock
from device_update_service.storage.accounts.account_snapshot import accounts_generation, load_accounts
from device_update_service.storage.accounts.lockout_records import move_lockouts, standing_lockouts
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.errors import StorageError
from device_update_service.storage.image_store import ImageStore
from device_update_service.storage.logs.log_store import LogStore
from device_update_service.storage.logs.log_text_index import LogTextIndex
from device_update_service.storage.rules.catalog_records import catalog_generation, load_catalog
from device_update_service.storage.rules.image_records import delete_unreferenced_images
from device_update_service.storage.setting_records import integer_of, read_settings
from device_update_service.usecases.audit_trail import carry_out
from device_update_service.usecases.certificate_health import TlsInUse
from device_update_service.usecases.outcomes import Outcome
from device_update_service.web.events import EventHub
from device_update_service.web.log_space import LogSpace

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

SIGN_IN_LISTENERS = ("external", "administration")
_SET_BACK_MATTERS = timedelta(seconds=1)
_CHANGE_SIGN_INS = frozenset({"accounts-changed", "settings-changed"})


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Service:
    """What the applications share. ``catalog`` is replaced, never changed."""

    configuration: Configuration
    folder: DataFolder
    database: Database
    images: ImageStore
    logs: LogStore
    log_texts: LogTextIndex
    catalog: CatalogSnapshot
    events: EventHub
    started_at: datetime
    update_log: UpdateLog
    update_log_search: UpdateLogSearch
    accounts: AccountSnapshot = field(default_factory=lambda: AccountSnapshot(0))
    """All accounts; replaced, never changed."""
    guessing_settings: GuessingSettings = field(default_factory=lambda: GuessingSettings(attempts=10, minutes=15))
    guessing: dict[str, Guessing] = field(default_factory=lambda: {name: Guessing() for name in SIGN_IN_LISTENERS})
    """Failed sign-ins, by listener."""
    log_space: LogSpace = field(default_factory=LogSpace)
    tell: Callable[[Notice], None] = lambda _: None
    """Tells administrators of something, behind everything else."""
    clock: Callable[[], datetime] = utc_now
    internal_url: str | None = None
    external_url: str | None = None
    certificates_in_use: Callable[[], Sequence[TlsInUse]] = tuple
    """The TLS of the listeners that have any, as new connections get it."""
    catalog_replaced: list[Callable[[], None]] = field(default_factory=list)
    """Called on the loop after ``catalog`` was replaced."""
    _reloading_accounts: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self, function: Callable[[], Answer]) -> Answer:
        """Run a use case that only reads."""
        return await asyncio.wrap_future(self.database.read(function))

    async def write(self, function: Callable[[], Answer]) -> Answer:
        """Run a function in the writer; durable when this returns."""
        return await asyncio.wrap_future(self.database.write(function))

    async def change(self, use_case: Callable[[], Outcome[Answer]]) -> Answer:
        """Run a use case that changes the store, then tell the catalog, the image store and the event stream.

        What it did is on the audit trail in the same transaction.
        """
        outcome = await self.write(partial(carry_out, use_case, self.clock))
        if outcome.catalog_changed:
            await self.reload_catalog()
        if any(change.event in _CHANGE_SIGN_INS for change in outcome.changes):
            await self.reload_accounts()
        if outcome.deleted_images:
            await self._delete_images(outcome.deleted_images)
        for change in outcome.changes:
            self.events.publish(change)
        return outcome.answer

    async def _delete_images(self, names: Sequence[str]) -> None:
        """Delete files that no row names any more; if that fails the change stands, and housekeeping sweeps them."""
        try:
            await self.write(partial(delete_unreferenced_images, self.images, names))
        except (OSError, StorageError) as error:
            _log.warning("Image files could not be deleted", extra={"error": str(error)})

    async def reload_catalog(self) -> None:
        """Replace the snapshot by what the database holds now, unless a newer one is there already."""
        catalog = await self.read(load_catalog)
        if catalog.generation > self.catalog.generation:
            self.catalog = catalog
            for replaced in self.catalog_replaced:
                replaced()

    async def reload_accounts(self) -> None:
        """Replace the accounts by what the database holds now, unless newer ones are there already."""
        async with self._reloading_accounts:  # of two reads that overlap the older one may end last
            accounts, self.guessing_settings = await self.read(_accounts_and_guessing_settings)
            if accounts.generation > self.accounts.generation:
                self.accounts = accounts

    async def restore_lockouts(self) -> None:
        """Let the lock-outs of accounts stand that stood when the service ended; the accounts have been loaded."""
        now = self.clock()
        for record in await self.read(partial(standing_lockouts, now)):
            account = self.accounts.find(record.name_key)
            if account is not None and record.listener in self.guessing:
                lock = Lock(record.name_key, record.network, record.until)
                guessing = self.guessing[record.listener]
                guessing.restore([lock], now, self.guessing_settings, unlocks=account.unlocks)

    async def follow_generation(self) -> None:
        """Reload what another process (a command on the host) has changed."""
        if await self.read(catalog_generation) > self.catalog.generation:
            await self.reload_catalog()
        await self.follow_accounts()
        await self.follow_clock()

    async def follow_clock(self) -> None:
        """Let lock-outs last no longer when the clock was set back: in memory, and as help desk sees them."""
        now = self.clock()
        for listener, guessing in self.guessing.items():
            back = guessing.look(now)
            if back >= _SET_BACK_MATTERS:
                _log.info("The clock was set back", extra={"seconds": round(back.total_seconds())})
                await self.write(partial(move_lockouts, listener, back))

    async def follow_accounts(self) -> None:
        """Reload the accounts when another process has changed one."""
        if await self.read(accounts_generation) > self.accounts.generation:
            await self.reload_accounts()


def _accounts_and_guessing_settings() -> tuple[AccountSnapshot, GuessingSettings]:
    settings = read_settings()
    attempts, minutes = integer_of(settings, "lockout_attempts"), integer_of(settings, "lockout_minutes")
    return load_accounts(), GuessingSettings(attempts=attempts, minutes=minutes)
