"""Examining a service with the doctor, with a resolver and a clock that say what a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from device_update_service.configuration.configuration import Configuration
from device_update_service.doctor.case import Case, Credentials, NameUnknown, Resolve
from device_update_service.doctor.examination import examine
from device_update_service.doctor.findings import Finding

THIS_HOST = ("127.0.0.1",)
_PATIENCE = 60.0


def names(known: Mapping[str, tuple[str, ...]]) -> Resolve:
    """A resolver that knows these names, `localhost` and addresses."""

    def resolve(host: str) -> tuple[str, ...]:
        if host in known:
            return known[host]
        if host in {"localhost", *THIS_HOST}:
            return THIS_HOST
        raise NameUnknown(f"The name {host} has no address.")

    return resolve


def case_of(
    configuration: Configuration,
    known: Mapping[str, tuple[str, ...]] | None = None,
    *,
    now: datetime | None = None,
    synchronized: bool | None = True,
    domain: str | None = "contoso.com",
    credentials: Credentials | None = None,
    authorities: Path | None = None,
    discovery_port: int = 80,
) -> Case:
    """A case on this host."""
    return Case(
        configuration,
        resolve=names(known or {}),
        clock=lambda: now or datetime.now(UTC),
        clock_is_synchronized=lambda: synchronized,
        domain=domain,
        credentials=credentials,
        authorities=authorities,
        discovery_port=discovery_port,
    )


def examined(case: Case) -> dict[str, Finding]:
    """All findings by name; nothing counts as hanging because this machine is busy."""
    return {finding.name: finding for _, finding in examine(case, seconds=_PATIENCE, check_seconds=_PATIENCE)}
