"""Answers of the administration API as tests need them: complete, with what matters given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from device_update_contract.administration.devices import Device, DeviceWhy, TestDevice
from device_update_contract.administration.packages import (
    FindingModel,
    Package,
    PackageInspectionAnswer,
    PackageUpdate,
)
from device_update_contract.administration.rules import PendingTest, Rule, RuleHistoryEntry, RulePreview, RuleVersion
from device_update_contract.findings import Finding, FindingCode, finding

MORNING = datetime(2026, 5, 3, 8, 30, tzinfo=UTC)


def version(text: str) -> RuleVersion:
    return RuleVersion(version=text, package_id="1", at=MORNING, account="ada", comment=None, files=[])


def rule(identifier: str = "1", *, installed_on_test_devices: int = 1, **changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "id": identifier,
        "device_type": "UCPhone",
        "brand": "Polycom",
        "vendor": "Polycom",
        "model": "CX700",
        "revision": "A",
        "locale": "ENU",
        "update_type": "CPE",
        "pending": version("4.0.7577.4387"),
        "approved": version("1.0.522.101"),
        "restore": None,
        "state": "pending",
        "change_number": 7,
        "devices_matching": 12,
        "devices_on_pending": 1,
        "devices_on_approved": 11,
        "devices_on_restore": 0,
        "pending_test": PendingTest(devices=1, offered=1, installed=installed_on_test_devices),
    }
    return Rule(**{**fields, **changes})


def preview_of(of: Rule, **changes: Any) -> RulePreview:
    fields = {"version": "4.0.7577.4387", "devices_affected": 12, "downgrades": 0, "bytes": 30 * 1024 * 1024}
    return RulePreview(rule=of, **{**fields, **changes})


def history_entry(identifier: str, verb: str, of: str, **changes: Any) -> RuleHistoryEntry:
    fields: dict[str, Any] = {"at": MORNING, "account": "ada", "comment": None, "stored": True}
    return RuleHistoryEntry(id=identifier, verb=verb, version=of, **{**fields, **changes})


def device(identifier: str = "1", **changes: Any) -> Device:
    fields: dict[str, Any] = {
        "id": identifier,
        "device_type": "UCPhone",
        "mac": "00-04-F2-00-01-76",
        "serial": "07823-A345",
        "vendor": "Polycom",
        "model": "CX700",
        "revision": "A",
        "locale": "ENU",
        "modules": [],
        "installed_version": "1.0.522.101",
        "user": "kenmyer@contoso.com",
        "users": [],
        "address": "10.0.0.7",
        "first_seen_at": MORNING,
        "last_check_at": MORNING,
        "next_check_expected_at": None,
        "overdue_seconds": 0,
        "status": "offered",
        "why": DeviceWhy(
            code="offered",
            text="Offered 4.0.7577.4387; no byte was sent yet.",
            since=MORNING,
            who_acts="device",
            next_step="It asks again about 14:10.",
        ),
        "offered_version": "4.0.7577.4387",
        "bytes_sent": None,
        "bytes_total": None,
        "last_byte_at": None,
        "last_install": None,
        "test_device": False,
        "label": None,
        "location": None,
        "asset_tag": None,
        "note": None,
        "notes_by_service": [],
        "retired_at": None,
    }
    return Device(**{**fields, **changes})


def sample_test_device(name: str = "Reception") -> TestDevice:
    return TestDevice(
        id="5",
        name=name,
        identifier_type="mac",
        identifier="00-04-F2-00-01-76",
        device_id=None,
        model=None,
        installed_version=None,
        last_check_at=None,
        last_decision=None,
    )


def package(name: str, findings: list[FindingModel] | None = None) -> Package:
    return Package(
        id="1",
        name=name,
        size=5,
        sha256="0" * 64,
        imported_at=MORNING,
        account="ada",
        findings=findings or [],
        updates=[],
    )


def finding_model(noticed: Finding) -> FindingModel:
    return FindingModel(
        code=noticed.code, severity=noticed.severity.value, text=noticed.text, parameters=dict(noticed.parameters)
    )


FINDING_ERROR = finding_model(finding(FindingCode.MISSING_FILE, source="CPE.nbt", name="CPE.nbt"))
FINDING_WARNING = finding_model(finding(FindingCode.SIGNATURE_MISSING, name="CPE.nbt"))


def package_update(**changes: Any) -> PackageUpdate:
    of = rule()
    fields: dict[str, Any] = {
        "device_type": of.device_type,
        "brand": of.brand,
        "vendor": of.vendor,
        "model": of.model,
        "revision": of.revision,
        "locale": of.locale,
        "update_type": of.update_type,
        "version": "4.0.7577.4387",
        "effect": "pending",
    }
    return PackageUpdate(**{**fields, **changes})


def inspection(
    *,
    upload_id: str | None,
    findings: list[FindingModel] | None = None,
    updates: list[PackageUpdate] | None = None,
) -> PackageInspectionAnswer:
    return PackageInspectionAnswer(
        upload_id=upload_id,
        expires_at=None if upload_id is None else MORNING,
        name="a.cab",
        size=200,
        sha256="0" * 64,
        findings=findings or [],
        updates=[package_update()] if updates is None else updates,
    )
