"""What a check changes in the record of its device, and what of that belongs into the device's history.

Finding the record is `device_identity`'s, the decision `decisions`', storing both the storage layer's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from device_update_contract.checks import CheckRequest, InstallReport
from device_update_contract.history import EventKind
from device_update_contract.identifiers import account_key, file_name_key
from device_update_contract.reasons import ReasonCode, StatusCode
from device_update_contract.versions import InvalidVersion, Version
from device_update_service.domain.decisions import Decision
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.device_status import StatusSettings, attempts_without_change, status
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds

KEPT_USERS = 10
_OF_THE_REPORT = frozenset({"reported_version", "downgrade"})
"""Kept beside a decision's own parameters: they follow the device's report, not the decision."""


@dataclass(slots=True, eq=False)
class KnownReport:
    """What all checks share that report the same class and modules and get the same decision.

    ``logged`` is room for the store to keep their common part of a log line in.
    """

    installed_version: str | None
    logged: str | None = None


class Sighting(NamedTuple):
    """One check that was answered; ``at`` is milliseconds since 1970 in UTC.

    ``sequence`` is unique and grows; ``report_key`` is a hash of all that the check told and was told, where from and
    with which account. ``account`` is empty where it was anonymous.
    """

    sequence: int
    at: int
    address: str
    request: CheckRequest
    decision: Decision
    known: KnownReport
    next_check_seconds: int
    report_key: int
    account: str = ""

    @property
    def next_check_at(self) -> int:
        """When the device was told to check again."""
        return self.at + self.next_check_seconds * 1000


class HistoryEvent(NamedTuple):
    """One entry for a device's history; ``code`` and ``parameters`` make its sentence."""

    device_id: int
    at: int
    kind: EventKind
    code: str
    parameters: dict[str, Any]
    account: str | None = None


def new_record(record_id: int, sighting: Sighting) -> DeviceRecord:
    """The record of a device that was never seen before; `record_sighting` fills it."""
    request = sighting.request
    return DeviceRecord(
        id=record_id,
        device_type=request.device_type,
        vendor=request.vendor,
        model=request.model,
        revision=request.revision,
        locale=request.locale,
        first_seen_at=sighting.at,
        decision_code="",
        status="",
    )


def record_sighting(record: DeviceRecord, sighting: Sighting, settings: StatusSettings) -> list[HistoryEvent]:
    """Bring a record up to date with a check, in place, and say what of it is history."""
    events: list[HistoryEvent] = []
    first = not record.decision_code

    def note(kind: EventKind, code: str, parameters: dict[str, Any] | None = None) -> None:
        events.append(HistoryEvent(record.id, sighting.at, kind, code, parameters or {}))

    if first:
        note(EventKind.NOTE, "first-seen")
    if record.retired_at is not None:
        record.retired_at = None  # it lives, whatever somebody thought of it
        note(EventKind.NOTE, "came-back")
    for ignored in sighting.request.notes:
        count_note(record, ignored, sighting.at, events)
    report_changed = _take_report(record, sighting, events, first=first)
    if sighting.request.last_install is not None:
        _take_install(record, sighting.request.last_install, sighting, events)
    elif record.install_version is not None and not record.target_reported_since:
        record.target_reported_since = _reports(record, record.install_version)
    _take_decision(record, sighting, events, report_changed=report_changed)
    move_status(record, sighting.at, sighting.next_check_at, sighting.at, settings)
    return events


def count_note(
    record: DeviceRecord, code: str, at: int, events: list[HistoryEvent], parameters: dict[str, Any] | None = None
) -> None:
    """Make a note on a record: history is written the first time, afterwards it is only counted."""
    count = record.notes_by_service.get(code, 0)
    record.notes_by_service[code] = count + 1
    if not count:
        events.append(HistoryEvent(record.id, at, EventKind.NOTE, code, parameters or {}))


def move_status(
    record: DeviceRecord, last_check_at: int, next_check_at: int, now: int, settings: StatusSettings
) -> bool:
    """Set the status that applies now; whether it changed."""
    code: StatusCode = status(record.facts(last_check_at, next_check_at), settings, from_milliseconds(now))
    if code.value == record.status:
        return False
    record.status = code.value
    record.status_since = now
    return True


