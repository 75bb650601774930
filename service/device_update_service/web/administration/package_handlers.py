"""Handlers of packages: upload, inspection in a worker process, import (contract sections 4 and 5)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from device_update_contract.administration import packages as models
from device_update_contract.administration.problems import ProblemDetail
from device_update_contract.findings import FindingCode
from device_update_contract.refusals import Refusal
from device_update_service.configuration.configuration import Limits
from device_update_service.packages.inspection import inspect_package as read_in_worker
from device_update_service.packages.limits import PackageLimits
from device_update_service.packages.package_inspection import PackageInspection
from device_update_service.storage.errors import StorageUnavailable
from device_update_service.storage.rules.upload_records import (
    UploadRecord,
    add_upload,
    claim_upload,
    remove_upload,
    upload_file,
)
from device_update_service.usecases import packages
from device_update_service.usecases.packages import ImportPreview, PackageRefused, UploadedPackage
from device_update_service.web.administration.administration_parts import AdministrationParts, Call, Handle
from device_update_service.web.administration.administration_requests import read_json
from device_update_service.web.administration.package_uploads import ReceivedPackage, displayed_name, receive_package
from device_update_service.web.administration.problems import RequestRefused

UPLOAD_KEPT = timedelta(hours=1)

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


class UnknownUpload(Refusal):
    """There is no such upload of this account, or its hour is over."""

    code = "not-found"


class UploadInUse(Refusal):
    """The upload is being imported already."""

    code = "upload-in-use"


@dataclass(frozen=True, slots=True)
class _Source:
    """A package on the disk that is to be inspected."""

    path: Path
    uploaded: UploadedPackage
    manifest: bytes | None


async def inspect_package(call: Call) -> BaseModel:
    """Receive a package, say what is in it and what importing it would change, and keep it for an hour."""
    received = await _receive(call)
    try:
        source = _source(received)
        async with _inspected(call, source) as inspection:
            preview: ImportPreview = await call.read(
                packages.preview_import, inspection, actor=call.actor, now=call.service.clock()
            )
        kept = await _keep(call, received) if _can_be_imported(preview) else None
    finally:
        received.path.unlink(missing_ok=True)
    return models.PackageInspectionAnswer(
        upload_id=None if kept is None else kept.id,
        expires_at=None if kept is None else kept.expires_at,
        name=received.name,
        size=received.size,
        sha256=received.sha256,
        findings=preview.findings,
        updates=preview.updates,
    )


async def import_package(call: Call) -> BaseModel:
    """Import a package: the file in the body, or one that was inspected before."""
    if call.request.content_type == "application/json":
        return await _import_kept(call, await read_json(models.ImportUploadRequest, call.request))
    received = await _receive(call)
    try:
        return await _import(call, _source(received))
    finally:
        received.path.unlink(missing_ok=True)


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


async def _import_kept(call: Call, request: models.ImportUploadRequest) -> BaseModel:
    now, folder, busy = call.service.clock(), call.service.folder.uploads, call.parts.uploads_in_use
    if request.upload_id in busy:
        raise UploadInUse("This upload is being imported already.")
    busy.add(request.upload_id)
    try:
        upload = await call.service.write(
            partial(claim_upload, request.upload_id, call.actor.account, now, now + UPLOAD_KEPT)
        )
        if upload is None or not (path := upload_file(folder, upload.id)).is_file():
            raise UnknownUpload("There is no such upload any more; send the package again.")
        name = call.query_as(models.PackageNameQuery).name
        uploaded = UploadedPackage(upload.name if name is None else displayed_name(name), upload.size, upload.sha256)
        manifest = None if request.manifest is None else request.manifest.encode("utf-8", errors="replace")
        answer = await _import(call, _Source(path, uploaded, manifest))
        await call.service.write(partial(remove_upload, folder, upload.id))
        return answer
    finally:
        busy.discard(request.upload_id)


async def _import(call: Call, source: _Source) -> BaseModel:
    images = call.service.images
    try:
        async with _inspected(call, source) as inspection:
            if not inspection.is_refused:
                await asyncio.to_thread(packages.make_files_durable, images, inspection)
            return await call.change(
                packages.import_package,
                inspection,
                source.uploaded,
                images=images,
                actor=call.actor,
                now=call.service.clock(),
            )
    except PackageRefused as refused:
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
                stop=call.parts.stopping,
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


async def _keep(call: Call, received: ReceivedPackage) -> UploadRecord:
    """Give the file its lasting name, then the row; the sweep at the start takes what a crash leaves in between."""
    upload = UploadRecord(
        id=received.id,
        name=received.name,
        size=received.size,
        sha256=received.sha256,
        account=call.actor.account,
        expires_at=call.service.clock() + UPLOAD_KEPT,
    )
    lasting = upload_file(call.service.folder.uploads, upload.id)
    try:
        received.path.rename(lasting)
    except OSError as error:
        raise StorageUnavailable(f"The package cannot be kept: {error.strerror}.") from error
    try:
        await call.service.write(partial(add_upload, upload))
    except Refusal:
        lasting.unlink(missing_ok=True)
        raise
    return upload


HANDLERS: dict[str, Handle] = {
    "inspect_package": inspect_package,
    "import_package": import_package,
    "list_packages": list_packages,
    "show_package": show_package,
}
