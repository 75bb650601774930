"""Rows of device logs."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from peewee import SQL, fn

from device_update_contract.administration.device_logs import DeviceLog as DeviceLogModel
from device_update_contract.administration.device_logs import DeviceLogQuery
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage import bulk
from device_update_service.storage.logs.log_store import LogStore
from device_update_service.storage.logs.log_text_index import LogToIndex
from device_update_service.storage.paging import Keyset, PageRequest, containing
from device_update_service.storage.tables import DATABASE, Device, DeviceLog

COUNTED_EXACTLY: Final = 1_000

_BYTES = "SELECT coalesce(sum(size), 0) FROM (SELECT max(size) AS size FROM device_log GROUP BY sha256"
"""Up to a condition on the group of rows that share a content."""
_UNNAMED = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT sha256 FROM device_log)"


@dataclass(frozen=True, slots=True)
class NewDeviceLog:
    """What is known of a log when it is stored; '' where the address or account is unknown; time in milliseconds."""

    device_id: int | None
    mac: str | None
    serial: str | None
    serial_key: str | None
    device_type: str
    vendor: str
    model: str
    revision: str
    locale: str
    user: str | None
    address: str
    account: str
    log_type: str
    name: str
    extension: str
    size: int
    sha256: str
    stored_at: int
    link: str | None
    update_version: str | None


@dataclass(frozen=True, slots=True)
class ForgottenLog:
    """A log whose row is gone: what is left to delete of it; ``freed`` is 0 where another log has its content."""

    sha256: str
    link: str | None
    freed: int


@dataclass(frozen=True, slots=True)
class DeviceLogPage:
    """A page of logs; ``total`` is null where counting would take long."""

    items: list[DeviceLogModel]
    next: str | None
    total: int | None
    total_at_least: int


def add_log(log: NewDeviceLog) -> int:
    """Store a row, and give its id."""
    values = {name: getattr(log, name) for name in NewDeviceLog.__dataclass_fields__}
    return int(DeviceLog.insert(**values).execute())


def find_log(log_id: int) -> DeviceLogModel | None:
    """One log."""
    row = DeviceLog.get_or_none(DeviceLog.id == log_id)
    return None if row is None else _model(row)


def page_of_logs(query: DeviceLogQuery, page: PageRequest, found_by_text: Sequence[int]) -> DeviceLogPage:
    """A page of logs; totals are exact up to `COUNTED_EXACTLY`.

    ``found_by_text`` are those that the search finds by what is in them.
    """
    conditions = [DeviceLog.id > 0, *_conditions(query, found_by_text)]
    keyset = Keyset(getattr(DeviceLog, page.sort), DeviceLog.id)
    beyond = keyset.beyond(page)
    matching = DeviceLog.select().where(*conditions)
    rest = matching if beyond is None else matching.where(beyond)
    found: list[Any] = list(rest.order_by(*keyset.order(page)).limit(page.limit + 1))
    shown = found[: page.limit]
    counted = int(DeviceLog.select(DeviceLog.id).where(*conditions).limit(COUNTED_EXACTLY + 1).count())
    return DeviceLogPage(
        items=[_model(row) for row in shown],
        next=page.cursor(getattr(shown[-1], page.sort), shown[-1].id) if len(found) > page.limit else None,
        total=counted if counted <= COUNTED_EXACTLY else None,
        total_at_least=min(counted, COUNTED_EXACTLY),
    )


def is_content_stored(sha256: str) -> bool:
    """Whether a log has this content."""
    return DeviceLog.select(DeviceLog.id).where(DeviceLog.sha256 == sha256).exists()


def stored_bytes() -> int:
    """Of all logs, each content once."""
    return int(DATABASE.execute_sql(f"{_BYTES})").fetchone()[0])


def logs_before(moment: datetime) -> tuple[int, int]:
    """How many logs came before a moment, and the bytes that go with them: not those that a later log has too."""
    before = to_milliseconds(moment)
    count = DeviceLog.select(DeviceLog.id).where(DeviceLog.stored_at < before).count()
    freed = DATABASE.execute_sql(f"{_BYTES} HAVING max(stored_at) < ?)", (before,)).fetchone()[0]
    return int(count), int(freed)


def forget_logs_before(moment: datetime, most: int) -> list[ForgottenLog]:
    """Delete the rows of the oldest logs that came before a moment, at most so many; then delete their files."""
    chosen = DeviceLog.select(DeviceLog.id, DeviceLog.sha256, DeviceLog.link, DeviceLog.size)
    chosen = chosen.where(DeviceLog.stored_at < to_milliseconds(moment))
    rows: list[Any] = list(chosen.order_by(DeviceLog.stored_at, DeviceLog.id).limit(most))
    DeviceLog.delete().where(DeviceLog.id.in_([row.id for row in rows])).execute()
    freed = {row.sha256: row.size for row in rows}
    freed = {sha256: freed[sha256] for sha256 in _unnamed(freed)}
    return [ForgottenLog(row.sha256, row.link, freed.pop(row.sha256, 0)) for row in rows]


def delete_logs_files(store: LogStore, logs: Iterable[ForgottenLog]) -> None:
    """Delete what is left of logs whose rows are gone, once that is durable; in the writer."""
    forgotten = list(logs)
    for log in forgotten:
        store.unlink(log.link)
    delete_unnamed_contents(store, {log.sha256 for log in forgotten})


def delete_unnamed_contents(store: LogStore, names: Iterable[str]) -> int:
    """Delete those of these contents that no row names, and return how many; call it in the writer."""
    unnamed = _unnamed(names)
    store.delete(unnamed)
    return len(unnamed)


def sweep_orphans(store: LogStore) -> int:
    """Delete contents and readable links that no row names: what a cut upload or deletion left; in the writer."""
    links = store.links()
    named = {row.link for row in list(DeviceLog.select(DeviceLog.link))}
    store.sweep_links(link for link in links if link not in named)
    return delete_unnamed_contents(store, store.names())


def logs_after(log_id: int, most: int) -> list[LogToIndex]:
    """The logs after one, in the order of their ids, at most so many."""
    rows = DeviceLog.select(DeviceLog.id, DeviceLog.sha256, DeviceLog.stored_at)
    chosen: list[Any] = list(rows.where(DeviceLog.id > log_id).order_by(DeviceLog.id).limit(most))
    return [LogToIndex(row.id, row.sha256, f"{from_milliseconds(row.stored_at):%Y%m%d}") for row in chosen]


def day_of_oldest_log() -> str | None:
    """The day on which the oldest log that is left came, as ``YYYYMMDD``."""
    oldest = DeviceLog.select(fn.MIN(DeviceLog.stored_at)).scalar()
    return None if oldest is None else f"{from_milliseconds(oldest):%Y%m%d}"


def _unnamed(contents: Iterable[str]) -> list[str]:
    """Those of these contents that no row names."""
    return [row[0] for row in DATABASE.execute_sql(_UNNAMED, (bulk.as_json(contents),)).fetchall()]


def _conditions(query: DeviceLogQuery, found_by_text: Sequence[int]) -> Iterator[Any]:
    if query.device is not None:
        yield _of_device(query.device)
    if query.type is not None:
        yield fn.LOWER(DeviceLog.log_type) == query.type.lower()
    if query.since is not None:
        yield DeviceLog.stored_at >= to_milliseconds(query.since)
    if query.until is not None:
        yield DeviceLog.stored_at < to_milliseconds(query.until)
    if query.search is not None and query.search.split():
        told = functools.reduce(operator.and_, _told(query.search))
        yield told | DeviceLog.id.in_(SQL("(SELECT value FROM json_each(?))", [bulk.as_json(found_by_text)]))


def _told(search: str) -> Iterator[Any]:
    """For each word of a search, whether it is part of what is known of a log."""
    for term in search.split():
        bare = term.translate({ord(mark): None for mark in "-:."})
        anywhere = fn.REPLACE(DeviceLog.mac, "-", "").contains(bare) if bare else DeviceLog.id < 0
        for column in (DeviceLog.name, DeviceLog.serial, DeviceLog.user, DeviceLog.address, DeviceLog.model):
            anywhere |= containing(column, term)
        yield anywhere


def _of_device(device_id: str) -> Any:
    record = Device.get_or_none(Device.id == int(device_id)) if device_id.isdecimal() and len(device_id) < 18 else None
    if record is None:
        return DeviceLog.id < 0
    sent = DeviceLog.device_id == record.id
    if record.mac is not None:
        sent |= DeviceLog.device_id.is_null() & (DeviceLog.mac == record.mac)
    if record.serial_key is not None:
        sent |= DeviceLog.device_id.is_null() & DeviceLog.mac.is_null() & (DeviceLog.serial_key == record.serial_key)
    return sent


def _model(row: Any) -> DeviceLogModel:
    return DeviceLogModel(
        id=str(row.id),
        device_id=None if row.device_id is None else str(row.device_id),
        mac=row.mac,
        serial=row.serial,
        device_type=row.device_type,
        vendor=row.vendor,
        model=row.model,
        revision=row.revision,
        locale=row.locale,
        user=row.user,
        address=row.address or None,
        account=row.account or None,
        log_type=row.log_type,
        name=row.name,
        extension=row.extension,
        size=row.size,
        sha256=row.sha256,
        stored_at=from_milliseconds(row.stored_at),
        update_version=row.update_version,
        file=row.link,
    )
