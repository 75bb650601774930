"""A store that records checks as the service does: answered from a catalog, queued, written by the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.requests import render_check_request
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage import tables
from device_update_service.storage.checks.downloads import DownloadWriter
from device_update_service.storage.checks.refusals import RefusalWriter
from device_update_service.storage.checks.sightings import SightingWriter
from device_update_service.storage.checks.update_log import UpdateLog
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.usecases.checks import AnsweredCheck, CheckAnswering

Answer = TypeVar("Answer")


@dataclass(slots=True)
class RecordingStore:
    """The parts that a check meets on its way into the tables."""

    folder: DataFolder
    database: Database
    update_log: UpdateLog
    sightings: SightingWriter
    downloads: DownloadWriter
    refusals: RefusalWriter
    answering: CheckAnswering

    def check(
        self,
        request: CheckRequest,
        catalog: CatalogSnapshot,
        now: datetime,
        *,
        address: str = "10.1.2.3",
        account: str = "",
    ) -> AnsweredCheck:
        """Answer one check and queue its sighting; `flush` writes."""
        answered = self.answering.answer(
            render_check_request(request),
            catalog=catalog,
            address=address,
            now=to_milliseconds(now),
            spread=lambda: 0.0,
            looping=self.sightings.looping,
            account=account,
        )
        self.sightings.add(answered.sighting)
        return answered

    def flush(self) -> None:
        """Write what waits and wait until it is durable."""
        self.database.write(lambda: None).result(30)

    def read(self, function: Callable[[], Answer]) -> Answer:
        """Run a function in a reader."""
        return self.database.read(function).result(30)

    def rows(self, statement: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
        """The rows of a query."""
        return self.read(lambda: tables.DATABASE.execute_sql(statement, parameters).fetchall())

    def row(self, statement: str, *parameters: object) -> tuple[Any, ...]:
        """The one row of a query."""
        (row,) = self.rows(statement, *parameters)
        return row


@contextmanager
def recording_store(root: Path, *, limit: int = 100_000) -> Iterator[RecordingStore]:
    """Start a store in a folder, new or used before."""
    folder = DataFolder(root)
    folder.create()
    database = Database(folder.database)
    update_log = UpdateLog(folder.update_log)
    sightings = SightingWriter(update_log, limit)
    downloads, refusals = DownloadWriter(sightings), RefusalWriter()
    for batch in (sightings, downloads, refusals):
        database.add_batch(batch)
    database.on_writer_end = update_log.close
    database.start()
    answering = CheckAnswering("http://updates.contoso.com", None, 1)
    try:
        yield RecordingStore(folder, database, update_log, sightings, downloads, refusals, answering)
    finally:
        database.close()
