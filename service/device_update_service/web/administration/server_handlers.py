"""Handlers of the service itself: state, health, metrics, settings, purge, events, and its own description."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from aiohttp import web
from pydantic import BaseModel

from device_update_contract.administration import server as models
from device_update_contract.refusals import Refusal
from device_update_service.identity.account_key import AccountKey
from device_update_service.storage.setting_records import read_integer_setting
from device_update_service.usecases import purging, server_state, settings
from device_update_service.usecases.account_keys import account_key_check, place_of_account_key
from device_update_service.usecases.certificate_health import earliest_end
from device_update_service.usecases.key_files import key_files, key_files_check
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.server_state import free_bytes
from device_update_service.web.administration.administration_parts import AdministrationParts, Call, CheckHealth, Handle
from device_update_service.web.administration.event_streams import stream_events
from device_update_service.web.administration.openapi import openapi_bytes
from device_update_service.web.administration.session_gate import bearer_token
from device_update_service.web.log_upkeep import remove_device_logs
from device_update_service.web.metrics import CONTENT_TYPE, render
from device_update_service.web.service import Service

_WRITER_HANGS_SECONDS = 5.0
_HEALTH_KEPT_SECONDS = 1.0


async def show_server(call: Call) -> BaseModel:
    """What this service is."""
    service = call.service
    return await call.read(
        lambda: server_state.server_answer(
            server_state.ServerFacts(
                pool=service.configuration.pool,
                started_at=service.started_at,
                schema=service.database.schema,
                database_size=service.database.size(),
                data_folder=service.folder.root,
                internal_url=service.internal_url,
                external_url=service.external_url,
                certificate_expires_at=earliest_end(service.certificates_in_use()),
            ),
            service.clock(),
        )
    )


def own_health_checks(service: Service, key: AccountKey) -> list[CheckHealth]:
    """The checks that every service has; others may be added beside them."""

    async def database() -> models.HealthCheck:
        return server_state.database_check(service.database.failure, service.database.schema)

    async def writer() -> models.HealthCheck:
        started = time.monotonic()
        try:
            async with asyncio.timeout(_WRITER_HANGS_SECONDS):
                await service.write(_nothing)
        except TimeoutError:
            return server_state.writer_check(None)
        return server_state.writer_check(time.monotonic() - started)

    async def disk() -> models.HealthCheck:
        warning = await service.read(partial(read_integer_setting, "disk_free_warning"))
        return server_state.disk_check(service.folder.root, warning)

    async def images() -> models.HealthCheck:
        return server_state.image_store_check(service.folder.images)

    async def device_logs() -> models.HealthCheck:
        quota = await service.read(partial(read_integer_setting, "device_log_quota"))
        return server_state.log_store_check(service.folder.device_logs, service.log_space.used, quota)

    place = place_of_account_key(service.configuration, service.folder)
    secret = key_files(place, service.configuration.listeners)

    async def keys() -> models.HealthCheck:
        return key_files_check(secret)

    async def account_key() -> models.HealthCheck:
        return account_key_check(key)

    return [database, writer, disk, images, device_logs, keys, account_key]


def _nothing() -> None:
    """A write that writes nothing: only its way through the writer is of interest."""


async def health(call: Call) -> web.StreamResponse:
    """How the service is; 503 when something is failing. Looked at once a second at most, since anybody may ask."""
    answer = await _health(call.parts)
    status = 503 if answer.status == "failing" else 200
    return web.Response(status=status, text=answer.model_dump_json(), content_type="application/json")


async def _health(parts: AdministrationParts) -> models.HealthAnswer:
    async with parts.health_lock:
        now = time.monotonic()
        if parts.health is None or now - parts.health[0] >= _HEALTH_KEPT_SECONDS:
            checks = [await _look(check) for check in parts.health_checks]
            answer = server_state.health_answer(checks)
            if parts.health is not None and parts.health[1].status != answer.status:
                parts.service.events.publish(Change("health-changed", (answer.status,)))
            parts.health = (now, answer)
        return parts.health[1]


async def _look(check: CheckHealth) -> models.HealthCheck:
    """A check that itself fails is a finding, not an error of the route."""
    try:
        return await check()
    except Refusal as refusal:
        return models.HealthCheck(name=check.__name__, status="failing", detail=refusal.sentence)


async def metrics(call: Call) -> web.StreamResponse:
    """Prometheus' text."""
    service = call.service
    database_bytes = await service.read(service.database.size)
    answer = await _health(call.parts)
    gauges = {
        "database_bytes": ("Bytes of the main database.", float(database_bytes)),
        "disk_free_bytes": ("Free bytes on the disk of the data folder.", float(free_bytes(service.folder.root))),
        "healthy": ("1 ok, 0.5 degraded, 0 failing.", {"ok": 1.0, "degraded": 0.5, "failing": 0.0}[answer.status]),
        "start_time_seconds": ("When the service started, in seconds since 1970.", service.started_at.timestamp()),
    }
    body = await asyncio.to_thread(render, call.parts.metrics, gauges)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


async def openapi(call: Call) -> web.StreamResponse:
    """The API as an OpenAPI document; made at the first question and kept."""
    if call.parts.openapi is None:
        call.parts.openapi = await asyncio.to_thread(openapi_bytes, server_state.product_version())
    return web.Response(body=call.parts.openapi, content_type="application/json")


async def show_settings(call: Call) -> BaseModel:
    """All settings."""
    return await call.read(settings.show_settings)


async def change_settings(call: Call) -> BaseModel:
    """Change settings, all or nothing."""
    values = call.body_as(models.SettingsChange).root
    return await call.change(settings.change_settings, values, actor=call.actor)


async def purge(call: Call) -> BaseModel:
    """Delete what nothing needs, and logs."""
    request, now = call.body_as(models.PurgeRequest), call.service.clock()
    answer = await call.change(purging.purge, request, actor=call.actor, now=now)
    if request.what != "updates" and not request.preview:
        await remove_device_logs(call.service, purging.purged_before(request, now))
    return answer


async def events(call: Call) -> web.StreamResponse:
    """What changes, as it happens; looking on does not keep a session alive."""
    token = bearer_token(call.request)
    return await stream_events(
        call.request,
        call.service.events,
        call.parts.metrics,
        partial(call.parts.gate.signed_in, token, is_use=False),
        call.parts.stream_times,
    )


HANDLERS: dict[str, Handle] = {
    "show_server": show_server,
    "health": health,
    "metrics": metrics,
    "openapi": openapi,
    "show_settings": show_settings,
    "change_settings": change_settings,
    "purge": purge,
    "events": events,
}
