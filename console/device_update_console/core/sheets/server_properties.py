"""What is known of a service, in words: what it is, who is signed in, how it is, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from device_update_console.core.lists.source import Caller
from device_update_console.core.sheets.details_form import Details, details, moment_or_nothing
from device_update_console.core.texts.code_texts import ROLE_TEXTS, text_of
from device_update_console.core.texts.formats import duration_text, size_text
from device_update_console.core.texts.health_texts import health_text
from device_update_console.core.texts.language import counted_text, marked, text
from device_update_contract.administration.endpoints import HEALTH, SHOW_SERVER, SHOW_SESSION, SHOW_SETTINGS
from device_update_contract.administration.server import (
    HealthAnswer,
    ServerAnswer,
    SessionModel,
    SettingModel,
    SettingsAnswer,
)

HEALTH_CHECK_TEXTS: Mapping[str, str] = {
    "account-key": marked("Key of the accounts"),
    "certificate": marked("Certificate"),
    "database": marked("Database"),
    "device-logs": marked("Device logs"),
    "disk": marked("Disk"),
    "housekeeping": marked("Housekeeping"),
    "image-store": marked("Image store"),
    "key-files": marked("Key files"),
    "notifications": marked("Notifications"),
    "sightings": marked("Record of checks"),
    "update-log-files": marked("Files of the update log"),
    "writer": marked("Writing"),
}
"""What the health checks watch; another one is shown as it is called."""

HEALTH_STATUS_TEXTS: Mapping[str, str] = {
    "ok": marked("In order"),
    "degraded": marked("Needs attention"),
    "failing": marked("Failing"),
}

_DATABASE_TEXTS: Mapping[str, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class ServerProperties:
    """One service as it was when it was asked."""

    origin: str
    server: ServerAnswer
    session: SessionModel
    health: HealthAnswer
    settings: tuple[SettingModel, ...]


async def fetch_server_properties(caller: Caller, origin: str) -> ServerProperties:
    """Ask a service for everything that its properties show.

    Raises:
        FailedCall.
    """
    return ServerProperties(
        origin,
        await caller.ask(SHOW_SERVER, ServerAnswer),
        await caller.ask(SHOW_SESSION, SessionModel),
        await caller.ask(HEALTH, HealthAnswer),
        tuple((await caller.ask(SHOW_SETTINGS, SettingsAnswer)).items),
    )


def server_details(known: ServerProperties, now: datetime) -> Details:
    """The facts of the General page."""
    server, session = known.server, known.session
    storage = text(
        "{images}, {size}; {free} free",
        images=counted_text("{count} image", "{count} images", server.storage.images),
        size=size_text(server.storage.image_bytes),
        free=size_text(server.storage.disk_free),
    )
    return details(
        server.name,
        (text("Name"), server.name),
        (text("Version"), server.version),
        (text("Pool"), server.pool),
        (text("Address"), known.origin),
        (text("Running for"), _uptime(server)),
        (text("Database"), _database(server)),
        (text("Image store"), storage),
        (text("Told to devices inside"), server.internal_url or text("nothing")),
        (text("Told to devices outside"), server.external_url or text("nothing: there is no external listener")),
        (text("Certificate"), _certificate(server.certificate_expires_at, now)),
        (text("Signed in as"), f"{session.account}, {text(text_of(ROLE_TEXTS, session.role))}"),
        (text("Health"), "\n".join(_health_lines(known.health))),
    )


def _health_lines(health: HealthAnswer) -> list[str]:
    """How it is in all, then each check with its sentence, the worst first."""
    order = {"failing": 0, "degraded": 1}
    lines = [text(text_of(HEALTH_STATUS_TEXTS, health.status))]
    for check in sorted(health.checks, key=lambda check: order.get(check.status, 2)):
        name = text(text_of(HEALTH_CHECK_TEXTS, check.name))
        if check.status == "ok":
            lines.append(text("{check}: {detail}", check=name, detail=health_text(check)))
        else:
            status = text(text_of(HEALTH_STATUS_TEXTS, check.status))
            lines.append(
                text("{check}, {status}: {detail}", check=name, status=status.lower(), detail=health_text(check))
            )
    return lines


def _uptime(server: ServerAnswer) -> str:
    return text(
        "{duration}, since {moment}",
        duration=duration_text(server.uptime_seconds),
        moment=moment_or_nothing(server.started_at),
    )


def _database(server: ServerAnswer) -> str:
    kind = _DATABASE_TEXTS.get(server.database.kind, server.database.kind)
    return text(
        "{kind}, {size}, schema {schema}",
        kind=kind,
        size=size_text(server.database.size),
        schema=server.database.schema_version,
    )


def _certificate(expires_at: datetime | None, now: datetime) -> str:
    if expires_at is None:
        return text("none")
    if expires_at <= now:
        return text("expired on {moment}", moment=moment_or_nothing(expires_at))
    return text(
        "valid until {moment}, for another {duration}",
        moment=moment_or_nothing(expires_at),
        duration=duration_text(int((expires_at - now).total_seconds())),
    )
