"""The database's threads: what is durable together, what one failing job changes, and what a reader sees."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from peewee import IntegrityError, OperationalError

from device_update_service.storage import tables
from device_update_service.storage.checks.waiting_records import WaitingRecords
from device_update_service.storage.database import READERS, Database
from device_update_service.storage.errors import NewerSchema, StorageUnavailable

SECONDS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "device-update.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    database.start()
    yield database
    database.close()


def put(name: str, value: str = "1") -> None:
    tables.DATABASE.execute_sql("INSERT INTO server_state VALUES (?, ?)", (name, value))


def value(name: str) -> str | None:
    row = tables.DATABASE.execute_sql("SELECT value FROM server_state WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def pragma(name: str) -> object:
    return tables.DATABASE.execute_sql(f"PRAGMA {name}").fetchone()[0]


def committed(path: Path, name: str) -> bool:
    """Whether another process would see it."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT 1 FROM server_state WHERE name = ?", (name,)).fetchone() is not None
    finally:
        connection.close()


class Held:
    """Holds the writer, so that what is handed in meanwhile becomes one group."""

    def __init__(self, database: Database) -> None:
        self._began, self._go = threading.Event(), threading.Event()
        self._first = database.write(self._wait)
        assert self._began.wait(SECONDS)

    def _wait(self) -> None:
        self._began.set()
        assert self._go.wait(SECONDS)

    def release(self) -> None:
        self._go.set()
        self._first.result(SECONDS)


