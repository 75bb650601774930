"""What can go wrong with the store, as refusals with stable codes."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from device_update_contract.refusals import Refusal

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class StorageError(Refusal):
    """The store could not do what was asked."""

    code = "storage-failed"


class StorageUnavailable(StorageError):
    """The database or disk cannot take writes now: full, read-only or failing; nothing was changed."""

    code = "storage-unavailable"


class DiskFull(StorageUnavailable):
    """The disk has no room for what was to be written."""


class DataFolderInUse(StorageError):
    """Another service owns the data folder."""

    code = "data-folder-in-use"


class HalfRestored(StorageError):
    """A backup was being restored into the data folder, and is not whole."""

    code = "half-restored"


class NewerSchema(StorageError):
    """The database was written by a newer version of the service."""

    code = "newer-schema"


def refused_by_disk(what: str, error: OSError) -> StorageUnavailable:
    """What an error of the disk is to those above; ``what`` is how its sentence begins."""
    kind = DiskFull if error.errno in _NO_ROOM else StorageUnavailable
    return kind(f"{what}: {error.strerror}.")


def refused_by_sqlite(what: str, error: sqlite3.Error) -> StorageUnavailable:
    """What an error of SQLite is to those above; ``what`` is how its sentence begins."""
    kind = DiskFull if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL else StorageUnavailable
    return kind(f"{what}: {error}.")
