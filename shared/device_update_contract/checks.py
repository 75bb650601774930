"""A check as it was understood, whatever XML it came in (contract section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_contract.versions import Version

Note = Literal["invalid-mac", "invalid-serial", "unreadable-install-report"]
"""What was ignored in a check."""


class ReportedModule(NamedTuple):
    """One module that a device says it runs; an unreadable version or timestamp makes it unknown (version None)."""

    file_name: str
    version: Version | None
    timestamp: str | None = None


@dataclass(frozen=True, slots=True)
class InstallReport:
    """How the last installation on a device ended."""

    succeeded: bool
    version: Version
    code: str | None = None
    message: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One check as it was understood; ``notes`` names what was ignored in it."""

    device_type: str
    vendor: str
    model: str
    revision: str
    locale: str
    mac: MacAddress | None = None
    serial: SerialNumber | None = None
    user_id: str | None = None
    modules: tuple[ReportedModule, ...] = ()
    last_install: InstallReport | None = None
    log_type: str | None = None
    notes: tuple[Note, ...] = ()
