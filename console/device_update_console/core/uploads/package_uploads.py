"""One file on its way to one server: how far it came, what the service said of it, and what can be done next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Self, TypeAlias

from device_update_console.core.failures import RefusedByService
from device_update_console.core.uploads.package_files import PackageFile
from device_update_contract.administration.packages import FindingModel, Package, PackageInspectionAnswer, PackageUpdate
from device_update_contract.findings import FindingCode

UploadKey: TypeAlias = tuple[Path, str]
"""The file's path, and the server's origin."""


class UploadStage(StrEnum):
    """How far an upload came."""

    CHOSEN = "chosen"
    SENDING = "sending"
    EXAMINING = "examining"
    """The service has all bytes, and reads them."""
    INSPECTED = "inspected"
    IMPORTING = "importing"
    IMPORTED = "imported"


_BEFORE = {
    UploadStage.SENDING: UploadStage.CHOSEN,
    UploadStage.EXAMINING: UploadStage.CHOSEN,
    UploadStage.IMPORTING: UploadStage.INSPECTED,
}
"""What an upload is thrown back to when its request comes to nothing."""
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT})


@dataclass(frozen=True, slots=True)
class PackageUpload:
    """A file for a server; with a ``failure`` the last attempt to go on from ``stage`` did not succeed.

    ``manifest`` is the one that somebody gave; without one the package's own is used.
    """

    file: PackageFile
    server: str
    stage: UploadStage = UploadStage.CHOSEN
    sent: int = 0
    manifest: str | None = None
    inspection: PackageInspectionAnswer | None = None
    package: Package | None = None
    failure: Exception | None = None

    @property
    def key(self) -> UploadKey:
        """What tells it from all others."""
        return self.file.path, self.server

    @property
    def is_running(self) -> bool:
        """Whether a request is on its way."""
        return self.stage in _BEFORE

    @property
    def kept_id(self) -> str | None:
        """What the service calls the file that it keeps of it, as long as it keeps one."""
        if self.inspection is None or self.stage is UploadStage.IMPORTED:
            return None
        return self.inspection.upload_id

    @property
    def findings(self) -> list[FindingModel]:
        """What the service noticed last, errors first."""
        said = self.package or self.inspection
        return [] if said is None else said.findings

    @property
    def updates(self) -> list[PackageUpdate]:
        """What is in it, and what became of it, or would."""
        said = self.package or self.inspection
        return [] if said is None else said.updates

    @property
    def errors(self) -> int:
        """How many findings keep it from being imported."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def can_be_imported(self) -> bool:
        """Whether it was inspected and nothing speaks against it."""
        return self.stage is UploadStage.INSPECTED and self.kept_id is not None and not self.errors

    @property
    def takes_manifest(self) -> bool:
        """Whether another manifest can be given for it."""
        return self.stage is UploadStage.INSPECTED and self.kept_id is not None

    @property
    def lacks_manifest(self) -> bool:
        """Whether it can be imported only with a manifest that somebody gives."""
        codes = {finding.code for finding in self.findings}
        return self.takes_manifest and bool(codes & {FindingCode.NO_MANIFEST, FindingCode.MALFORMED_MANIFEST})

    @property
    def may_be_tried_again(self) -> bool:
        """Whether what failed may succeed later: all but what the service decided."""
        if isinstance(self.failure, RefusedByService):
            status = self.failure.problem.status
            return status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return self.failure is not None

    def going_on(self, stage: UploadStage, *, sent: int | None = None) -> Self:
        """It came further."""
        return replace(self, stage=stage, sent=self.sent if sent is None else sent, failure=None)

    def failed(self, failure: Exception) -> Self:
        """It did not get on."""
        return replace(self.at_rest(), failure=failure)

    def at_rest(self) -> Self:
        """Where it is when no request of it is on its way any more."""
        return replace(self, stage=_BEFORE.get(self.stage, self.stage))