def _take_report(record: DeviceRecord, sighting: Sighting, events: list[HistoryEvent], *, first: bool) -> bool:
    """Take over what the device reports of itself; whether it reports other modules than before."""
    request = sighting.request
    previous_class = (record.device_type, record.vendor, record.model, record.revision, record.locale)
    reported_class = (request.device_type, request.vendor, request.model, request.revision, request.locale)
    if reported_class != previous_class:
        record.device_type, record.vendor, record.model, record.revision, record.locale = reported_class
        if tuple(map(str.lower, reported_class)) != tuple(map(str.lower, previous_class)):
            parameters = {
                "model": request.model,
                "revision": request.revision,
                "locale": request.locale,
                "previous": " ".join(previous_class[2:]),
            }
            events.append(HistoryEvent(record.id, sighting.at, EventKind.CHANGE, "class-changed", parameters))
    modules: list[list[str | None]] = [
        [module.file_name, None if module.version is None else module.version.text, module.timestamp]
        for module in request.modules
    ]
    changed = modules != record.modules
    record.modules = modules
    if sighting.known.installed_version != record.installed_version:
        if not first:
            versions = {"installed_version": sighting.known.installed_version, "previous": record.installed_version}
            events.append(HistoryEvent(record.id, sighting.at, EventKind.CHANGE, "version-changed", versions))
        record.installed_version = sighting.known.installed_version
    record.address = sighting.address
    record.account_key = account_key(sighting.account)
    if request.user_id is not None and request.user_id != record.user:
        record.user = request.user_id
        record.users = [request.user_id, *(u for u in record.users if u.lower() != request.user_id.lower())][
            :KEPT_USERS
        ]
    return changed and not first


def _take_install(record: DeviceRecord, report: InstallReport, sighting: Sighting, events: list[HistoryEvent]) -> None:
    """Take over an install report, unless it is the last one repeated."""
    result = "Succeeded" if report.succeeded else "Failed"
    at = None if report.time is None else to_milliseconds(report.time)
    told = (result, report.version.text, report.code, at)
    if told == (record.install_result, record.install_version, record.install_code, record.install_at):
        record.target_reported_since = record.target_reported_since or _reports(record, report.version.text)
        return
    record.install_result, record.install_version, record.install_code, record.install_at = told
    record.install_message = report.message
    record.install_reported_at = sighting.at
    record.target_reported_since = _reports(record, report.version.text)
    events.append(
        HistoryEvent(
            record.id,
            sighting.at,
            EventKind.INSTALL,
            "install-succeeded" if report.succeeded else "install-failed",
            {"version": report.version.text, "code": report.code, "message": report.message},
        )
    )


def _reports(record: DeviceRecord, version: str) -> bool:
    """Whether one of the reported modules has the version."""
    wanted = Version.parse(version)
    for _, text, _ in record.modules:
        try:
            if text is not None and Version.parse(text) == wanted:
                return True
        except InvalidVersion:
            continue
    return False


def _take_decision(
    record: DeviceRecord, sighting: Sighting, events: list[HistoryEvent], *, report_changed: bool
) -> None:
    decision = sighting.decision
    parameters = dict(decision.parameters)
    before = {name: value for name, value in record.decision_parameters.items() if name not in _OF_THE_REPORT}
    if decision.code.value != record.decision_code or parameters != before:
        record.decision_code = decision.code.value
        record.decision_since = sighting.at
    record.decision_parameters = parameters | _compared(sighting)
    record.decision_rule_id = decision.rule_id
    if decision.code is ReasonCode.UP_TO_DATE:
        record.target_reported_since = True  # the target may be another than the version that failed
    if decision.offer is None:
        _close_offer(record)
        return
    update = decision.offer.update
    same = record.offered_update_id == update.id
    if not same:
        _close_offer(record)
        record.offered_update_id = update.id
        record.offered_version = update.version.text
        record.bytes_total = update.bytes_total
        record.bytes_sent = 0
        record.offered_at = sighting.at
        events.append(HistoryEvent(record.id, sighting.at, EventKind.OFFER, decision.code.value, parameters))
    record.offer_attempts = attempts_without_change(
        record.offer_attempts,
        report_changed=report_changed,
        same_version=same,
        offer_made=True,
        all_bytes_sent=None if record.bytes_sent is None else False,
    )


def _compared(sighting: Sighting) -> dict[str, Any]:
    """What the device reports of the files on offer, and whether that is newer.

    The version that lists show for it may be one of another rule's files.
    """
    decision = sighting.decision
    if decision.offer is None:
        return {}
    offered = decision.offer.update
    names = {file_name_key(file.name) for file in offered.files}
    others = [
        module.version
        for module in sighting.request.modules
        if module.version is not None and module.version != offered.version and file_name_key(module.file_name) in names
    ]
    if not others:
        return {}
    if decision.downgrade:
        return {"reported_version": max(others).text, "downgrade": 1}
    return {"reported_version": min(others).text}


def _close_offer(record: DeviceRecord) -> None:
    record.offered_update_id = None
    record.offered_version = None
    record.offered_at = None
    record.offer_attempts = 0
    record.bytes_total = None
    record.bytes_sent = None
    record.last_byte_at = None
