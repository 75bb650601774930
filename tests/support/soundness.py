"""Whether a data folder holds together: no damaged database, no row without its file, no file without its row."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.service_process import ServiceProcess, eventually

from device_update_service.storage.data_folder import DataFolder

_NAMED = """
    SELECT sha256, size FROM image_file JOIN rule_update ON rule_update.id = update_id WHERE stored
    UNION SELECT signature_sha256, signature_size FROM image_file JOIN rule_update ON rule_update.id = update_id
    WHERE stored AND signature_sha256 IS NOT NULL
"""


def rows(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query over a database that a service may be using."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        return connection.execute(statement).fetchall()


def assert_sound(service: ServiceProcess) -> None:
    """A running service, at rest, whose data folder has nothing damaged, nothing missing and nothing left over."""
    folder = DataFolder(service.folder)
    for database in (folder.database, *folder.update_log.glob("*.sqlite")):
        assert rows(database, "PRAGMA integrity_check") == [("ok",)], database
    assert rows(folder.database, "PRAGMA foreign_key_check") == []
    for sha256, size in rows(folder.database, _NAMED):
        content = (folder.images / sha256[:2] / sha256).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (sha256, size), "a row without its file"
    uploads = {row[0] for row in rows(folder.database, "SELECT id FROM upload")}
    eventually(lambda: {entry.name for entry in folder.uploads.iterdir()} == uploads, "no upload is left over")
    eventually(lambda: stored_images(service) == named_images(service), "no image is left over")


def stored_images(service: ServiceProcess) -> set[str]:
    """The SHA-256 of the files in the image store."""
    return {path.name for path in DataFolder(service.folder).images.glob("*/*")}


def named_images(service: ServiceProcess) -> set[str]:
    """The SHA-256 that rows of stored updates name."""
    return {row[0] for row in rows(DataFolder(service.folder).database, _NAMED)}
