"""The main database: one writer thread with group commit, a few reader threads, and the schema's migrations.

Callers hand in synchronous functions; Peewee's connections are per thread, so a function that runs in the writer is
inside its transaction and one that runs in a reader sees one consistent state.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from peewee import DatabaseError as PeeweeDatabaseError
from peewee import IntegrityError, SqliteDatabase
from playhouse.migrations import Runner

from device_update_service.storage import tables
from device_update_service.storage.errors import NewerSchema, StorageUnavailable
from device_update_service.storage.schema_history import MIGRATIONS

Result = TypeVar("Result")

READERS = 3
_GROUP = 256

_PRAGMAS_OF_NEW_FILE = {
    "auto_vacuum": 2,  # INCREMENTAL; must stand before the journal mode, or it silently stays off
    "journal_mode": "wal",
}
_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "cache_size": -32_768,
    "journal_size_limit": 67_108_864,
    "wal_autocheckpoint": 4_000,
    "busy_timeout": 10_000,
    "temp_store": "memory",
}


class Batch(Protocol):
    """Records that wait to be written behind an answer, all in one transaction with whatever else is due."""

    wake: Callable[[], None]
    """To be called when the first record begins to wait; `Database.add_batch` sets it."""

    def due_in(self) -> float | None:
        """Seconds until the records should be written; None when there are none."""

    def take(self) -> None:
        """Take what waits; what comes from now on is of the next transaction."""

    def write(self) -> None:
        """Write what was taken; runs inside the writer's transaction."""

    def committed(self) -> None:
        """Forget what was taken: it is durable."""

    def failed(self) -> None:
        """Keep what was taken for the next attempt."""


def open_database(path: Path) -> SqliteDatabase:
    """The main database with the pragmas it always has; the tables are bound to it.

    Raises:
        StorageUnavailable: a new file cannot be made.
    """
    _lay_out(path)
    database = SqliteDatabase(str(path), pragmas=_PRAGMAS, timeout=10)
    tables.DATABASE.initialize(database)
    return database


def _lay_out(path: Path) -> None:
    """Decide, while the file is new, what it keeps for ever.

    Setting ``auto_vacuum`` writes even where it is set: on every connection, a reader would wait for the writer or be
    turned away by a full disk.
    """
    if path.exists() and path.stat().st_size:
        return
    try:
        with SqliteDatabase(str(path), pragmas=_PRAGMAS_OF_NEW_FILE, timeout=10).connection_context():
            return
    except PeeweeDatabaseError as error:
        raise _cannot_open(error) from error


def migrate(database: SqliteDatabase) -> str:
    """Bring the schema up to this version and return its name.

    Raises:
        NewerSchema: when the database holds migrations that this version does not know; nothing is changed.
        StorageUnavailable: when the disk refuses.
    """
    runner = Runner(database, str(MIGRATIONS))
    try:
        known = {migration.name for migration in runner.migrations()}
        unknown = sorted(set(runner.applied()) - known)
        if unknown:
            raise NewerSchema(
                f"The database was written by a newer version of this service ({unknown[-1]}); install that version."
            )
        runner.up()
        return str(max(known))
    except PeeweeDatabaseError as error:
        raise _cannot_open(error) from error


def _cannot_open(error: PeeweeDatabaseError) -> StorageUnavailable:
    return StorageUnavailable(f"The database cannot be opened: {_first_cause(error)}.")


