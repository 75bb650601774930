"""The audit trail: written in the transaction of the change itself, and read (contract section 5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import JsonValue

from device_update_contract.administration import audit_trail as models
from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_AUDIT_TRAIL
from device_update_contract.audit import UnreadableEntry, canonical_json
from device_update_service.domain.audit_entries import AuditedAction
from device_update_service.domain.stored_times import from_milliseconds, to_milliseconds
from device_update_service.storage.audit_records import AuditRecord, append_actions, page_of_audit_entries
from device_update_service.storage.paging import page_request
from device_update_service.usecases.outcomes import Change, Outcome

Answer = TypeVar("Answer")


def carry_out(use_case: Callable[[], Outcome[Answer]], clock: Callable[[], datetime]) -> Outcome[Answer]:
    """Run a use case in the writer and write what it did to the audit trail, or do neither."""
    outcome = use_case()
    if not outcome.audited:
        return outcome
    return replace(outcome, changes=(*outcome.changes, record_actions(outcome.audited, now=clock())))


def record_actions(actions: Iterable[AuditedAction], *, now: datetime) -> Change:
    """Write entries in the writer's transaction, and return the event that tells of them."""
    ids = append_actions(actions, to_milliseconds(now))
    return Change.of("audit-added", ids)


def list_audit_trail(query: models.AuditQuery) -> Page[models.AuditEntry]:
    """A page of the audit trail, the newest entry first unless asked otherwise.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    page = page_of_audit_entries(query, page_request(query, LIST_AUDIT_TRAIL.sorts, "-id"))
    return Page[models.AuditEntry](
        items=[_model(record) for record in page.records],
        next=page.next,
        total=page.total,
        total_at_least=page.total_at_least,
    )


def _model(record: AuditRecord) -> models.AuditEntry:
    entry = record.entry
    return models.AuditEntry.model_construct(
        id=str(entry.id),
        at=_moment(entry.at),
        account=entry.account,
        address=entry.address,
        through=entry.through,
        verb=entry.verb,
        object=entry.object,
        before=_value(entry.before),
        after=_value(entry.after),
        outcome=entry.outcome,
        code=entry.code,
        previous_hash=record.previous_hash.hex(),
        hash=entry.hash.hex(),
    )


def _value(text: str) -> JsonValue:
    """Stored JSON; what somebody has put in its place behind the service's back is shown as it is, and stops no list.

    That includes JSON in another form: readers would take it for what was hashed.
    """
    try:
        value: JsonValue = json.loads(text)
        is_as_written = canonical_json(value).decode() == text
    except (ValueError, RecursionError, UnreadableEntry):
        return text
    return value if is_as_written else text


def _moment(at: int) -> datetime:
    """A stored time, or the last there is: see `_value`."""
    try:
        return from_milliseconds(at)
    except (OverflowError, TypeError):
        return datetime.max.replace(tzinfo=UTC)
