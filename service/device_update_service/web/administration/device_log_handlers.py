"""Handlers of device logs."""

from __future__ import annotations

import time
from urllib.parse import quote

from aiohttp import hdrs, web
from pydantic import BaseModel

from device_update_contract.administration.device_logs import DeviceLog, DeviceLogQuery
from device_update_service.usecases import device_logs
from device_update_service.usecases.record_ids import UnknownRecord
from device_update_service.web.administration.administration_parts import Call, Handle
from device_update_service.web.images.open_images import StoredFile, StoredFileGone


async def list_device_logs(call: Call) -> BaseModel:
    """Logs that devices sent."""
    return await call.read(device_logs.list_device_logs, call.query_as(DeviceLogQuery), call.service.log_texts)


async def show_device_log(call: Call) -> BaseModel:
    """One device log."""
    return await call.read(device_logs.show_device_log, call.id)


async def read_content(call: Call) -> web.StreamResponse:
    """What is in a log, whole or in ranges; that somebody reads it is on the audit trail before it is sent."""
    log: DeviceLog = await call.read(device_logs.show_device_log, call.id)
    stored = StoredFile(call.service.logs.path(log.sha256), log.size, log.sha256, int(log.stored_at.timestamp()))
    if not stored.path.is_file():
        raise _content_gone()
    if call.request.method != hdrs.METH_HEAD:
        await _note_reading(call, log)
    name = quote(log.name or f"log{log.extension}", safe="")
    lines = f"Content-Disposition: attachment; filename*=UTF-8''{name}\r\nX-Content-Type-Options: nosniff\r\n"
    try:
        return await call.parts.log_delivery.send(call.request, stored, log.id, header_lines=lines)
    except StoredFileGone as error:
        raise _content_gone() from error


async def _note_reading(call: Call, log: DeviceLog) -> None:
    """Put a reading on the audit trail, unless it goes on; what cannot be noted is not read."""
    session_id = call.account.session_id
    if call.parts.readings.is_new(session_id, log.id, time.monotonic()):
        try:
            await call.change(device_logs.note_reading, log, actor=call.actor)
        except BaseException:
            call.parts.readings.forget(session_id, log.id)
            raise


def _content_gone() -> UnknownRecord:
    return UnknownRecord("The content of this log is gone; the service's host may tell why.")


HANDLERS: dict[str, Handle] = {
    "list_device_logs": list_device_logs,
    "show_device_log": show_device_log,
    "device_log_content": read_content,
}