class Records:
    """A batch that writes a row for each name that waits, or fails to."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.waiting: list[str] = []
        self.kept = 0
        self.durable = 0
        self.error: Exception | None = None

    def due_in(self) -> float | None:
        return 0.0 if self.waiting else None

    def take(self) -> None:
        """What waits is looked at when it is written."""

    def write(self) -> None:
        if self.error is not None and self.waiting:
            raise self.error
        for name in self.waiting:
            put(name)

    def committed(self) -> None:
        self.durable += len(self.waiting)
        self.waiting.clear()

    def failed(self) -> None:
        self.kept += 1


def test_the_writer_and_the_readers_have_the_pragmas_that_durability_needs(database: Database) -> None:
    names = ("journal_mode", "synchronous", "auto_vacuum", "foreign_keys")
    expected = ["wal", 2, 2, 1]  # FULL, INCREMENTAL
    assert database.write(lambda: [pragma(name) for name in names]).result(SECONDS) == expected
    assert database.read(lambda: [pragma(name) for name in names]).result(SECONDS) == expected


def test_a_job_is_committed_when_its_future_is_done(database: Database, path: Path) -> None:
    database.write(lambda: put("x")).result(SECONDS)
    assert committed(path, "x")


def test_jobs_that_wait_together_are_one_transaction(database: Database, path: Path) -> None:
    held = Held(database)
    seen: list[bool] = []
    database.write(lambda: put("first"))
    last = database.write(lambda: seen.append(committed(path, "first")))
    held.release()
    last.result(SECONDS)
    assert seen == [False]
    assert committed(path, "first")


def fail_after_putting(name: str, error: Exception) -> Callable[[], None]:
    def job() -> None:
        put(name)
        raise error

    return job


@pytest.mark.parametrize("error", [ValueError("no"), IntegrityError("twice"), StorageUnavailable("no")])
def test_a_job_that_raises_changes_nothing_and_the_others_of_its_group_stand(
    database: Database, path: Path, error: Exception
) -> None:
    held = Held(database)
    before, failing, after = (
        database.write(lambda: put("before")),
        database.write(fail_after_putting("failing", error)),
        database.write(lambda: put("after")),
    )
    held.release()
    assert failing.exception(SECONDS) is error
    before.result(SECONDS)
    after.result(SECONDS)
    assert [committed(path, name) for name in ("before", "failing", "after")] == [True, False, True]
    assert database.failure is None


def test_a_statement_that_is_wrong_is_its_job_s_fault_alone(database: Database, path: Path) -> None:
    held = Held(database)
    wrong = database.write(lambda: tables.DATABASE.execute_sql("SELECT * FROM no_such_table"))
    other = database.write(lambda: put("other"))
    held.release()
    assert isinstance(wrong.exception(SECONDS), OperationalError)
    other.result(SECONDS)
    assert committed(path, "other")
    assert database.failure is None


def test_a_job_that_its_caller_gave_up_is_not_done_and_the_writer_goes_on(database: Database, path: Path) -> None:
    held = Held(database)
    given_up = database.write(lambda: put("given up"))
    other = database.write(lambda: put("other"))
    assert given_up.cancel()
    held.release()
    other.result(SECONDS)
    assert not committed(path, "given up")


def fill_the_disk() -> None:
    """What a full disk does: the transaction cannot grow."""
    pages = tables.DATABASE.execute_sql("PRAGMA page_count").fetchone()[0]
    tables.DATABASE.execute_sql(f"PRAGMA max_page_count = {pages}")
    put("large", "x" * 1_000_000)


def test_when_the_disk_is_full_nobody_of_the_group_is_told_that_it_is_durable(database: Database, path: Path) -> None:
    held = Held(database)
    before = database.write(lambda: put("before"))
    filling = database.write(fill_the_disk)
    held.release()
    for job in (before, filling):
        error = job.exception(SECONDS)
        assert isinstance(error, StorageUnavailable)
        assert error.sentence == "The database cannot take writes now: database or disk is full."
    assert database.failure == "The database cannot take writes now: database or disk is full."
    assert not committed(path, "before")
    database.write(lambda: tables.DATABASE.execute_sql("PRAGMA max_page_count = 1000000").fetchall()).result(SECONDS)
    database.write(lambda: put("afterwards")).result(SECONDS)
    assert committed(path, "afterwards")
    assert database.failure is None


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def with_batch(path: Path, records: Records) -> Iterator[Database]:
    database = Database(path)
    database.add_batch(records)
    database.start()
    yield database
    records.error = None
    database.close()


def test_a_batch_is_written_with_the_jobs_of_its_group(with_batch: Database, records: Records, path: Path) -> None:
    records.waiting.append("record")
    with_batch.write(lambda: put("job")).result(SECONDS)
    assert committed(path, "record")
    assert (records.durable, records.kept) == (1, 0)


def test_a_batch_that_fails_is_kept_and_its_group_is_not_durable(
    with_batch: Database, records: Records, path: Path
) -> None:
    records.error = OSError("disk full")
    records.waiting.append("record")
    job = with_batch.write(lambda: put("job"))
    assert isinstance(job.exception(SECONDS), StorageUnavailable)
    assert not committed(path, "job")
    assert records.waiting == ["record"]
    assert records.kept >= 1
    records.error = None
    with_batch.write(lambda: None).result(SECONDS)
    assert committed(path, "record")


def test_a_batch_that_is_due_is_written_without_a_job(with_batch: Database, records: Records) -> None:
    records.waiting.append("record")
    records.wake()
    with_batch.close()
    assert records.durable == 1


class Written(WaitingRecords[str]):
    """A batch that remembers what was written in which order, and tells when it has taken what waits."""

    def __init__(self, written: list[str], taken: Callable[[], None] = lambda: None) -> None:
        super().__init__(delay=60, limit=100)
        self._written, self._tell_taken = written, taken

    def take(self) -> None:
        super().take()
        self._tell_taken()

    def store(self, records: Sequence[str]) -> None:
        self._written.extend(records)


def test_a_record_that_follows_from_one_of_an_earlier_batch_is_never_written_before_it(path: Path) -> None:
    written: list[str] = []
    news = iter([("second check", "its bytes")])

    def meanwhile() -> None:
        for check, sent in news:
            checks.add(check)
            downloads.add(sent)

    checks, downloads = Written(written, meanwhile), Written(written)
    database = Database(path)
    for batch in (checks, downloads):
        database.add_batch(batch)
    database.start()
    checks.add("first check")
    for _ in range(2):
        database.write(lambda: None).result(SECONDS)
    database.close()
    assert written == ["first check", "second check", "its bytes"]


def test_what_waits_at_the_end_is_written_and_nothing_is_taken_afterwards(path: Path, records: Records) -> None:
    database = Database(path)
    database.add_batch(records)
    database.start()
    held = Held(database)
    last = database.write(lambda: put("last"))
    records.waiting.append("record")
    closing = threading.Thread(target=database.close)
    closing.start()
    held.release()
    closing.join(SECONDS)
    assert last.done()
    assert committed(path, "last")
    assert committed(path, "record")
    for ask in (database.write, database.read):
        with pytest.raises(StorageUnavailable, match="The service is stopping"):
            ask(lambda: None)
    database.close()


def test_a_closed_database_leaves_no_journal_behind(path: Path) -> None:
    database = Database(path)
    database.start()
    together = threading.Barrier(READERS)
    reads: list[Future[object]] = [
        database.read(lambda: (together.wait(SECONDS), value("generation"))[1]) for _ in range(READERS)
    ]
    assert [read.result(SECONDS) for read in reads] == ["1"] * READERS
    database.write(lambda: put("x")).result(SECONDS)
    database.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_reader_sees_one_state_however_long_it_looks(database: Database) -> None:
    looked, changed = threading.Event(), threading.Event()

    def read() -> tuple[str | None, str | None]:
        first = value("x")
        looked.set()
        assert changed.wait(SECONDS)
        return first, value("x")

    reading = database.read(read)
    assert looked.wait(SECONDS)
    database.write(lambda: put("x")).result(SECONDS)
    changed.set()
    assert reading.result(SECONDS) == (None, None)
    assert database.read(lambda: value("x")).result(SECONDS) == "1"


def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    held = Held(database)
    assert database.read(lambda: value("generation")).result(SECONDS) == "1"
    held.release()


def test_a_read_that_fails_leaves_its_reader_usable(database: Database) -> None:
    for _ in range(2 * READERS):
        with pytest.raises(OperationalError):
            database.read(lambda: tables.DATABASE.execute_sql("SELECT * FROM no_such_table")).result(SECONDS)
    assert database.read(lambda: value("generation")).result(SECONDS) == "1"


def test_a_database_of_a_newer_version_is_refused_and_not_changed(path: Path) -> None:
    database = Database(path)
    database.start()
    newer = "INSERT INTO schema_migration (name, applied) SELECT '9999_newer', applied FROM schema_migration LIMIT 1"
    database.write(lambda: tables.DATABASE.execute_sql(newer)).result(SECONDS)
    database.close()
    before = path.read_bytes()
    database = Database(path)
    with pytest.raises(NewerSchema, match=r"newer version of this service \(9999_newer\)"):
        database.start()
    database.close()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_not_changed(path: Path) -> None:
    content = b"this is no database, but long enough to be looked at" * 100
    path.write_bytes(content)
    database = Database(path)
    with pytest.raises(StorageUnavailable, match="The database cannot be opened: file is not a database"):
        database.start()
    database.close()
    assert path.read_bytes() == content
