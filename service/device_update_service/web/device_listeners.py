"""The two device listeners over one service: what they share, and how the external one has its callers sign in."""

from __future__ import annotations

import time
from typing import Final

from aiohttp import web

from device_update_service.storage.checks.downloads import DownloadWriter
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.usecases.checks import CheckAnswering
from device_update_service.web.authentication.device_sign_in import DeviceSignIn
from device_update_service.web.authentication.signed_in_server import SignedInServer
from device_update_service.web.devices.check_recording import CheckRecorder
from device_update_service.web.devices.device_application import (
    EXTERNAL_ROUTES,
    INTERNAL_ROUTES,
    DeviceApplication,
    DeviceRoutes,
    device_refusal,
)
from device_update_service.web.devices.device_counters import DeviceCounters
from device_update_service.web.devices.log_uploads import DeviceLogUploads
from device_update_service.web.images.open_images import OpenImages
from device_update_service.web.listening.bounded_connections import BoundedServer
from device_update_service.web.service import Service

KEEP_ALIVE: Final = 75.0
"""Seconds that an idle connection lives, and with it its sign-in."""


class DeviceListeners:
    """Makes the servers of both listeners.

    Checks are answered and recorded by the same objects: the numbers of sightings are unique in a service, and what was
    acknowledged once is known on both.
    """

    def __init__(
        self,
        service: Service,
        *,
        sightings: SightingWriter,
        downloads: DownloadWriter,
        refusals: RefusalWriter,
        counters: DeviceCounters,
        images: OpenImages,
    ) -> None:
        """The service's published URLs are set."""
        self._service = service
        self._downloads = downloads
        self._refusals = refusals
        self._counters = counters
        self._images = images
        # Files and index go on behind the last sequence, so that it grows also when the clock was set back meanwhile.
        first_sequence = max(time.time_ns() // 1000, service.update_log.last_sequence())
        self._answering = CheckAnswering(service.internal_url, service.external_url, first_sequence)
        limit = service.configuration.limits.sightings_waiting
        self._recorder = CheckRecorder(service.database, sightings, limit)
        self._logs = DeviceLogUploads(service)

    def internal(self) -> web.Server:
        """Whoever reaches it is served."""
        return BoundedServer(self._application(INTERNAL_ROUTES), refuse=device_refusal, keepalive_timeout=KEEP_ALIVE)

    def external(self, sign_in: DeviceSignIn) -> web.Server:
        """Whoever is not signed in is served nothing."""
        application = self._application(EXTERNAL_ROUTES, sign_in)
        return SignedInServer(application, sign_in, refuse=device_refusal, keepalive_timeout=KEEP_ALIVE)

    def _application(self, routes: DeviceRoutes, sign_in: DeviceSignIn | None = None) -> DeviceApplication:
        return DeviceApplication(
            self._service,
            routes,
            answering=self._answering,
            recorder=self._recorder,
            logs=self._logs,
            downloads=self._downloads,
            refusals=self._refusals,
            counters=self._counters,
            images=self._images,
            sign_in=sign_in,
        )
