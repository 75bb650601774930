"""Checks of a Polycom CX700, for tests that need many of them or their exact bytes."""

from __future__ import annotations

from datetime import datetime

from device_update_contract.checks import CheckRequest, InstallReport, ReportedModule
from device_update_contract.identifiers import MacAddress
from device_update_contract.versions import Version

_INSTALLED = Version.parse("4.0.7577.4387")


def ordinary_check(mac: str) -> CheckRequest:
    """A check without a report."""
    return _check(mac, None)


def install_report(mac: str, at: datetime) -> CheckRequest:
    """A check that says that an installation succeeded at a time."""
    return _check(mac, InstallReport(succeeded=True, version=_INSTALLED, code=None, message=None, time=at))


def _check(mac: str, report: InstallReport | None) -> CheckRequest:
    module = ReportedModule("CPE.nbt", _INSTALLED, None)
    return CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress(mac), None, None, (module,), report)
