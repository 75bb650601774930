"""What reading a package yields, and how the worker hands it over as JSON.

The reader of that JSON trusts the worker no more than the package, since the worker's C libraries have read hostile
bytes: every value is parsed again, and contents can only be the worker's own files in the work folder.
"""

from __future__ import annotations

import datetime as dt
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_update_contract.device_classes import DeviceClass
from device_update_contract.findings import Finding, FindingCode, Severity
from device_update_contract.identifiers import parse_class_field, parse_file_name
from device_update_contract.versions import Version

MAX_MEMBERS = 1000
"""Files of a package that are named to whoever writes a manifest for it."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CONTENT_NAME = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """An image file and its signature catalog, unpacked.

    `content` and `signature_content` lie in the work folder. Several files may share one content: copy or link before
    moving. The four fields about the signature are given or none is.
    """

    name: str
    sha256: str
    size: int
    timestamp: dt.datetime | None
    content: Path
    signature_name: str | None = None
    signature_sha256: str | None = None
    signature_size: int | None = None
    signature_content: Path | None = None


@dataclass(frozen=True, slots=True)
class PackagedUpdate:
    """One version for one rule with its files."""

    device_class: DeviceClass
    vendor: str
    update_type: str
    version: Version
    release_date: dt.date | None
    description: str
    files: tuple[PackagedFile, ...]


@dataclass(frozen=True, slots=True)
class PackageMember:
    """A file that lies in the package, by the path with which a manifest can name it."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PackageInspection:
    """All findings, errors first, the updates without errors of their own, and the files that a manifest can name.

    With any error the whole package is refused; the updates then only serve to show what was meant.
    """

    findings: tuple[Finding, ...]
    updates: tuple[PackagedUpdate, ...] = ()
    members: tuple[PackageMember, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether any finding is an error."""
        return any(found.is_error for found in self.findings)


def inspection_to_json(inspection: PackageInspection) -> dict[str, Any]:
    """The inspection as JSON values; contents are named by their file names alone."""
    return {
        "findings": [
            {"code": item.code, "severity": item.severity, "text": item.text, "parameters": dict(item.parameters)}
            for item in inspection.findings
        ],
        "updates": [_update_to_json(update) for update in inspection.updates],
        "members": [[member.name, member.size] for member in inspection.members],
    }


def _update_to_json(update: PackagedUpdate) -> dict[str, Any]:
    cls = update.device_class
    return {
        "device_class": [cls.device_type, cls.brand, cls.model, cls.revision, cls.locale],
        "vendor": update.vendor,
        "update_type": update.update_type,
        "version": update.version.text,
        "release_date": update.release_date.isoformat() if update.release_date else None,
        "description": update.description,
        "files": [
            {
                "name": file.name,
                "timestamp": file.timestamp.isoformat() if file.timestamp else None,
                "image": [file.content.name, file.sha256, file.size],
                "signature_name": file.signature_name,
                "signature": (
                    [file.signature_content.name, file.signature_sha256, file.signature_size]
                    if file.signature_content
                    else None
                ),
            }
            for file in update.files
        ],
    }


def inspection_from_json(value: Mapping[str, Any], work_folder: Path) -> PackageInspection:
    """Read what `inspection_to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: for anything else; also for a content that is no plain file in `work_folder`.
    """
    findings = tuple(
        Finding(
            FindingCode(item["code"]),
            Severity(item["severity"]),
            str(item["text"]),
            {str(name): fact if isinstance(fact, int) else str(fact) for name, fact in item["parameters"].items()},
        )
        for item in value["findings"]
    )
    return PackageInspection(
        findings,
        tuple(_update_from_json(item, work_folder) for item in value["updates"]),
        tuple(PackageMember(str(name), int(size)) for name, size in value["members"][:MAX_MEMBERS]),
    )


def _update_from_json(value: Mapping[str, Any], work_folder: Path) -> PackagedUpdate:
    device_type, brand, model, revision, locale = value["device_class"]
    released = value["release_date"]
    return PackagedUpdate(
        DeviceClass.parse(device_type=device_type, brand=brand, model=model, revision=revision, locale=locale),
        parse_class_field("vendor", value["vendor"]),
        parse_class_field("updateType", value["update_type"]),
        Version.parse(value["version"]),
        dt.date.fromisoformat(released) if released is not None else None,
        str(value["description"]),
        tuple(_file_from_json(item, work_folder) for item in value["files"]),
    )


def _file_from_json(value: Mapping[str, Any], work_folder: Path) -> PackagedFile:
    content, sha256, size = _content_from_json(value["image"], work_folder)
    stamp = value["timestamp"]
    name = parse_file_name(value["name"])
    timestamp = dt.datetime.fromisoformat(stamp) if stamp is not None else None
    if value["signature"] is None:
        return PackagedFile(name, sha256, size, timestamp, content)
    signature_content, signature_sha256, signature_size = _content_from_json(value["signature"], work_folder)
    return PackagedFile(
        name,
        sha256,
        size,
        timestamp,
        content,
        parse_file_name(value["signature_name"]),
        signature_sha256,
        signature_size,
        signature_content,
    )


def _content_from_json(value: tuple[str, str, int], work_folder: Path) -> tuple[Path, str, int]:
    name, sha256, size = value
    if not _CONTENT_NAME.fullmatch(name) or not _SHA256.fullmatch(sha256):
        raise ValueError("The worker named a content that is not its own.")
    content = work_folder / name
    status = content.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size != size:
        raise ValueError("The worker named a content that is not as it says.")
    return content, sha256, size