def _first_cause(error: BaseException) -> BaseException:
    """What went wrong first: on a full disk SQLite has rolled back already, and a second roll back only fails."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def _is_of_the_statement(error: PeeweeDatabaseError) -> bool:
    """Whether SQLite found fault with what it was told, not with the disk or the file."""
    return getattr(_first_cause(error), "sqlite_errorcode", None) in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}


class _Job:
    """One function that waits for the writer, and its future."""

    __slots__ = ("function", "future", "outcome")

    def __init__(self, function: Callable[[], object], future: Future[object]) -> None:
        self.function = function
        self.future = future
        self.outcome: tuple[bool, object] = (False, None)


class Database:
    """Runs functions in the writer or in a reader; started by `start`, ended by `close`."""

    def __init__(self, path: Path) -> None:
        self._database = open_database(path)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._batches: list[Batch] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._run, name="writer", daemon=True)
        self._writer_opened: Future[None] = Future()
        self._closing = False
        self._order = threading.Lock()
        """Held while a job is handed in, so that none comes after the writer's last."""
        self.schema = ""
        self.on_writer_end: Callable[[], None] = lambda: None
        """Called in the writer thread when it ends, to close what only that thread may."""
        self.failure: str | None = None
        """The sentence of the last failed commit; None after one that succeeded."""

    def start(self) -> None:
        """Migrate the schema and start the writer.

        Raises:
            NewerSchema. StorageUnavailable: the disk refuses, by now or when the writer opens the database.
        """
        try:
            with self._database.connection_context():
                self.schema = migrate(self._database)
        except PeeweeDatabaseError as error:
            raise _cannot_open(error) from error
        self._writer.start()
        self._writer_opened.result()

    def add_batch(self, batch: Batch) -> None:
        """Let the writer write these records when they are due; only before `start`."""
        batch.wake = self._wake
        self._batches.append(batch)

    def write(self, function: Callable[[], Result]) -> Future[Result]:
        """Run a function in the writer's transaction; the future is done when it is durable.

        A function that raises changes nothing (savepoint) and the others of its group stand.
        """
        future: Future[Result] = Future()
        with self._order:
            self._refuse_when_closing()
            self._jobs.put(_Job(function, future))  # type: ignore[arg-type]
        return future

    def read(self, function: Callable[[], Result]) -> Future[Result]:
        """Run a function in a reader thread, in one snapshot of the database."""
        with self._order:
            self._refuse_when_closing()
            return self._readers.submit(partial(self._read, function))

    def size(self) -> int:
        """Bytes of the main database; call it in a reader."""
        pages = self._database.execute_sql("PRAGMA page_count").fetchone()[0]
        return int(pages * self._database.execute_sql("PRAGMA page_size").fetchone()[0])

    def close(self) -> None:
        """Write what waits, end the threads and close their connections."""
        with self._order:
            if self._closing:
                return
            self._closing = True
        self._jobs.put(None)
        if self._writer.is_alive():
            self._writer.join(30)
        everyone = threading.Barrier(READERS)
        for _ in range(READERS):
            self._readers.submit(self._close_reader, everyone)
        self._readers.shutdown(wait=True)

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise StorageUnavailable("The service is stopping.")

    def _close_reader(self, everyone: threading.Barrier) -> None:
        """Close this thread's connection; no thread ends before the others begin, or it would close its own twice."""
        everyone.wait()
        self._database.close()

    def _wake(self) -> None:
        self._jobs.put(None)

    def _read(self, function: Callable[[], Result]) -> Result:
        self._connect()
        with self._database.atomic("DEFERRED"):
            return function()

    def _connect(self) -> None:
        """Open this thread's connection, if it has none; a full disk refuses even readers what they need for that."""
        try:
            self._database.connect(reuse_if_open=True)
        except PeeweeDatabaseError as error:
            raise _cannot_open(error) from error

    def _run(self) -> None:
        try:
            self._connect()
        except StorageUnavailable as error:
            self._writer_opened.set_exception(error)
            return
        self._writer_opened.set_result(None)
        while True:
            jobs = self._take()
            if jobs or self._batch_due():
                self._commit_group(jobs)
            if self._closing and self._jobs.empty():
                self._commit_group([])
                break
        self.on_writer_end()
        self._database.close()

    def _take(self) -> list[_Job]:
        """Wait for the first job or until a batch is due, then take what else waits."""
        jobs: list[_Job] = []
        due = [seconds for batch in self._batches if (seconds := batch.due_in()) is not None]
        try:
            job = self._jobs.get(timeout=max(0.001, min(due)) if due else None)
            while True:
                # From here on a caller that goes away can no longer take its job back.
                if job is not None and job.future.set_running_or_notify_cancel():
                    jobs.append(job)
                if len(jobs) >= _GROUP:
                    break
                job = self._jobs.get_nowait()
        except queue.Empty:
            pass
        return jobs

    def _batch_due(self) -> bool:
        return any((seconds := batch.due_in()) is not None and seconds <= 0.001 for batch in self._batches)

    def _commit_group(self, jobs: list[_Job]) -> None:
        try:
            with self._database.atomic("IMMEDIATE"):
                for job in jobs:
                    self._run_job(job)
                # A record may follow from one of an earlier batch, as bytes do from a check: never write it before.
                for batch in reversed(self._batches):
                    batch.take()
                for batch in self._batches:
                    batch.write()
        except Exception as error:  # noqa: BLE001 -- the writer must outlive a full disk; the callers are told
            sentence = f"The database cannot take writes now: {_first_cause(error)}."
            self.failure = sentence
            for batch in self._batches:
                batch.failed()
            for job in jobs:
                job.future.set_exception(StorageUnavailable(sentence))
            return
        self.failure = None
        for batch in self._batches:
            batch.committed()
        for job in jobs:
            succeeded, value = job.outcome
            if succeeded:
                job.future.set_result(value)
            else:
                job.future.set_exception(value)  # type: ignore[arg-type]

    def _run_job(self, job: _Job) -> None:
        try:
            with self._database.atomic():
                job.outcome = (True, job.function())
        except IntegrityError as error:
            job.outcome = (False, error)
        except PeeweeDatabaseError as error:
            if not _is_of_the_statement(error):
                raise  # the disk or file is at fault, not this job
            job.outcome = (False, error)
        except Exception as error:  # noqa: BLE001 -- belongs to the caller, who gets it from the future
            job.outcome = (False, error)
