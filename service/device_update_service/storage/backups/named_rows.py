"""What the rows of a database that is backed up say: which files they name, how many there are, and what stays behind.

The database may be of an older version of the service: a backup is what one makes before an upgrade.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_update_contract.audit import ChainHead
from device_update_service.domain.backups import DEVICE_LOGS, IMAGES, BackupCounts, Content
from device_update_service.storage.errors import StorageUnavailable

_IMAGES: Final = """
SELECT sha256, size FROM image_file JOIN rule_update ON rule_update.id = update_id WHERE stored
UNION
SELECT signature_sha256, signature_size FROM image_file JOIN rule_update ON rule_update.id = update_id
WHERE stored AND signature_sha256 IS NOT NULL
"""
_LOGS: Final = "SELECT DISTINCT sha256, size FROM device_log"
_LINKS: Final = "SELECT sha256, link FROM device_log WHERE link IS NOT NULL"
_HEAD: Final = "SELECT id, hash FROM audit_entry ORDER BY id DESC LIMIT 1"
_COUNTS: Final = {
    "devices": ("device_count", "SELECT coalesce(sum(devices), 0) FROM device_count"),
    "rules": ("rule", "SELECT count(*) FROM rule WHERE NOT removed"),
    "packages": ("package", "SELECT count(*) FROM package"),
    "accounts": ("account", "SELECT count(*) FROM account"),
    "stored_passwords": ("account", "SELECT count(*) FROM account WHERE length(nt_hash)"),
    "audit_entries": ("audit_entry", "SELECT count(*) FROM audit_entry"),
    "device_logs": ("device_log", "SELECT count(*) FROM device_log"),
}
"""By name, the table that it takes and what counts it."""


class DatabaseDamaged(StorageUnavailable):
    """The main database does not hold together."""

    code = "database-damaged"


@dataclass(frozen=True, slots=True)
class RowsOfBackup:
    """What a manifest tells of the database."""

    migrations: tuple[str, ...]
    counts: BackupCounts
    audit_head: str | None


def named_contents(main: sqlite3.Connection) -> list[Content]:
    """Every content-addressed file that a row names."""
    found = [Content(IMAGES, sha256, size) for sha256, size in main.execute(_IMAGES)]
    if _has_table(main, "device_log"):
        found += [Content(DEVICE_LOGS, sha256, size) for sha256, size in main.execute(_LOGS)]
    return found


def named_links(database: Path) -> list[tuple[str, str]]:
    """The SHA-256 of each device log that has a readable link, and that link."""
    with closing(_connect(database)) as connection:
        return connection.execute(_LINKS).fetchall() if _has_table(connection, "device_log") else []


def applied_migrations(main: sqlite3.Connection) -> tuple[str, ...]:
    """The names of the schema's migrations."""
    return tuple(sorted(name for (name,) in main.execute("SELECT name FROM schema_migration")))


def close_copy(copy: Path, logs_left_out: Iterable[str]) -> RowsOfBackup:
    """Take out of a copy what ends with it, see that it holds together, and tell what is in it.

    Sessions end: one that was ended later would live again. Uploads that wait for their import stay behind, and so do
    the rows of device logs whose file could not be copied: no row without its file.

    Raises:
        DatabaseDamaged. sqlite3.Error.
    """
    with closing(_connect(copy)) as connection:
        connection.execute("PRAGMA synchronous = off")  # it is brought to the disk when all is done
        fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise DatabaseDamaged(f"The database is damaged ({' '.join(str(fault).split())}); nothing was backed up.")
        connection.execute("DELETE FROM session")
        connection.execute("DELETE FROM upload")
        if _has_table(connection, "device_log"):
            unnamed = json.dumps(list(logs_left_out))
            connection.execute("DELETE FROM device_log WHERE sha256 IN (SELECT value FROM json_each(?))", (unnamed,))
        return RowsOfBackup(applied_migrations(connection), _counts(connection), _audit_head(connection))


def is_sound_day(copy: Path) -> bool:
    """Whether a copy of a day of the update log holds together."""
    with closing(_connect(copy)) as connection:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    statement = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    return bool(connection.execute(statement, (name,)).fetchone()[0])


def _counts(connection: sqlite3.Connection) -> BackupCounts:
    return BackupCounts(
        **{
            name: connection.execute(statement).fetchone()[0] if _has_table(connection, table) else 0
            for name, (table, statement) in _COUNTS.items()
        }
    )


def _audit_head(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(_HEAD).fetchone() if _has_table(connection, "audit_entry") else None
    return None if row is None else str(ChainHead(row[0], bytes(row[1]).hex()))
