"""The status of a device and the answer to "why has it not updated?" (contract 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_update_contract.reasons import Parameters, ReasonCode, StatusCode, WhoActs


class InstallResult(StrEnum):
    """How an installation ended, in the words of the device protocol."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that the device has not taken yet; sizes in bytes, `bytes_sent` None when the service cannot tell.

    `attempts_without_change` counts how often all bytes of this version were sent (or, where bytes are unknown, how
    often it was offered) without a change of what the device reports.
    """

    version: str
    offered_at: datetime
    attempts_without_change: int = 0
    bytes_total: int = 0
    bytes_sent: int | None = None
    last_byte_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InstallReport:
    """The last `LastInstall`; `target_reported_since` tells whether the device has reported that version since."""

    result: InstallResult
    version: str
    at: datetime
    code: str | None = None
    message: str | None = None
    target_reported_since: bool = False


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is stored about a device, as far as its status goes."""

    last_check_at: datetime
    told_to_check_at: datetime
    decision: ReasonCode
    decision_parameters: Parameters
    decision_since: datetime | None = None
    retired_at: datetime | None = None
    offer: OpenOffer | None = None
    last_install: InstallReport | None = None
    installed_version: str | None = None


@dataclass(frozen=True, slots=True)
class StatusSettings:
    """The settings of contract section 7 that decide a status."""

    silent_after_hours: int = 72
    retire_after_days: int = 90
    install_loop_offers: int = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """One stored fact behind an answer."""

    code: str
    parameters: Parameters
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to "why has this device not updated?", with the facts behind it."""

    code: StatusCode
    parameters: Parameters
    text: str
    since: datetime | None
    who_acts: WhoActs
    next_step: str
    evidence: tuple[Evidence, ...]


def status(facts: DeviceFacts, settings: StatusSettings, now: datetime) -> StatusCode:
    """The first status that applies."""
    raise NotImplementedError


def why(facts: DeviceFacts, settings: StatusSettings, now: datetime) -> Why:
    """The status in one sentence, with who acts next and the evidence."""
    raise NotImplementedError
