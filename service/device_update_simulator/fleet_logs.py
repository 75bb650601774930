"""The logs that a fleet's devices send: after an installation that failed, and some after their start or a crash."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from device_update_contract.checks import CheckRequest
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_simulator.ce_log_writing import boot_log
from device_update_simulator.crash_dump_writing import Crash, crash_dump
from device_update_simulator.device_access import DeviceAccess, DownloadSessions
from device_update_simulator.device_models import DeviceIdentity
from device_update_simulator.failures import CheckFailure
from device_update_simulator.fleet_report import FleetCounts
from device_update_simulator.log_sending import send_log
from device_update_simulator.service_address import ServiceAddress

_WORKERS: Final = 4
_LINE: Final = "{at:08.3f} [{module}] {text}\r\n"


@dataclass(frozen=True, slots=True)
class DeviceLog:
    """One log that a device is about to send."""

    identity: DeviceIdentity
    log_type: str
    file_name: str
    content: bytes


class FleetLogs:
    """Sends logs behind everything else that a fleet does; one that is refused is counted and dropped."""

    def __init__(self, address: ServiceAddress, access: DeviceAccess, counts: FleetCounts) -> None:
        self._address = address
        self._access = access
        self._counts = counts
        self._waiting: asyncio.Queue[DeviceLog] = asyncio.Queue()

    def after_failed_install(self, identity: DeviceIdentity, version: str, code: str, message: str) -> None:
        """A device tells what it saw of an installation that failed."""
        steps = (
            ("update", f"installing {version}"),
            ("flash", "image verified, writing"),
            ("flash", f"error {code}: {message}"),
            ("update", "keeping the running image"),
        )
        lines = (_LINE.format(at=0.25 * place, module=module, text=text) for place, (module, text) in enumerate(steps))
        self._add(identity, "DiagLog", "update.txt", "".join(lines).encode())

    def after_start(self, identity: DeviceIdentity) -> None:
        """A device tells how it came up."""
        self._add(identity, "CELog", "boot.clg", boot_log(("power on", f"link up, {identity.mac}", "registered")))

    def after_crash(self, identity: DeviceIdentity, now: datetime) -> None:
        """A device that came up again after its software failed tells where; the name is as the original's were."""
        version = identity.first_version
        name = f"{identity.serial}-{now:%Y-%m-%d%H%M%S}-WATSON-{version}.kdmp"
        self._add(identity, "Watson", name, crash_dump(Crash(identity.model.title, version, now)))

    async def work(self) -> None:
        """Send what waits, until cancelled."""
        await asyncio.gather(*(self._send_all() for _ in range(_WORKERS)))

    def _add(self, identity: DeviceIdentity, log_type: str, name: str, content: bytes) -> None:
        self._waiting.put_nowait(DeviceLog(identity, log_type, name, content))

    async def _send_all(self) -> None:
        sessions = DownloadSessions(self._access)
        try:
            while True:
                log = await self._waiting.get()
                try:
                    await send_log(self._address, sessions, _request(log), log.file_name, log.content)
                    self._counts.logs_stored += 1
                except CheckFailure as failure:
                    self._counts.failures[f"log: {failure.code}"] += 1
        finally:
            await sessions.close()


def _request(log: DeviceLog) -> CheckRequest:
    identity, model = log.identity, log.identity.model
    return CheckRequest(
        model.device_type,
        model.vendor,
        model.model,
        model.revision,
        model.locale,
        MacAddress(identity.mac),
        SerialNumber(identity.serial),
        log_type=log.log_type,
    )
