"""The one request and the one answer between the service and its package worker, as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection, inspection_to_json

MAX_REQUEST_BYTES = 60 * 1024
"""A request always fits into a pipe's 64 KiB, so that writing it never waits for the worker."""


class Failure(StrEnum):
    """Why a worker has no inspection to give, none of them a fault that the package is blamed for but `CRASHED`."""

    NO_SPACE = "no-space"
    FILES = "files"
    UNUSABLE = "unusable"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """What to read; `manifest` is a file, so that the request stays small, and `parent` the process that asks."""

    parent: int
    source: Path
    work_folder: Path
    manifest: Path | None
    limits: PackageLimits

    def to_line(self) -> bytes:
        """One line of JSON with its line end."""
        return json.dumps(dataclasses.asdict(self), default=str).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> WorkerRequest:
        """Read what `to_line` wrote; it comes from the service itself."""
        value: dict[str, Any] = json.loads(line)
        return cls(
            value["parent"],
            Path(value["source"]),
            Path(value["work_folder"]),
            Path(value["manifest"]) if value["manifest"] is not None else None,
            PackageLimits(**value["limits"]),
        )


def answer_with_inspection(inspection: PackageInspection) -> bytes:
    """The answer when the package could be judged."""
    return json.dumps({"inspection": inspection_to_json(inspection)}).encode()


def answer_with_failure(failure: Failure, text: str) -> bytes:
    """The answer when it could not; `text` is for the service's log."""
    return json.dumps({"failure": failure, "text": text}).encode()
