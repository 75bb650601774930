"""What is watched for administrators: devices in trouble, as their maintained counters tell."""

from __future__ import annotations

from device_update_contract.reasons import StatusCode
from device_update_service.storage.devices.summary_records import counted_devices


def devices_in_trouble() -> tuple[int, int]:
    """How many devices failed to install an update, and how many are silent."""
    counts = {StatusCode.INSTALL_FAILED.value: 0, StatusCode.SILENT.value: 0}
    for row in counted_devices():
        if row.status in counts:
            counts[row.status] += row.devices
    return counts[StatusCode.INSTALL_FAILED.value], counts[StatusCode.SILENT.value]
