"""Uploads that were inspected and wait to be imported (contract section 5)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.tables import Upload


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """One upload; its file is in the uploads folder under its id."""

    id: str
    name: str
    size: int
    sha256: str
    account: str
    expires_at: datetime


def add_upload(upload: UploadRecord) -> None:
    """Remember an upload whose file is in place."""
    Upload.create(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        account=upload.account,
        expires_at=to_milliseconds(upload.expires_at),
    )


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
