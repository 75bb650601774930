"""What can go wrong with the store, as refusals with stable codes."""

from __future__ import annotations

from device_update_contract.refusals import Refusal


class StorageError(Refusal):
    """The store could not do what was asked."""

    code = "storage-failed"


class StorageUnavailable(StorageError):
    """The database or disk cannot take writes now: full, read-only or failing; nothing was changed."""

    code = "storage-unavailable"


class DataFolderInUse(StorageError):
    """Another service owns the data folder."""

    code = "data-folder-in-use"


class NewerSchema(StorageError):
    """The database was written by a newer version of the service."""

    code = "newer-schema"
