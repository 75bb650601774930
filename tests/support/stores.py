"""A real main database and image store in a temporary folder, for tests of records and use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.image_store import ImageStore

Answer = TypeVar("Answer")

_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Stores:
    """One data folder's stores."""

    folder: DataFolder
    database: Database
    images: ImageStore

    def write(self, function: Callable[[], Answer]) -> Answer:
        """Run a function in the writer and wait until it is durable."""
        return self.database.write(function).result(_SECONDS)

    def read(self, function: Callable[[], Answer]) -> Answer:
        """Run a function in a reader."""
        return self.database.read(function).result(_SECONDS)


@contextmanager
def open_stores(root: Path) -> Iterator[Stores]:
    """Start the stores of a data folder, new or used before, and close them afterwards."""
    folder = DataFolder(root)
    folder.create()
    database = Database(folder.database)
    database.start()
    try:
        yield Stores(folder, database, ImageStore(folder.images))
    finally:
        database.close()
