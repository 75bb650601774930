"""Puts one service together, starts its listeners, and ends it in order (contract section 6, ``serve``)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from aiohttp import web

from device_update_contract.administration.server import HealthCheck
from device_update_service.configuration.configuration import Configuration
from device_update_service.configuration.listeners import SecureListener
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.identity.account_key import load_account_key
from device_update_service.identity.claims import DomainVerifier
from device_update_service.identity.ntlmv2_only import require_ntlmv2
from device_update_service.storage.checks.downloads import DownloadWriter
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.checks.update_log_files import UpdateLogFiles
from device_update_service.storage.checks.update_log_index import UpdateLogIndex
from device_update_service.storage.checks.update_log_search import UpdateLogSearch
from device_update_service.storage.data_folder import DataFolder, DataFolderLock
from device_update_service.storage.database import Database
from device_update_service.storage.image_store import ImageStore
from device_update_service.storage.logs.device_log_records import stored_bytes
from device_update_service.storage.logs.log_store import LogStore
from device_update_service.storage.logs.log_text_index import LogTextIndex
from device_update_service.usecases.account_keys import place_of_account_key
from device_update_service.usecases.certificate_health import certificate_check
from device_update_service.web.administration.administration_application import administration_application
from device_update_service.web.administration.problems import problem
from device_update_service.web.authentication.authorization_header import MAX_FIELD_BYTES
from device_update_service.web.authentication.device_sign_in import DeviceSignIn
from device_update_service.web.authentication.listener_sign_ins import device_sign_in, domain_verifier
from device_update_service.web.device_changes import DeviceChanges
from device_update_service.web.device_listeners import KEEP_ALIVE, DeviceListeners
from device_update_service.web.domain_roles import DomainRoles
from device_update_service.web.events import EventHub
from device_update_service.web.housekeeping import UPDATE_LOG_FILES, Housekeeping
from device_update_service.web.images.open_images import OpenImages
from device_update_service.web.listening.bounded_connections import BoundedRunner
from device_update_service.web.listening.certificates_in_use import certificates_in_use
from device_update_service.web.listening.server_tls import keep_connections_small
from device_update_service.web.listening.sites import ListeningSite
from device_update_service.web.metrics import ServiceMetrics
from device_update_service.web.notifications.notifier import Notifier, channels_of
from device_update_service.web.server_log import shorten_server_log
from device_update_service.web.service import Service, utc_now
from device_update_service.web.sign_in_records import SignInRecords
from device_update_service.web.update_log_upkeep import UpdateLogUpkeep

_log = logging.getLogger(__name__)

_DOWNLOADS_GET: Final = 5.0
_ADMINISTRATION_GETS: Final = 3.0
_SLOW_SECONDS: Final = 5.0
_SWITCH_SECONDS: Final = 0.001
"""How long a thread that works on a log or a package may keep the loop from going on; the interpreter's own is 5 ms."""
_DROPPED_MATTERS_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a running service answers; None for a listener that is not configured."""

    internal: str | None
    external: str | None
    admin: str


@dataclass(slots=True)
class Parts:
    """All of one service, wired."""

    service: Service
    sightings: SightingWriter
    downloads: DownloadWriter
    refusals: RefusalWriter
    sign_ins: SignInRecords
    update_log: UpdateLogUpkeep
    metrics: ServiceMetrics
    housekeeping: Housekeeping
    notifier: Notifier
    verifier: DomainVerifier | None
    sites: list[ListeningSite] = field(default_factory=list)

    def reload_certificates(self) -> None:
        """Read every listener's certificate and key again; connections under way keep theirs."""
        for site in self.sites:
            if site.tls is not None:
                site.tls.reload()


@contextlib.asynccontextmanager
async def running(configuration: Configuration) -> AsyncIterator[tuple[Parts, Listening]]:
    """A service whose listeners answer, until the block ends; then what waits is written and all is closed.

    Raises:
        Refusal: one sentence on why the service cannot start; nothing is left behind.
    """
    require_ntlmv2()
    shorten_server_log()
    keep_connections_small()
    sys.setswitchinterval(_SWITCH_SECONDS)
    folder = DataFolder(configuration.data)
    folder.create()
    lock = DataFolderLock(folder)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(lock.release)
        parts = _assemble(configuration, folder, stack)
        service = parts.service
        await asyncio.to_thread(service.database.start)
        await service.reload_catalog()
        await service.reload_accounts()
        await service.restore_lockouts()
        await asyncio.to_thread(service.logs.sweep_unfinished)
        service.log_space.used = await service.read(stored_bytes)
        loop = asyncio.get_running_loop()
        parts.sightings.on_changed = DeviceChanges(service.events, loop).from_writer
        parts.notifier.start()
        stack.push_async_callback(parts.notifier.stop)
        listening = await _listen(configuration, parts, stack)
        parts.housekeeping.start()
        stack.push_async_callback(parts.housekeeping.stop)
        stack.callback(service.events.close)
        yield parts, listening


