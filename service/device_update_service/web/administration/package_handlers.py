"""Handlers of packages: upload, inspection in a worker process, import (contract sections 4 and 5)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from device_update_contract.administration import packages as models
from device_update_contract.administration.problems import ProblemDetail
from device_update_contract.findings import FindingCode
from device_update_contract.package_manifest import MAX_MANIFEST_BYTES
from device_update_contract.refusals import Refusal
from device_update_service.configuration.configuration import Limits
from device_update_service.domain.notices import package_refused
from device_update_service.packages.inspection import inspect_package as read_in_worker
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection, PackageMember
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.rules.upload_records import UploadRecord, upload_file
from device_update_service.usecases import packages
from device_update_service.usecases.packages import ImportPreview, PackageRefused, UploadedPackage
from device_update_service.web.administration.administration_parts import AdministrationParts, Call, Handle
from device_update_service.web.administration.administration_requests import MAX_JSON_BYTES, read_json
from device_update_service.web.administration.kept_uploads import claimed, expect_room, forget, keep
from device_update_service.web.administration.package_uploads import ReceivedPackage, displayed_name, receive_package
from device_update_service.web.administration.problems import RequestRefused

_MAX_KEPT_REQUEST_BYTES = 2 * MAX_MANIFEST_BYTES + MAX_JSON_BYTES
"""A manifest of any allowed size, whose line ends and quotation marks take two bytes each in JSON."""

MENDABLE_FINDINGS = frozenset(
    {
        FindingCode.NO_MANIFEST,
        FindingCode.MALFORMED_MANIFEST,
        FindingCode.MISSING_FILE,
        FindingCode.UNSAFE_NAME,
        FindingCode.DUPLICATE_UPDATE,
        FindingCode.INVALID_VERSION,
        FindingCode.VERSION_CONTENT_DIFFERS,
    }
)
"""Errors that another manifest can make go away; an upload with any other is not kept."""


class CallerLeft(Refusal):
    """Whoever sent the request does not wait for its answer any more, so nothing may come of it."""

    code = "caller-left"


@dataclass(frozen=True, slots=True)
class _Source:
    """A package on the disk that is to be inspected."""

    path: Path
    uploaded: UploadedPackage
    manifest: bytes | None


async def inspect_package(call: Call) -> BaseModel:
    """Say what is in a package and what importing it would change, and keep it for an hour."""
    if call.request.content_type == "application/json":
        return await _inspect_kept(call, await _read_kept(call))
    await expect_room(call)
    received = await _receive(call)
    try:
        preview, members = await _preview(call, _source(received))
        _demand_caller(call)
        kept = await keep(call, received) if _can_be_imported(preview) else None
    finally:
        received.path.unlink(missing_ok=True)
    expires_at = None if kept is None else kept.expires_at
    return _inspection_answer(received, preview, members, expires_at)


async def import_package(call: Call) -> BaseModel:
    """Import a package: the file in the body, or one that was inspected before."""
    if call.request.content_type == "application/json":
        return await _import_kept(call, await _read_kept(call))
    received = await _receive(call)
    try:
        return await _import(call, _source(received))
    finally:
        received.path.unlink(missing_ok=True)


async def forget_upload(call: Call) -> None:
    """Delete what was inspected and will not be imported."""
    async with claimed(call, call.id) as upload:
        await forget(call, upload)


async def list_packages(call: Call) -> BaseModel:
    """Imported packages."""
    return await call.read(packages.list_packages, call.query_as(models.PackageQuery))


async def show_package(call: Call) -> BaseModel:
    """One imported package."""
    return await call.read(packages.show_package, call.id)


async def _receive(call: Call) -> ReceivedPackage:
    return await receive_package(
        call.request,
        call.service.folder.uploads,
        call.service.configuration.limits.package_bytes,
        call.query_as(models.PackageNameQuery).name,
        partial(_count_bytes, call.parts),
    )


def _count_bytes(parts: AdministrationParts, size: int) -> None:
    parts.metrics.uploaded_bytes += size


def _source(received: ReceivedPackage) -> _Source:
    return _Source(received.path, UploadedPackage(received.name, received.size, received.sha256), received.manifest)


async def _read_kept(call: Call) -> models.KeptUploadRequest:
    return await read_json(models.KeptUploadRequest, call.request, limit=_MAX_KEPT_REQUEST_BYTES)


async def _inspect_kept(call: Call, request: models.KeptUploadRequest) -> BaseModel:
    async with claimed(call, request.upload_id) as upload:
        preview, members = await _preview(call, _kept_source(call, upload, request))
        can_be_imported = _can_be_imported(preview)
        if not can_be_imported:
            await forget(call, upload)
        return _inspection_answer(upload, preview, members, upload.expires_at if can_be_imported else None)


async def _import_kept(call: Call, request: models.KeptUploadRequest) -> BaseModel:
    async with claimed(call, request.upload_id) as upload:
        answer = await _import(call, _kept_source(call, upload, request))
        await forget(call, upload)
        return answer


def _kept_source(call: Call, upload: UploadRecord, request: models.KeptUploadRequest) -> _Source:
    name = call.query_as(models.PackageNameQuery).name
    uploaded = UploadedPackage(upload.name if name is None else displayed_name(name), upload.size, upload.sha256)
    manifest = None if request.manifest is None else request.manifest.encode("utf-8", errors="replace")
    return _Source(upload_file(call.service.folder.uploads, upload.id), uploaded, manifest)


async def _preview(call: Call, source: _Source) -> tuple[ImportPreview, tuple[PackageMember, ...]]:
    async with _inspected(call, source) as inspection:
        preview: ImportPreview = await call.read(
            packages.preview_import, inspection, actor=call.actor, now=call.service.clock()
        )
        return preview, inspection.members


def _inspection_answer(
    package: ReceivedPackage | UploadRecord,
    preview: ImportPreview,
    members: tuple[PackageMember, ...],
    expires_at: datetime | None,
) -> BaseModel:
    """Without an ``expires_at`` the upload is not kept."""
    return models.PackageInspectionAnswer(
        upload_id=None if expires_at is None else package.id,
        expires_at=expires_at,
        name=package.name,
        size=package.size,
        sha256=package.sha256,
        findings=preview.findings,
        updates=preview.updates,
        members=[models.PackageMember(name=member.name, size=member.size) for member in members],
    )


async def _import(call: Call, source: _Source) -> BaseModel:
    images = call.service.images
    try:
        async with _inspected(call, source) as inspection:
            if not inspection.is_refused:
                await asyncio.to_thread(packages.make_files_durable, images, inspection)
            _demand_caller(call)
            return await call.change(
                packages.import_package,
                inspection,
                source.uploaded,
                images=images,
                actor=call.actor,
                now=call.service.clock(),
            )
    except PackageRefused as refused:
        why = " ".join(found.text for found in refused.findings if found.severity == "error")
        call.service.tell(package_refused(source.uploaded.name, call.actor.account, why, call.service.clock()))
        raise _with_findings(refused) from refused


def _with_findings(refused: PackageRefused) -> RequestRefused:
    errors = [
        ProblemDetail(code=found.code, detail=found.text, parameters={**found.parameters, "severity": found.severity})
        for found in refused.findings
    ]
    return RequestRefused(refused.sentence, code=refused.code, parameters=refused.parameters, errors=errors)


@contextlib.asynccontextmanager
async def _inspected(call: Call, source: _Source) -> AsyncIterator[PackageInspection]:
    """The inspection, and the unpacked files as long as the block lasts; at most two packages at once."""
    work_folder = call.service.folder.uploads / f"{source.path.stem}.work"
    async with call.parts.inspections:
        try:
            work_folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageUnavailable(f"The package cannot be unpacked: {error.strerror}.") from error
        try:
            yield await asyncio.to_thread(
                read_in_worker,
                source.path,
                work_folder,
                source.manifest,
                _limits(call.service.configuration.limits),
                may_stop=lambda: call.parts.stopping.is_set() or call.request.transport is None,
            )
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, work_folder, ignore_errors=True))


def _limits(limits: Limits) -> PackageLimits:
    return PackageLimits(
        package_bytes=limits.package_bytes,
        unpacked_bytes=limits.unpacked_bytes,
        files=limits.package_files,
        stall_seconds=limits.file_seconds,
        total_seconds=limits.package_seconds,
    )


def _can_be_imported(preview: ImportPreview) -> bool:
    """Whether an import of this upload can come to something, with another manifest if need be."""
    errors = {found.code for found in preview.findings if found.severity == "error"}
    return errors <= {code.value for code in MENDABLE_FINDINGS}


def _demand_caller(call: Call) -> None:
    """Nothing is kept or changed for a caller who has hung up, as one does who cancels an upload.

    Raises:
        CallerLeft.
    """
    if call.request.transport is None:
        raise CallerLeft("The connection ended before the package was examined, so nothing was kept or changed.")


HANDLERS: dict[str, Handle] = {
    "inspect_package": inspect_package,
    "import_package": import_package,
    "forget_upload": forget_upload,
    "list_packages": list_packages,
    "show_package": show_package,
}
