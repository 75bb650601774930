"""Builders of rules, updates and checks for the tests of the domain."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from device_update_contract.checks import CheckRequest, ReportedModule
from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_contract.versions import Version
from device_update_service.domain.rules import ImageFile, Rule, Slot, Update, Verb

NOW = datetime(2013, 5, 3, 14, 2, tzinfo=UTC)
CX700 = DeviceClass("UCPhone", "Polycom", "CX700", "A", "ENU")
FIRST, SECOND, THIRD = (Version.parse(text) for text in ("1.0.522.101", "4.0.7577.4366", "4.0.7577.4387"))


def image(name: str = "CPE.nbt", content: str = "image", signature: str | None = "CPE.cat") -> ImageFile:
    """An image file whose hash follows from a word."""
    return ImageFile(
        name=name,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        size=30_000_000,
        timestamp="2013-04-16T00:00:00Z",
        signature=signature,
        signature_sha256=hashlib.sha256(f"{content} signature".encode()).hexdigest() if signature else None,
        signature_size=2000 if signature else None,
    )


def update(
    version: Version | str, *, number: int | None = None, content: str | None = None, stored: bool = True
) -> Update:
    """An update of one image file whose content follows from its version."""
    version = Version.parse(version) if isinstance(version, str) else version
    return Update(
        id=number if number is not None else hash(version.numbers) % 1_000_000,
        version=version,
        package_id=1,
        files=(image(content=content or version.key),),
        imported_at=NOW,
        stored=stored,
    )


def slot(version: Version, account: str = "admin", verb: Verb = Verb.APPROVE) -> Slot:
    """A slot that holds a version's update."""
    return Slot(update(version), NOW, account, "tested", verb)


def rule(
    *,
    pending: Version | None = None,
    approved: Version | None = None,
    restore: Version | None = None,
    number: int = 1,
    device_class: DeviceClass = CX700,
    update_type: str = "CPE",
    vendor: str = "Polycom",
    approved_by_roll_back: bool = False,
    removed: bool = False,
) -> Rule:
    """A rule with the given slots, as storage gives it to the catalog: without its history."""
    return Rule(
        id=number,
        device_class=device_class,
        update_type=update_type,
        vendor=vendor,
        pending=slot(pending, verb=Verb.IMPORT) if pending else None,
        approved=slot(approved) if approved else None,
        restore=slot(restore) if restore else None,
        approved_by_roll_back=approved_by_roll_back,
        removed=removed,
        updates=tuple(update(version) for version in (pending, approved, restore) if version),
    )


def check(
    installed: Version | str | None = None,
    *,
    file_name: str = "CPE.nbt",
    mac: str | None = "00-04-F2-00-01-76",
    serial: str | None = None,
    vendor: str = "Polycom",
    model: str = "CX700",
) -> CheckRequest:
    """A check of a CX700 that reports one module, or none."""
    version = Version.parse(installed) if isinstance(installed, str) else installed
    return CheckRequest(
        "UCPhone",
        vendor,
        model,
        "A",
        "ENU",
        None if mac is None else MacAddress(mac),
        None if serial is None else SerialNumber(serial),
        modules=() if version is None else (ReportedModule(file_name, version),),
    )
