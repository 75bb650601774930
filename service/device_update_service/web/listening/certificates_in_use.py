"""The certificates that new connections get now, for ``GET /health`` and ``GET /server``."""

from __future__ import annotations

from collections.abc import Iterable

from device_update_service.usecases.certificate_health import TlsInUse
from device_update_service.web.listening.sites import ListeningSite


def certificates_in_use(sites: Iterable[ListeningSite]) -> tuple[TlsInUse, ...]:
    """The TLS of each listener that has any; the internal one never has."""
    return tuple(
        TlsInUse(site.name, site.tls.certificate, site.tls.minimum, site.tls.failure)
        for site in sites
        if site.tls is not None and site.name != "internal"
    )
