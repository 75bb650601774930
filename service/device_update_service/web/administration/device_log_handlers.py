"""Handlers of device logs."""

from __future__ import annotations

import time
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel

from device_update_contract.administration.device_logs import DeviceLog, DeviceLogQuery
from device_update_service.usecases import device_logs
from device_update_service.usecases.record_ids import UnknownRecord
from device_update_service.web.administration.administration_parts import Call, Handle


async def list_device_logs(call: Call) -> BaseModel:
    """Logs that devices sent."""
    return await call.read(device_logs.list_device_logs, call.query_as(DeviceLogQuery), call.service.log_texts)


async def show_device_log(call: Call) -> BaseModel:
    """One device log."""
    return await call.read(device_logs.show_device_log, call.id)


async def read_content(call: Call) -> web.StreamResponse:
    """What is in a log, whole or in ranges; that somebody reads it is on the audit trail before it is sent."""
    log: DeviceLog = await call.read(device_logs.show_device_log, call.id)
    path = call.service.logs.path(log.sha256)
    if not path.is_file():
        raise UnknownRecord("The content of this log is gone; the service's host may tell why.")
    if call.parts.readings.is_new(call.account.session_id, log.id, time.monotonic()):
        await call.change(device_logs.note_reading, log, actor=call.actor)
    name = quote(log.name or f"log{log.extension}", safe="")
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


HANDLERS: dict[str, Handle] = {
    "list_device_logs": list_device_logs,
    "show_device_log": show_device_log,
    "device_log_content": read_content,
}
