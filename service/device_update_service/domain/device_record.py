"""A device as it is stored, apart from what administrators write on it: the working copy of one row.

Times are milliseconds since 1970 in UTC, as in the tables, because these records are handled by the thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from device_update_contract.reasons import ReasonCode, StatusCode
from device_update_service.domain.device_status import DeviceFacts, InstallReport, InstallResult, OpenOffer
from device_update_service.domain.stored_times import from_milliseconds

_BELIEVED: Final = 366 * 86_400_000
"""A device that tells of an installation longer ago has no clock to go by."""


@dataclass(slots=True)
class DeviceRecord:
    """The mutable working copy of a device's row; field names are the column names.

    ``address`` and ``account_key`` are those of its last check; the account is empty where that was anonymous.
    """

    id: int
    device_type: str
    vendor: str
    model: str
    revision: str
    locale: str
    first_seen_at: int
    mac: str | None = None
    serial: str | None = None
    modules: list[list[str | None]] = field(default_factory=list)
    installed_version: str | None = None
    user: str | None = None
    users: list[str] = field(default_factory=list)
    address: str | None = None
    account_key: str = ""
    decision_code: str = ReasonCode.NO_RULE_FOR_DEVICE_CLASS.value
    decision_parameters: dict[str, Any] = field(default_factory=dict)
    decision_rule_id: int | None = None
    decision_since: int = 0
    offered_update_id: int | None = None
    offered_version: str | None = None
    offered_at: int | None = None
    offer_attempts: int = 0
    bytes_total: int | None = None
    bytes_sent: int | None = None
    last_byte_at: int | None = None
    install_result: str | None = None
    install_version: str | None = None
    install_code: str | None = None
    install_message: str | None = None
    install_at: int | None = None
    install_reported_at: int | None = None
    target_reported_since: bool = False
    status: str = StatusCode.NO_RULE.value
    status_since: int = 0
    notes_by_service: dict[str, int] = field(default_factory=dict)
    retired_at: int | None = None

    @property
    def class_key(self) -> str:
        """Device type, vendor, model, revision and locale in lower case, joined by ``/``."""
        return f"{self.device_type}/{self.vendor}/{self.model}/{self.revision}/{self.locale}".lower()

    def facts(self, last_check_at: int, next_check_at: int) -> DeviceFacts:
        """What decides the status."""
        return DeviceFacts(
            last_check_at=from_milliseconds(last_check_at),
            told_to_check_at=from_milliseconds(next_check_at),
            decision=ReasonCode(self.decision_code),
            decision_parameters=self.decision_parameters,
            decision_since=from_milliseconds(self.decision_since),
            retired_at=None if self.retired_at is None else from_milliseconds(self.retired_at),
            offer=self._open_offer(),
            last_install=self._last_install(),
            installed_version=self.installed_version,
            downloading_since=(
                from_milliseconds(self.status_since) if self.status == StatusCode.DOWNLOADING.value else None
            ),
        )

    def _open_offer(self) -> OpenOffer | None:
        if self.offered_update_id is None or self.offered_version is None or self.offered_at is None:
            return None
        return OpenOffer(
            version=self.offered_version,
            offered_at=from_milliseconds(self.offered_at),
            attempts_without_change=self.offer_attempts,
            bytes_total=self.bytes_total or 0,
            bytes_sent=self.bytes_sent,
            last_byte_at=None if self.last_byte_at is None else from_milliseconds(self.last_byte_at),
            reported_version=self.decision_parameters.get("reported_version"),
            is_downgrade=bool(self.decision_parameters.get("downgrade")),
        )

    def _last_install(self) -> InstallReport | None:
        if self.install_result is None or self.install_version is None:
            return None
        return InstallReport(
            result=InstallResult(self.install_result),
            version=self.install_version,
            at=from_milliseconds(self._installed_at()),
            code=self.install_code,
            message=self.install_message,
            target_reported_since=self.target_reported_since,
            reported_at=None if self.install_reported_at is None else from_milliseconds(self.install_reported_at),
        )

    def _installed_at(self) -> int:
        """When the installation ended: as the device told, unless its clock was years behind, or ahead."""
        told, reported = self.install_at, self.install_reported_at
        if told is None or reported is None:
            return told or reported or 0
        return told if reported - _BELIEVED <= told <= reported else reported
