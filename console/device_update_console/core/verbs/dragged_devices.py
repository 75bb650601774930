"""Devices that are dragged from one place to another, also to another window or another console: as text."""

from __future__ import annotations

from pydantic import BaseModel, Field, ValidationError

from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.devices import Device, DeviceFilter

MIME_TYPE = "application/vnd.device-update.devices+json"
_MOST = 1000
"""So many devices are dragged one by one; more are dragged as all that match, or not at all."""


class _Dragged(BaseModel):
    origin: str
    devices: list[Device] = Field(default_factory=list, max_length=_MOST)
    matching: DeviceFilter | None = None
    expected_count: int = 0


def written(origin: str, targets: VerbTargets) -> bytes | None:
    """Devices of a server as what is dragged; None where these cannot be."""
    if isinstance(targets.matching, DeviceFilter):
        dragged = _Dragged(origin=origin, matching=targets.matching, expected_count=targets.expected_count)
    elif 0 < len(targets.items) <= _MOST and all(isinstance(item, Device) for item in targets.items):
        dragged = _Dragged(origin=origin, devices=list(targets.items))
    else:
        return None
    return dragged.model_dump_json(exclude_unset=True).encode()


def read(data: bytes) -> tuple[str, VerbTargets] | None:
    """The server's address and its devices; None where it is nothing of ours."""
    try:
        dragged = _Dragged.model_validate_json(data)
    except ValidationError:
        return None
    return dragged.origin, VerbTargets(dragged.devices, dragged.matching, dragged.expected_count)
