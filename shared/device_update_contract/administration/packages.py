"""Packages: inspection, import and what was imported (contract sections 4 and 5)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from device_update_contract.administration.base import Answer, Model, Moment, PageQuery, Sought
from device_update_contract.administration.rules import RuleFile


class FindingModel(Answer):
    """Something noticed about a package; one error refuses it whole."""

    code: str
    severity: Literal["error", "warning"]
    text: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class PackageUpdate(Answer):
    """One update of a package, and what importing it does (or did) to its rule."""

    device_type: str
    brand: str
    vendor: str
    model: str
    revision: str
    locale: str
    update_type: str
    version: str
    release_date: str | None = None
    description: str | None = None
    files: list[RuleFile] = Field(default_factory=list)
    rule_id: str | None = None
    """Null while the rule does not exist (inspection only)."""
    effect: Literal["pending", "replaced-pending", "unchanged", "already-approved", "approved", "refused"] | None = None


class Package(Answer):
    """A package that was imported."""

    id: str
    name: str
    size: int
    sha256: str
    imported_at: Moment
    account: str
    findings: list[FindingModel]
    updates: list[PackageUpdate]


class PackageMember(Answer):
    """A file that lies in a package; `name` is its path inside it."""

    name: str
    size: int


class PackageInspectionAnswer(Answer):
    """Findings of an uploaded package and what importing it would change; the upload is kept for one hour."""

    upload_id: str | None
    """Null when nothing can come of it, because an error was found that no manifest mends."""
    expires_at: Moment | None
    name: str
    size: int
    sha256: str
    findings: list[FindingModel]
    updates: list[PackageUpdate]
    members: list[PackageMember] = Field(default_factory=list)
    """The files that a manifest can name, whether or not one does; at most 1,000."""


class KeptUploadRequest(Model):
    """Inspect or import what was inspected before, without sending it again."""

    upload_id: str
    manifest: str | None = None


class PackageQuery(PageQuery):
    """Parameters of ``GET /packages``; sorts by ``id``, ``name``, ``imported_at``, ``size``."""

    search: Sought | None = None
    account: Sought | None = None


class PackageNameQuery(Model):
    """Parameters of an upload: the name that people will see."""

    name: str | None = Field(default=None, max_length=260)
