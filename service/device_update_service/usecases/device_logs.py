"""Device logs: what is accepted, storing and refusing one, and reading them (contract sections 3.4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from device_update_contract.administration.base import Page
from device_update_contract.administration.device_logs import DeviceLog, DeviceLogQuery
from device_update_contract.administration.endpoints import LIST_DEVICE_LOGS
from device_update_contract.audit import AuditVerb
from device_update_contract.checks import CheckRequest
from device_update_contract.history import EVENT_CODES, EventKind
from device_update_contract.identifiers import serial_key
from device_update_contract.refusals import Refusal
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.log_policy import LogDiskFull, LogPolicy
from device_update_service.domain.sightings import HistoryEvent
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.devices.device_history_records import events_between
from device_update_service.storage.devices.device_writes import add_events, find_identifiers, load_records
from device_update_service.storage.logs.device_log_records import (
    NewDeviceLog,
    add_log,
    find_log,
    is_content_stored,
    page_of_logs,
)
from device_update_service.storage.logs.log_text_index import LogTextIndex
from device_update_service.storage.paging import page_request
from device_update_service.storage.setting_records import integer_of, read_settings
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome
from device_update_service.usecases.record_ids import UnknownRecord, parse_record_id

_REFUSALS_APART: Final = 24 * 3_600_000
"""Milliseconds between two entries of one refusal in a device's history; each is counted in the refused requests."""
_MOST_CAUSES: Final = 10
"""A device that makes up ever other causes fills its history no further than this in a day."""


@dataclass(frozen=True, slots=True)
class ReceivedLog:
    """A log whose content is in the store; ``link`` is its readable copy, if there is one."""

    request: CheckRequest
    log_type: str
    name: str
    extension: str
    size: int
    sha256: str
    link: str | None
    address: str
    account: str


@dataclass(frozen=True, slots=True)
class StoredLog:
    """The id of a log that was stored, and whether its content was that of another log already."""

    id: str
    is_copy: bool


def log_policy() -> LogPolicy:
    """What the settings say of device logs now."""
    values = read_settings()
    types, extensions = values["valid_log_file_types"], values["valid_log_file_extensions"]
    return LogPolicy(
        types=tuple(types) if isinstance(types, list) else (),
        extensions=frozenset(extensions) if isinstance(extensions, list) else frozenset(),
        largest=integer_of(values, "max_device_log_size"),
        quota=integer_of(values, "device_log_quota"),
    )


def is_known(request: CheckRequest) -> bool:
    """Whether a record has the identifiers of a log's sender."""
    return _record_of(request) is not None


def store_log(log: ReceivedLog, *, now: datetime) -> Outcome[StoredLog]:
    """Name a stored content, tie it to its device and to the update that this last attempted."""
    request, at = log.request, to_milliseconds(now)
    is_copy = is_content_stored(log.sha256)
    record = _record_of(request)
    log_id = add_log(
        NewDeviceLog(
            device_id=None if record is None else record.id,
            mac=request.mac,
            serial=request.serial,
            serial_key=None if request.serial is None else serial_key(request.serial),
            device_type=request.device_type,
            vendor=request.vendor,
            model=request.model,
            revision=request.revision,
            locale=request.locale,
            user=request.user_id,
            address=log.address,
            account=log.account,
            log_type=log.log_type,
            name=log.name,
            extension=log.extension,
            size=log.size,
            sha256=log.sha256,
            stored_at=at,
            link=log.link,
            update_version=None if record is None else record.offered_version or record.install_version,
        )
    )
    if record is not None:
        parameters = {"log_id": str(log_id), "log_type": log.log_type, "name": log.name, "size": log.size}
        add_events([HistoryEvent(record.id, at, EventKind.LOG, "log-stored", parameters)])
    return Outcome(StoredLog(str(log_id), is_copy), (Change("device-log-stored", [str(log_id)]),))


def note_refused_log(request: CheckRequest, refusal: Refusal, *, now: datetime) -> None:
    """Write a refused log into its device's history, once a day for each cause, and some causes a day."""
    record, at = _record_of(request), to_milliseconds(now)
    if record is None:
        return
    code = "log-disk-full" if isinstance(refusal, LogDiskFull) else refusal.code
    code = code if code in EVENT_CODES else "malformed-log"
    parameters: dict[str, Any] = {"detail": refusal.sentence.rstrip("."), **refusal.parameters}
    told = events_between(record.id, EventKind.REFUSAL, at - _REFUSALS_APART, at, _MOST_CAUSES)
    if len(told) < _MOST_CAUSES and (code, parameters) not in [(event.code, event.parameters) for event in told]:
        add_events([HistoryEvent(record.id, at, EventKind.REFUSAL, code, parameters)])


def list_device_logs(query: DeviceLogQuery, texts: LogTextIndex) -> Page[DeviceLog]:
    """A page of device logs, the latest first; a search also looks into the texts of logs.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    request = page_request(query, LIST_DEVICE_LOGS.sorts, "-stored_at")
    page = page_of_logs(query, request, texts.find(query.search) if query.search else ())
    return Page[DeviceLog](items=page.items, next=page.next, total=page.total, total_at_least=page.total_at_least)


def show_device_log(log_id: str) -> DeviceLog:
    """One device log.

    Raises:
        UnknownRecord.
    """
    number = parse_record_id(log_id)
    log = None if number is None else find_log(number)
    if log is None:
        raise UnknownRecord("There is no such device log.")
    return log


def note_reading(log: DeviceLog, *, actor: Actor) -> Outcome[None]:
    """Put on the audit trail that somebody reads what is in a log."""
    what: dict[str, Any] = {"name": log.name, "log_type": log.log_type, "device": log.mac or log.serial}
    return Outcome(None, audited=(AuditedAction(actor, AuditVerb.DEVICE_LOG_READ, f"device-log {log.id}", None, what),))


def _record_of(request: CheckRequest) -> DeviceRecord | None:
    """The record that has the identifiers: by MAC address, else by serial number; a log makes no new one."""
    macs = [] if request.mac is None else [request.mac]
    serials = [] if request.serial is None else [serial_key(request.serial)]
    found = find_identifiers(macs, serials)
    by_mac = [identifiers[0] for identifiers in found if request.mac is not None and identifiers[1] == request.mac]
    by_serial = [identifiers[0] for identifiers in found if identifiers[1] is None or request.mac is None]
    for record_id in (*by_mac, *by_serial):
        return load_records([record_id])[record_id]
    return None
