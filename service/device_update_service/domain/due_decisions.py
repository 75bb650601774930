"""What a device would be answered if it asked now: its record decided again (contract 2.2 and 2.3).

A status is from the last decision, which may be a day old. Whoever asks why a device has not updated must not be sent
to an administrator who approved the update an hour ago.
"""

from __future__ import annotations

from device_update_contract.checks import CheckRequest, ReportedModule
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.decisions import decide
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import DueDecision


def due_decision(record: DeviceRecord, catalog: CatalogSnapshot) -> DueDecision | None:
    """The decision that it would get now, if that differs from its last one in its reason or its version."""
    decision = decide(_as_a_check(record), catalog)
    stored = (record.decision_code, record.decision_parameters.get("version"))
    if stored == (decision.code.value, decision.parameters.get("version")):
        return None
    decided_by = decision.decided_by
    return DueDecision(decision.code, decision.parameters, None if decided_by is None else decided_by.at)


def _as_a_check(record: DeviceRecord) -> CheckRequest:
    return CheckRequest(
        record.device_type,
        record.vendor,
        record.model,
        record.revision,
        record.locale,
        None if record.mac is None else MacAddress(record.mac),
        None if record.serial is None else SerialNumber(record.serial),
        modules=tuple(ReportedModule(str(name), _readable(text), stamp) for name, text, stamp in record.modules),
    )


def _readable(text: str | None) -> Version | None:
    try:
        return None if text is None else Version.parse(text)
    except InvalidVersion:
        return None
