"""Devices, test devices and what is known of them (contract sections 2.2, 2.3 and 5)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool, model_validator

from device_update_contract.administration.base import (
    Answer,
    Fraction,
    Model,
    Moment,
    PageQuery,
    Sought,
    Statement,
    WholeNumber,
)
from device_update_contract.reasons import ReasonCode, StatusCode


class DecidedBy(Answer):
    """The administrative action that a decision rests on."""

    account: str
    at: Moment
    comment: str | None


class DecisionModel(Answer):
    """The answer to a check with its reason."""

    code: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    text: str
    who_acts: str
    downgrade: bool = False
    decided_by: DecidedBy | None = None


class TestDevice(Answer):
    """A device, named by MAC address or serial number, that receives pending updates."""

    __test__ = False  # pytest: this is no test class

    id: str
    name: str
    identifier_type: Literal["mac", "serial"]
    identifier: str
    device_id: str | None
    model: str | None
    installed_version: str | None
    last_check_at: Moment | None
    last_decision: DecisionModel | None


class NewTestDevice(Model):
    """A test device to be added."""

    name: str = Field(min_length=1, max_length=64)
    identifier_type: Literal["mac", "serial"]
    identifier: str = Field(max_length=64)


class TestDeviceChange(Model):
    """What to change of a test device; absent fields stay."""

    __test__ = False

    name: str | None = Field(default=None, min_length=1, max_length=64)
    identifier_type: Literal["mac", "serial"] | None = None
    identifier: str | None = Field(default=None, max_length=64)


class TestDeviceQuery(PageQuery):
    """Parameters of ``GET /test-devices``; sorts by ``id``, ``name``, ``identifier``."""

    __test__ = False

    search: Sought | None = None


class DeviceModule(Answer):
    """One module that a device reported."""

    file_name: str
    version: str | None
    timestamp: str | None


class LastInstall(Answer):
    """How a device said its last installation ended."""

    result: Literal["Succeeded", "Failed"]
    version: str
    code: str | None
    message: str | None
    at: Moment | None


class DeviceWhy(Answer):
    """Why a device is in its status: one sentence with the facts in it, and what comes next."""

    code: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    text: str
    since: Moment | None
    who_acts: str
    next_step: str
    evidence: list[Statement] = Field(default_factory=list)


class Device(Answer):
    """Everything known of one device."""

    id: str
    device_type: str
    mac: str | None
    serial: str | None
    vendor: str
    model: str
    revision: str
    locale: str
    modules: list[DeviceModule]
    installed_version: str | None
    user: str | None
    users: list[str]
    address: str | None
    first_seen_at: Moment
    last_check_at: Moment
    next_check_expected_at: Moment | None
    overdue_seconds: int
    status: str
    why: DeviceWhy
    offered_version: str | None
    bytes_sent: int | None
    bytes_total: int | None
    last_byte_at: Moment | None
    last_install: LastInstall | None
    test_device: bool
    label: str | None
    location: str | None
    asset_tag: str | None
    note: str | None
    notes_by_service: list[Statement]
    retired_at: Moment | None


class DeviceFilter(Model):
    """Which devices are meant; every given field must hold."""

    search: Sought | None = None
    status: StatusCode | None = None
    reason: ReasonCode | None = None
    version: Sought | None = None
    device_type: Sought | None = None
    vendor: Sought | None = None
    model: Sought | None = None
    revision: Sought | None = None
    locale: Sought | None = None
    user: Sought | None = None
    address: Sought | None = None
    install_code: Sought | None = None
    label: Sought | None = None
    location: Sought | None = None
    asset_tag: Sought | None = None
    seen_before: Moment | None = None
    seen_after: Moment | None = None
    test_device: bool | None = None


class DeviceQuery(DeviceFilter, PageQuery):
    """Parameters of ``GET /devices``.

    Sorts by ``last_check_at``, ``mac``, ``serial``, ``model``, ``installed_version``, ``user``, ``address``,
    ``status``; ``at`` is the page at about that fraction of the list.
    """

    at: Fraction | None = None


class DeviceChange(Model):
    """What to change of a device; absent fields stay, null clears."""

    label: str | None = Field(default=None, max_length=128)
    location: str | None = Field(default=None, max_length=128)
    asset_tag: str | None = Field(default=None, max_length=64)
    note: str | None = Field(default=None, max_length=4000)
    retired: StrictBool | None = None


class DeviceHistoryEntry(Answer):
    """One line of a device's history; checks are folded to first, last and count a day while nothing changes."""

    id: str
    kind: Literal["check", "offer", "download", "install", "refusal", "note", "change", "log", "administration"]
    at: Moment
    until: Moment | None = None
    count: int = 1
    text: str
    code: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    account: str | None = None


class DeviceHistoryQuery(PageQuery):
    """Parameters of ``GET /devices/{id}/history``; newest first."""

    kind: Sought | None = None


class ManyDevicesRequest(Model):
    """A verb on many devices: named, or all that match a filter."""

    ids: list[str] | None = Field(default=None, max_length=10_000)
    filter: DeviceFilter | None = None
    expected_count: WholeNumber | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_of_both(self) -> ManyDevicesRequest:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("either 'ids' or 'filter' is expected")
        if self.filter is not None and self.expected_count is None:
            raise ValueError("'filter' needs 'expected_count'")
        return self


class ManyDevicesAnswer(Answer):
    """How many devices a verb changed, and which it refused."""

    changed: int
    refused: list[RefusedDevice] = Field(default_factory=list)


class RefusedDevice(Answer):
    """A device that a verb did not change, and why."""

    id: str
    code: str
    detail: str
    parameters: dict[str, Any] = Field(default_factory=dict)


ManyDevicesAnswer.model_rebuild()
