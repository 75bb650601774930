"""Uploads that were inspected and wait to be imported (contract section 5)."""

from __future__ import annotations

import shutil
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from peewee import fn

from device_update_contract.refusals import Refusal
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.tables import Upload


class UploadsFull(Refusal):
    """What other accounts have kept leaves no room for an upload."""

    code = "uploads-full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Inspected packages have at most {limit} bytes; those of others, which go within the hour, leave no room.",
            parameters={"limit": limit},
        )


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """Bytes that uploads may have, those of all accounts together and those of one."""

    of_all: int
    of_one: int


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """One upload; its file is in the uploads folder under its id."""

    id: str
    name: str
    size: int
    sha256: str
    account: str
    expires_at: datetime


def add_upload(
    folder: Path, upload: UploadRecord, bounds: UploadBounds, now: datetime, in_use: AbstractSet[str]
) -> None:
    """Remember an upload whose file is in place; the oldest of its account go for it, but for those in use.

    Nobody else's go, and the newest is kept even where it alone is more than an account may have. In the writer.

    Raises:
        UploadsFull: nothing has changed.
    """
    remove_expired_uploads(folder, now)
    others = bytes_of_others(upload.account, now)
    own = list(Upload.select().where(Upload.account == upload.account).order_by(Upload.expires_at, Upload.id))
    kept, going = sum(row.size for row in own), list[str]()
    room = min(bounds.of_one, bounds.of_all - others) - upload.size
    for row in own:
        if kept > room and row.id not in in_use:
            kept -= row.size
            going.append(row.id)
    if others + kept + upload.size > bounds.of_all:
        raise UploadsFull(bounds.of_all)
    for upload_id in going:
        remove_upload(folder, upload_id)
    Upload.create(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        account=upload.account,
        expires_at=to_milliseconds(upload.expires_at),
    )


def bytes_of_others(account: str, now: datetime) -> int:
    """What all accounts but one have kept."""
    kept = Upload.select(fn.COALESCE(fn.SUM(Upload.size), 0))
    kept = kept.where((Upload.account != account) & (Upload.expires_at > to_milliseconds(now)))
    return int(kept.scalar())


def claim_upload(upload_id: str, account: str, now: datetime, until: datetime) -> UploadRecord | None:
    """An account's upload that has not expired, kept at least `until`, so that it does not expire under an import."""
    row = Upload.get_or_none(
        (Upload.id == upload_id) & (Upload.account == account) & (Upload.expires_at > to_milliseconds(now))
    )
    if row is None:
        return None
    row.expires_at = max(row.expires_at, to_milliseconds(until))
    Upload.update(expires_at=row.expires_at).where(Upload.id == upload_id).execute()
    return _record(row)


def remove_upload(folder: Path, upload_id: str) -> None:
    """Forget an upload and delete its file; call it in the writer."""
    Upload.delete().where(Upload.id == upload_id).execute()
    upload_file(folder, upload_id).unlink(missing_ok=True)


def remove_expired_uploads(folder: Path, now: datetime) -> int:
    """Forget the uploads that have expired and delete their files, in the writer; how many these were."""
    expired = [row.id for row in Upload.select(Upload.id).where(Upload.expires_at <= to_milliseconds(now))]
    for upload_id in expired:
        remove_upload(folder, upload_id)
    return len(expired)


def sweep_uploads(folder: Path, now: datetime) -> int:
    """At the start, in the writer: delete everything in the folder that is no waiting upload; how many these were."""
    remove_expired_uploads(folder, now)
    kept = {row.id for row in Upload.select(Upload.id)}
    swept = [entry for entry in folder.iterdir() if entry.name not in kept]
    for entry in swept:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return len(swept)


def upload_file(folder: Path, upload_id: str) -> Path:
    """Where the file of a waiting upload is; the id must be one that a row has."""
    return folder / upload_id


def _record(row: Upload) -> UploadRecord:
    return UploadRecord(
        id=row.id,
        name=row.name,
        size=row.size,
        sha256=row.sha256,
        account=row.account,
        expires_at=from_milliseconds(row.expires_at),
    )
