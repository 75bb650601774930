"""Handlers of what is known instead of an empty list, and of what changed lately for the devices of one."""

from __future__ import annotations

from pydantic import BaseModel

from device_update_contract.administration.devices import DeviceFilter
from device_update_contract.administration.evidence import EvidenceQuery
from device_update_service.usecases import evidence, recent_changes
from device_update_service.web.administration.administration_parts import Call, Handle


async def show_evidence(call: Call) -> BaseModel:
    """What is known instead."""
    return await call.read(evidence.show_evidence, call.query_as(EvidenceQuery), call.service.update_log_search)


async def device_changes(call: Call) -> BaseModel:
    """What changed in the last 24 hours."""
    return await call.read(recent_changes.device_changes, call.query_as(DeviceFilter), now=call.service.clock())


HANDLERS: dict[str, Handle] = {"show_evidence": show_evidence, "device_changes": device_changes}
