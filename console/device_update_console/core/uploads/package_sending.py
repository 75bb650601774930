"""Sending packages to one server, one after the other, and having them inspected and imported.

A file is sent once: what was inspected is imported by the id under which the service keeps it. Only when the service
does not have it any more (after an hour) is it sent again, and not imported if it is another one by then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias

from device_update_console.core.connections.replies import Reply
from device_update_console.core.connections.server_connection import ServerConnection
from device_update_console.core.connections.upload_body import Progress
from device_update_console.core.failures import (
    FileChangedMeanwhile,
    NotAuthenticated,
    RefusedByService,
    ServiceUnreachable,
)
from device_update_console.core.texts.language import text
from device_update_console.core.uploads.package_files import unreadable
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadStage
from device_update_contract.administration.endpoints import FORGET_UPLOAD, IMPORT_PACKAGE, INSPECT_PACKAGE
from device_update_contract.administration.packages import (
    KeptUploadRequest,
    Package,
    PackageInspectionAnswer,
    PackageNameQuery,
)
from device_update_contract.refusals import Refusal

Tell: TypeAlias = Callable[[PackageUpload], None]
"""Told each time that an upload came further, in the loop's thread."""
Sending: TypeAlias = Callable[[ServerConnection, Sequence[PackageUpload], Tell], Coroutine[Any, Any, None]]
"""`inspect_uploads` or `import_uploads`."""
_Step: TypeAlias = Callable[[ServerConnection, PackageUpload, Tell], Awaitable[PackageUpload]]

_TELL_SECONDS = 0.1


async def inspect_uploads(connection: ServerConnection, uploads: Sequence[PackageUpload], tell: Tell) -> None:
    """Send files and have them inspected; one that is kept by the service already is only inspected again."""
    await _one_by_one(connection, uploads, tell, _inspected)


async def import_uploads(connection: ServerConnection, uploads: Sequence[PackageUpload], tell: Tell) -> None:
    """Import what was inspected."""
    await _one_by_one(connection, uploads, tell, _imported)


async def forget_uploads(connection: ServerConnection, kept_ids: Iterable[str]) -> None:
    """Have the service delete what it keeps and nobody wants; what it cannot be told of goes within the hour."""
    with contextlib.suppress(ServiceUnreachable):
        for kept_id in kept_ids:
            with contextlib.suppress(RefusedByService, NotAuthenticated):
                await connection.client.call(FORGET_UPLOAD, path={"id": kept_id})


async def _one_by_one(connection: ServerConnection, uploads: Sequence[PackageUpload], tell: Tell, step: _Step) -> None:
    """The failure of one does not keep the others back, unless the server cannot be asked at all."""
    for place, upload in enumerate(uploads):
        try:
            tell(await step(connection, upload, tell))
        except (ServiceUnreachable, NotAuthenticated) as failure:
            for left in uploads[place:]:
                tell(left.failed(failure))
            return
        except Refusal as failure:
            tell(upload.failed(failure))


async def _inspected(connection: ServerConnection, upload: PackageUpload, tell: Tell) -> PackageUpload:
    answer = await _inspection(connection, upload, tell)
    file = replace(upload.file, size=answer.size)
    return replace(upload.going_on(UploadStage.INSPECTED, sent=answer.size), inspection=answer, file=file)


async def _inspection(connection: ServerConnection, upload: PackageUpload, tell: Tell) -> PackageInspectionAnswer:
    if upload.kept_id is not None:
        tell(upload.going_on(UploadStage.EXAMINING))
        with _unless_gone():
            return await connection.ask(INSPECT_PACKAGE, PackageInspectionAnswer, body=_kept(upload, upload.kept_id))
    return (await _send(connection, upload, tell)).read(PackageInspectionAnswer)


async def _imported(connection: ServerConnection, upload: PackageUpload, tell: Tell) -> PackageUpload:
    tell(upload.going_on(UploadStage.IMPORTING))
    with _unless_gone():
        return await _import_kept(connection, upload)
    again = await _inspected(connection, replace(upload, inspection=None), tell)
    if _sha256(again) != _sha256(upload) or not again.can_be_imported:
        changed = text(
            "{name} had to be sent again, and it is not what was inspected before. See what would change now.",
            name=upload.file.name,
        )
        return again.failed(FileChangedMeanwhile(changed))
    tell(again.going_on(UploadStage.IMPORTING))
    return await _import_kept(connection, again)


async def _import_kept(connection: ServerConnection, upload: PackageUpload) -> PackageUpload:
    body = _kept(upload, upload.kept_id or "")
    package = await connection.ask(IMPORT_PACKAGE, Package, body=body)
    return replace(upload.going_on(UploadStage.IMPORTED), package=package)


async def _send(connection: ServerConnection, upload: PackageUpload, tell: Tell) -> Reply:
    """Send the file's bytes, as often as somebody has to sign in again meanwhile."""
    query = PackageNameQuery(name=upload.file.name[-260:])
    manifest = None if upload.manifest is None else upload.manifest.encode()
    try:
        return await connection.repeated(
            lambda: connection.client.upload(
                INSPECT_PACKAGE, upload.file.path, query=query, manifest=manifest, progress=_telling(upload, tell)
            )
        )
    except OSError as error:
        raise unreadable(upload.file.path, error) from error


def _telling(upload: PackageUpload, tell: Tell) -> Progress:
    """Tells of progress a few times a second, and of the last byte."""
    clock = asyncio.get_running_loop().time
    told = clock()
    tell(upload.going_on(UploadStage.SENDING, sent=0))

    def progress(sent: int, total: int) -> None:
        nonlocal told
        stage = UploadStage.EXAMINING if sent == total else UploadStage.SENDING
        if stage is UploadStage.EXAMINING or clock() - told >= _TELL_SECONDS:
            told = clock()
            tell(replace(upload.going_on(stage, sent=sent), file=replace(upload.file, size=total)))

    return progress


def _kept(upload: PackageUpload, kept_id: str) -> KeptUploadRequest:
    if upload.manifest is None:
        return KeptUploadRequest(upload_id=kept_id)
    return KeptUploadRequest(upload_id=kept_id, manifest=upload.manifest)


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    """Where the service does not keep the file any more, go on below instead."""
    try:
        yield
    except RefusedByService as refusal:
        if refusal.problem.status != HTTPStatus.NOT_FOUND:
            raise


def _sha256(upload: PackageUpload) -> str | None:
    return None if upload.inspection is None else upload.inspection.sha256
