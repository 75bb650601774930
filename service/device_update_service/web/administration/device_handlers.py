"""Handlers of devices, the summary and refused requests."""

from __future__ import annotations

from pydantic import BaseModel

from device_update_contract.administration import devices as models
from device_update_contract.administration.roles import Permission, Role
from device_update_contract.administration.server import RefusedRequestQuery
from device_update_service.usecases import device_history, devices, refused_requests, summary
from device_update_service.web.administration.administration_parts import Call, Handle

_OF_HELP_DESK = frozenset({"note"})


async def list_devices(call: Call) -> BaseModel:
    """Devices."""
    query, service = call.query_as(models.DeviceQuery), call.service
    return await call.read(devices.list_devices, query, now=service.clock(), catalog=service.catalog)


async def show_device(call: Call) -> BaseModel:
    """One device."""
    return await call.read(devices.show_device, call.id, now=call.service.clock(), catalog=call.service.catalog)


async def change_device(call: Call) -> BaseModel:
    """Change a device; help desk may only write the note."""
    change = call.body_as(models.DeviceChange)
    if not change.model_fields_set <= _OF_HELP_DESK:
        call.account.require(Permission.CHANGE_DEVICES)
    return await call.change(
        devices.change_device,
        call.id,
        change,
        actor=call.actor,
        now=call.service.clock(),
        catalog=call.service.catalog,
    )


async def remove_device(call: Call) -> None:
    """Forget a device."""
    await call.change(devices.remove_device, call.id, actor=call.actor, now=call.service.clock())


async def show_history(call: Call) -> BaseModel:
    """A device's history."""
    query = call.query_as(models.DeviceHistoryQuery)
    return await call.read(device_history.device_history, call.id, query, call.service.update_log)


async def remove_devices(call: Call) -> BaseModel:
    """Forget many devices."""
    request = call.body_as(models.ManyDevicesRequest)
    return await call.change(devices.remove_devices, request, actor=call.actor, now=call.service.clock())


async def retire_devices(call: Call) -> BaseModel:
    """Mark many devices as retired."""
    request = call.body_as(models.ManyDevicesRequest)
    return await call.change(devices.retire_devices, request, actor=call.actor, now=call.service.clock())


async def show_summary(call: Call) -> BaseModel:
    """Counts for charts."""
    return await call.read(summary.summary, call.service.clock())


async def list_refused_requests(call: Call) -> BaseModel:
    """What was turned away, and why; bodies, which may hold what people typed, for administrators only."""
    query, is_administrator = call.query_as(RefusedRequestQuery), call.account.role is Role.ADMINISTRATOR
    return await call.read(refused_requests.list_refused_requests, query, with_bodies=is_administrator)


HANDLERS: dict[str, Handle] = {
    "list_devices": list_devices,
    "show_device": show_device,
    "change_device": change_device,
    "remove_device": remove_device,
    "device_history": show_history,
    "remove_devices": remove_devices,
    "retire_devices": retire_devices,
    "summary": show_summary,
    "list_refused_requests": list_refused_requests,
}
