"""Uploads that are kept between inspection and import (contract section 5): whose they are, and who uses one now."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

from device_update_contract.refusals import Refusal
from device_update_service.storage.errors import StorageError, StorageUnavailable
from device_update_service.storage.rules.upload_records import (
    UploadBounds,
    UploadRecord,
    UploadsFull,
    add_upload,
    bytes_of_others,
    claim_upload,
    remove_upload,
    upload_file,
)
from device_update_service.web.administration.administration_parts import Call
from device_update_service.web.administration.package_uploads import ReceivedPackage

UPLOAD_KEPT = timedelta(hours=1)

_log = logging.getLogger(__name__)


class UnknownUpload(Refusal):
    """There is no such upload of this account, or its hour is over."""

    code = "not-found"


class UploadInUse(Refusal):
    """The upload is being inspected or imported already."""

    code = "upload-in-use"


async def expect_room(call: Call) -> None:
    """Refuse what could not be kept before it is sent, where it says how large it is.

    Raises:
        UploadsFull.
    """
    others = await call.service.read(partial(bytes_of_others, call.actor.account, call.service.clock()))
    limit = _bounds(call).of_all
    if others + (call.request.content_length or 0) > limit:
        raise UploadsFull(limit)


async def keep(call: Call, received: ReceivedPackage) -> UploadRecord:
    """Give the file its lasting name, then the row; the sweep at the start takes what a crash leaves in between.

    An account that has more kept than it may loses its oldest: whoever inspects a package is about to import that one,
    and clients send a file again that the service does not have any more.

    Raises:
        UploadsFull, StorageUnavailable: nothing is left of it.
    """
    now = call.service.clock()
    upload = UploadRecord(
        id=received.id,
        name=received.name,
        size=received.size,
        sha256=received.sha256,
        account=call.actor.account,
        expires_at=now + UPLOAD_KEPT,
    )
    lasting = upload_file(call.service.folder.uploads, upload.id)
    try:
        received.path.rename(lasting)
    except OSError as error:
        raise StorageUnavailable(f"The package cannot be kept: {error.strerror}.") from error
    try:
        folder, in_use = call.service.folder.uploads, frozenset(call.parts.uploads_in_use)
        await call.service.write(partial(add_upload, folder, upload, _bounds(call), now, in_use))
    except Refusal:
        lasting.unlink(missing_ok=True)
        raise
    return upload


def _bounds(call: Call) -> UploadBounds:
    limits = call.service.configuration.limits
    return UploadBounds(limits.kept_upload_bytes, limits.kept_upload_bytes_per_account)


@contextlib.asynccontextmanager
async def claimed(call: Call, upload_id: str) -> AsyncIterator[UploadRecord]:
    """The caller's own upload, kept for another hour; nobody else uses it as long as the block lasts.

    Raises:
        UploadInUse, UnknownUpload.
    """
    busy = call.parts.uploads_in_use
    if upload_id in busy:
        raise UploadInUse("This upload is being worked on already.")
    busy.add(upload_id)
    try:
        now = call.service.clock()
        upload = await call.service.write(partial(claim_upload, upload_id, call.actor.account, now, now + UPLOAD_KEPT))
        if upload is None or not upload_file(call.service.folder.uploads, upload.id).is_file():
            raise UnknownUpload("There is no such upload any more; send the package again.")
        yield upload
    finally:
        busy.discard(upload_id)


async def forget(call: Call, upload: UploadRecord) -> None:
    """Delete an upload that nobody needs any more; if that fails it goes when its hour is over."""
    try:
        await call.service.write(partial(remove_upload, call.service.folder.uploads, upload.id))
    except (OSError, StorageError) as error:
        _log.warning("An upload could not be deleted", extra={"error": str(error)})