async def serve(configuration: Configuration, announce: Callable[[Listening], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``announce`` is called when all listeners answer.

    SIGHUP reads certificates and keys again.
    """
    _allow_open_files()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(configuration) as (parts, listening):
        loop.add_signal_handler(signal.SIGHUP, parts.reload_certificates)
        _calm_garbage_collector()
        announce(listening)
        _log.info("The service is ready")
        await stopping.wait()
        _log.info("The service is stopping")


def _allow_open_files() -> None:
    """Raise the limit of open files as far as it may be: a slow download needs three."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _calm_garbage_collector() -> None:
    """Let the collector leave alone what lives as long as the service, and not look at every few answers' objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _assemble(configuration: Configuration, folder: DataFolder, stack: contextlib.AsyncExitStack) -> Parts:
    database = Database(folder.database)
    update_log = UpdateLog(folder.update_log)
    index = UpdateLogIndex(update_log, folder.update_log)
    sightings = SightingWriter(update_log, configuration.limits.sightings_waiting)
    downloads, refusals = DownloadWriter(sightings), RefusalWriter()
    for batch in (sightings, downloads, refusals):
        database.add_batch(batch)
    database.on_writer_end = update_log.close
    stack.push_async_callback(asyncio.to_thread, database.close)
    service = Service(
        configuration=configuration,
        folder=folder,
        database=database,
        images=ImageStore(folder.images),
        logs=LogStore(folder.device_logs, folder.readable_device_logs),
        log_texts=LogTextIndex(folder.update_log),
        catalog=CatalogSnapshot(0),
        events=EventHub(),
        started_at=utc_now(),
        update_log=update_log,
        update_log_search=UpdateLogSearch(update_log, index),
        internal_url=configuration.internal_url,
        external_url=configuration.external_url,
    )
    files = UpdateLogFiles(update_log, folder.update_log_files, folder.update_log / "written-to-files.json")
    upkeep = UpdateLogUpkeep(service, sightings, update_log, files, index)
    verifier = domain_verifier(configuration.accounts)
    if verifier is not None:
        stack.callback(verifier.close)
    housekeeping = Housekeeping(service, sightings, upkeep, DomainRoles(service, verifier))
    sign_ins = SignInRecords(database, refusals, service.clock)
    notifier = Notifier(channels_of(configuration.notifications, configuration.pool))
    service.tell = notifier.tell
    return Parts(
        service, sightings, downloads, refusals, sign_ins, upkeep, ServiceMetrics(), housekeeping, notifier, verifier
    )


async def _listen(configuration: Configuration, parts: Parts, stack: contextlib.AsyncExitStack) -> Listening:
    """Start the listeners; the administration listener last, so that it finds the devices' one answering."""
    parts.service.certificates_in_use = partial(certificates_in_use, parts.sites)
    parts.metrics.listeners = parts.sites
    stack.push_async_callback(_end, parts.sites)
    internal, external = await _listen_to_devices(configuration, parts, stack)
    admin_site = ListeningSite(
        "administration", configuration.listeners.admin, configuration.limits, _ADMINISTRATION_GETS
    )
    admin = await _bind(admin_site, parts)
    admin_runner = BoundedRunner(
        administration_application(
            parts.service,
            sign_ins=parts.sign_ins,
            metrics=parts.metrics,
            health_checks=health_checks(parts),
            verifier=parts.verifier,
        ),
        refuse=problem,
        keepalive_timeout=KEEP_ALIVE,
        longest_field=MAX_FIELD_BYTES,
        shutdown_timeout=_ADMINISTRATION_GETS,
    )
    await admin_site.start(admin_runner)
    return Listening(internal, external, admin)


async def _listen_to_devices(
    configuration: Configuration, parts: Parts, stack: contextlib.AsyncExitStack
) -> tuple[str | None, str | None]:
    """Start the devices' listeners; both addresses are known before the first device is told them."""
    listeners, service = configuration.listeners, parts.service
    images = OpenImages()
    stack.callback(images.close)
    internal_site = external_site = sign_in = internal = external = None
    if listeners.internal is not None:
        internal_site = ListeningSite("internal", listeners.internal, configuration.limits, _DOWNLOADS_GET)
        internal = await _bind(internal_site, parts)
        service.internal_url = configuration.internal_url or internal
    if listeners.external is not None:
        sign_in = await _external_sign_in(listeners.external, parts)
        stack.callback(sign_in.close)
        external_site = ListeningSite("external", listeners.external, configuration.limits, _DOWNLOADS_GET)
        external = await _bind(external_site, parts)
        service.external_url = configuration.external_url or external
    devices = DeviceListeners(
        service,
        sightings=parts.sightings,
        downloads=parts.downloads,
        refusals=parts.refusals,
        counters=parts.metrics.devices,
        images=images,
    )
    if internal_site is not None:
        await internal_site.start(web.ServerRunner(devices.internal(), shutdown_timeout=_DOWNLOADS_GET))
    if external_site is not None and sign_in is not None:
        await external_site.start(web.ServerRunner(devices.external(sign_in), shutdown_timeout=_DOWNLOADS_GET))
    return internal, external


async def _external_sign_in(listener: SecureListener, parts: Parts) -> DeviceSignIn:
    """How devices outside sign in.

    Raises:
        Refusal: keys or sources of accounts cannot be used.
    """
    service = parts.service
    place = place_of_account_key(service.configuration, service.folder)
    key = await asyncio.to_thread(load_account_key, place)
    return device_sign_in(listener, service, key, parts.sign_ins, parts.metrics, verifier=parts.verifier)


async def _bind(site: ListeningSite, parts: Parts) -> str:
    """Take a site's address; it ends with the service from now on."""
    parts.sites.append(site)
    return await site.bind()


async def _end(sites: Sequence[ListeningSite]) -> None:
    """End all listeners at once, so that the slowest of them decides how long it takes and not their sum."""
    await asyncio.gather(*(site.end() for site in sites))


def health_checks(parts: Parts) -> tuple[Callable[[], Awaitable[HealthCheck]], ...]:
    """What is watched beside the administration application's own: checks waiting to be written, housekeeping, TLS."""

    async def sightings() -> HealthCheck:
        writer = parts.sightings
        since = writer.seconds_since_dropped
        if since is not None and since < _DROPPED_MATTERS_SECONDS:
            dropped = f"{writer.dropped} checks could not be recorded since the start, the last within the hour."
            return HealthCheck(name="sightings", status="degraded", detail=dropped)
        if writer.backlog_seconds > _SLOW_SECONDS:
            waiting = f"{writer.backlog} checks have waited for up to {writer.backlog_seconds:.0f} s to be recorded."
            return HealthCheck(name="sightings", status="degraded", detail=waiting)
        return HealthCheck(name="sightings", status="ok", detail="Checks are recorded within a second.")

    async def housekeeping() -> HealthCheck:
        failures = parts.housekeeping.failures
        failures = {name: sentence for name, sentence in failures.items() if name != UPDATE_LOG_FILES}
        if failures:
            detail = " ".join(f"{name}: {sentence}" for name, sentence in failures.items())
            return HealthCheck(name="housekeeping", status="degraded", detail=detail)
        return HealthCheck(name="housekeeping", status="ok", detail="Housekeeping does its work.")

    async def update_log_files() -> HealthCheck:
        failure = parts.housekeeping.failures.get(UPDATE_LOG_FILES)
        if failure is not None:
            return HealthCheck(name="update-log-files", status="failing", detail=f"{failure} Every check is recorded.")
        return HealthCheck(name="update-log-files", status="ok", detail="The update log's text files are written.")

    async def notifications() -> HealthCheck:
        failures = parts.notifier.failures
        if failures:
            detail = " ".join(f"By {name} nobody can be told: {why}." for name, why in failures.items())
            return HealthCheck(name="notifications", status="degraded", detail=detail)
        return HealthCheck(name="notifications", status="ok", detail="Nothing waits to be told.")

    async def certificate() -> HealthCheck:
        return certificate_check(parts.service.certificates_in_use(), parts.service.clock())

    return (sightings, housekeeping, update_log_files, notifications, certificate)
