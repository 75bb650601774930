"""What the service says about itself: its description and its health (contract section 5)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from device_update_contract.administration.server import (
    HealthAnswer,
    HealthCheck,
    ServerAnswer,
    ServerCounts,
    ServerDatabase,
    ServerStorage,
)
from device_update_contract.sentences import show_size
from device_update_service.storage.server_records import stored_counts

NAME = "Device Update Service"

FEATURES: tuple[str, ...] = (
    "accounts",
    "audit-trail",
    "device-changes",
    "device-history",
    "device-logs",
    "devices",
    "events",
    "evidence",
    "health",
    "metrics",
    "openapi",
    "packages",
    "previews",
    "purge-logs",
    "purge-updates",
    "refused-requests",
    "rule-filters",
    "rules",
    "sessions",
    "settings",
    "sign-ins",
    "summary",
    "test-devices",
    "update-log",
)
"""What this version really has, so that a front end shows nothing else; a later one adds names and never reuses one."""

_WRITER_SLOW_SECONDS = 1.0
_LOGS_MATTER_FROM = 0.9
_DISK_FAILING_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the running process knows of itself."""

    pool: str
    started_at: datetime
    schema: str
    database_size: int
    data_folder: Path
    internal_url: str | None
    external_url: str | None
    certificate_expires_at: datetime | None


def server_answer(facts: ServerFacts, now: datetime) -> ServerAnswer:
    """What this service is; call it in a reader."""
    counts = stored_counts()
    return ServerAnswer(
        name=NAME,
        version=product_version(),
        pool=facts.pool,
        started_at=facts.started_at,
        uptime_seconds=max(0, int((now - facts.started_at).total_seconds())),
        database=ServerDatabase(kind="sqlite", schema_version=facts.schema, size=facts.database_size),
        storage=ServerStorage(
            images=counts.images, image_bytes=counts.image_bytes, disk_free=free_bytes(facts.data_folder)
        ),
        internal_url=facts.internal_url,
        external_url=facts.external_url,
        certificate_expires_at=facts.certificate_expires_at,
        counts=ServerCounts(
            devices=counts.devices,
            rules=counts.rules,
            pending=counts.pending,
            deployed=counts.deployed,
            packages=counts.packages,
            test_devices=counts.test_devices,
        ),
        features=list(FEATURES),
    )


def product_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("device-update-service")
    except PackageNotFoundError:
        return "unknown"


def free_bytes(folder: Path) -> int:
    """What a service without the rights of root may still write."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def health_answer(checks: Iterable[HealthCheck]) -> HealthAnswer:
    """The worst of all checks, and each of them."""
    listed = list(checks)
    states = {check.status for check in listed}
    status = "failing" if "failing" in states else "degraded" if "degraded" in states else "ok"
    return HealthAnswer(status=status, checks=listed)


def database_check(failure: str | None, schema: str) -> HealthCheck:
    """Whether the last commit succeeded."""
    if failure is not None:
        return HealthCheck(name="database", status="failing", detail=failure)
    return HealthCheck(name="database", status="ok", detail=f"The database takes writes; its schema is {schema}.")


def disk_check(folder: Path, warning: int) -> HealthCheck:
    """Whether there is room: a warning below the setting `disk_free_warning`, failing when next to nothing is left."""
    try:
        free = free_bytes(folder)
    except OSError as error:
        return HealthCheck(name="disk", status="failing", detail=f"The data folder cannot be read: {error.strerror}.")
    detail = f"{show_size(free)} are free on the disk of the data folder; the warning comes below {show_size(warning)}."
    if free < _DISK_FAILING_BYTES:
        return HealthCheck(name="disk", status="failing", detail=detail)
    return HealthCheck(name="disk", status="degraded" if free < warning else "ok", detail=detail)


def image_store_check(folder: Path) -> HealthCheck:
    """Whether the image store can be read and written."""
    if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return HealthCheck(name="image-store", status="ok", detail="The image store can be read and written.")
    return HealthCheck(name="image-store", status="failing", detail="The image store cannot be read and written.")


def log_store_check(folder: Path, used: int, quota: int) -> HealthCheck:
    """Whether device logs can be stored: a warning from nine tenths of the setting `device_log_quota` on."""
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return HealthCheck(name="device-logs", status="failing", detail="The log store cannot be read and written.")
    detail = f"Device logs take {show_size(used)} of the {show_size(quota)} that they may."
    status = "degraded" if used >= quota * _LOGS_MATTER_FROM else "ok"
    return HealthCheck(name="device-logs", status=status, detail=detail)


def writer_check(seconds: float | None) -> HealthCheck:
    """How long a write had to wait; None when it was not done in time."""
    if seconds is None:
        return HealthCheck(name="writer", status="failing", detail="The database's writer does not keep up or hangs.")
    status = "degraded" if seconds > _WRITER_SLOW_SECONDS else "ok"
    return HealthCheck(
        name="writer", status=status, detail=f"A write waits {seconds:.3f} seconds for the database's writer."
    )
