"""A device's time line: what happened to it, and to the rules of its class (contract section 5).

Checks are folded to one entry a day while nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, cast

from device_update_contract.administration.base import Page
from device_update_contract.administration.devices import DeviceHistoryEntry, DeviceHistoryQuery
from device_update_contract.administration.endpoints import DEVICE_HISTORY
from device_update_contract.history import RULE_EVENT_CODES, EventKind, event_sentence
from device_update_contract.reasons import ReasonCode
from device_update_contract.sentences import reason_sentence
from device_update_service.domain.device_record import DeviceRecord
from device_update_service.domain.stored_times import from_milliseconds
from device_update_service.storage.checks.update_log import CheckFold
from device_update_service.storage.devices.device_history_records import StoredEvent, events_before
from device_update_service.storage.paging import InvalidCursor, ListRefused, page_request
from device_update_service.storage.rules.class_history_records import StoredVerb, verbs_before
from device_update_service.usecases.devices import existing_device

_DAY = 86_400_000
_END_OF_TIME = 253_370_764_800_000  # the year 9999, as far as dates go

_Kind = Literal["check", "offer", "download", "install", "refusal", "note", "change", "log", "administration"]
_Place = tuple[int, int]
"""When an entry begins, and what orders those of one moment: an event's id, for checks zero and below.

A verb on a rule has its id less `_BEFORE_CHECKS`: what was decided stands before the checks that it decides.
"""
_BEFORE_CHECKS = 1 << 40


class CheckLog(Protocol):
    """Where checks are found: the update log."""

    def device_checks(self, device_id: int, before_ms: int, limit: int) -> list[CheckFold]:
        """The newest folded checks of a device that end before a time, newest first."""


def device_history(device_id: str, query: DeviceHistoryQuery, update_log: CheckLog) -> Page[DeviceHistoryEntry]:
    """A page of a device's history, newest first by the beginning of each entry.

    Raises:
        UnknownRecord: there is no such device. ListRefused: for limit, sort, cursor or kind.
    """
    request = page_request(query, DEVICE_HISTORY.sorts, "-at")
    if query.kind is not None and query.kind not in set(EventKind):
        raise ListRefused(f"There is no kind {query.kind[:40]!r} of entries.", parameters={"parameter": "kind"})
    position: _Place | None = None
    if request.position is not None:
        at, order = request.position
        if not isinstance(at, int) or not 0 <= at < _END_OF_TIME:
            raise InvalidCursor
        position = (at, order)
    record = existing_device(device_id).record
    entries: dict[_Place, DeviceHistoryEntry] = {}
    if query.kind != EventKind.CHECK:
        for event in events_before(record.id, position, query.kind, request.limit + 1):
            entries[event.at, event.id] = _of_event(event)
    if query.kind in {None, EventKind.ADMINISTRATION}:
        before = None if position is None else (position[0], position[1] + _BEFORE_CHECKS)
        for verb in verbs_before(record, before, request.limit + 1):
            entries[verb.at, verb.id - _BEFORE_CHECKS] = _of_verb(verb)
    if query.kind in {None, EventKind.CHECK}:
        for place, fold in _checks_before(record.id, position, request.limit + 1, update_log):
            entries[place] = _of_checks(fold, place, record)
    places = sorted(entries, reverse=True)
    shown = places[: request.limit]
    following = request.cursor(*shown[-1]) if len(places) > request.limit else None
    items = [entries[place] for place in shown]
    return Page[DeviceHistoryEntry](items=items, next=following, total=None, total_at_least=len(items))


def _checks_before(
    device_id: int, position: _Place | None, limit: int, update_log: CheckLog
) -> list[tuple[_Place, CheckFold]]:
    """The newest folds that begin before a position.

    The log is asked up to the end of the position's day and not to the position itself: a fold in which another entry
    falls would otherwise be cut in two.
    """
    before = _END_OF_TIME if position is None else (position[0] // _DAY + 1) * _DAY
    asked = limit
    while True:
        folds = update_log.device_checks(device_id, before, asked)
        rest = [(place, fold) for place, fold in _placed(folds) if position is None or place < position]
        if len(rest) >= limit or len(folds) < asked:
            return rest[:limit]
        asked *= 4


def _placed(folds: list[CheckFold]) -> Iterator[tuple[_Place, CheckFold]]:
    """Folds with their places; of several that begin in one millisecond each has its own."""
    order, last = 0, None
    for fold in folds:
        order = order - 1 if fold.first_at == last else 0
        last = fold.first_at
        yield (fold.first_at, order), fold


def _of_event(event: StoredEvent) -> DeviceHistoryEntry:
    return DeviceHistoryEntry(
        id=f"e{event.id}",
        kind=cast("_Kind", event.kind),
        at=from_milliseconds(event.at),
        text=event_sentence(event.code, event.parameters),
        code=event.code,
        parameters=event.parameters,
        account=event.account,
    )


def _of_verb(verb: StoredVerb) -> DeviceHistoryEntry:
    code = RULE_EVENT_CODES[verb.verb]
    parameters = {
        "rule_id": str(verb.rule_id),
        "version": verb.version,
        "replaced": verb.replaced,
        "message": verb.comment,
    }
    return DeviceHistoryEntry(
        id=f"r{verb.id}",
        kind="administration",
        at=from_milliseconds(verb.at),
        text=event_sentence(code, parameters),
        code=code,
        parameters=parameters,
        account=verb.account,
    )


def _of_checks(fold: CheckFold, place: _Place, record: DeviceRecord) -> DeviceHistoryEntry:
    parameters = {
        "version": fold.version,
        "address": fold.address,
        "device_type": record.device_type,
        "vendor": record.vendor,
        "model": record.model,
        "revision": record.revision,
        "locale": record.locale,
    }
    known = fold.reason in set(ReasonCode)
    answered = reason_sentence(ReasonCode(fold.reason), parameters) if known else fold.reason
    asked = "Asked" if fold.count == 1 else f"Asked {fold.count} times"
    return DeviceHistoryEntry(
        id=f"c{place[0]}" if not place[1] else f"c{place[0]}{place[1]}",
        kind="check",
        at=from_milliseconds(fold.first_at),
        until=None if fold.count == 1 else from_milliseconds(fold.last_at),
        count=fold.count,
        text=f"{asked} from {fold.address}; answered: {answered}",
        code=fold.reason,
        parameters=parameters,
    )
