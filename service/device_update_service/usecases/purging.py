"""Purge: deleting the files of versions that nobody needs any more (contract 2.1 and 5). Irreversible.

Rules, histories and devices stay as they are; a purged version comes back when its package is imported again.
Logs are counted here and removed afterwards, in slices (`web.log_upkeep`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from device_update_contract.administration.server import PurgeAnswer, PurgedVersion, PurgeRequest
from device_update_contract.audit import AuditVerb
from device_update_service.domain.audit_entries import MAX_NAMED
from device_update_service.domain.purging import PurgePlan, plan_purge
from device_update_service.domain.rules import Rule, Update
from device_update_service.storage.logs.device_log_records import logs_before
from device_update_service.storage.rules.rule_records import UpdateRecord, load_rules, stored_updates
from device_update_service.storage.rules.rule_writes import mark_purged
from device_update_service.storage.setting_records import read_integer_setting
from device_update_service.usecases.outcomes import Actor, AuditedAction, Outcome
from device_update_service.usecases.rules import rules_changed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _UpdatesPurge:
    """The plans of all rules from which something goes, and the files that nothing that stays needs, with sizes."""

    plans: tuple[tuple[Rule, PurgePlan], ...]
    files: dict[str, int]


def purge(request: PurgeRequest, *, actor: Actor, now: datetime) -> Outcome[PurgeAnswer]:
    """Delete what `request` names, or only say what would go.

    `older_than_days` counts from when a slot last referred to a version. Files that another stored version shares
    stay and are not counted.
    """
    logs, log_bytes = (0, 0) if request.what == "updates" else logs_before(purged_before(request, now))
    if request.what == "logs":
        answer = PurgeAnswer(
            what=request.what, preview=request.preview, files=0, bytes=log_bytes, versions=[], logs=logs
        )
        return Outcome(answer, audited=() if request.preview else (_audited(actor, request, answer),))
    planned = _plan_updates(request.older_than_days, now)
    answer = PurgeAnswer(
        what=request.what,
        preview=request.preview,
        files=len(planned.files),
        bytes=sum(planned.files.values()) + log_bytes,
        logs=logs,
        versions=[
            _version_model(rule, plan, update, planned) for rule, plan in planned.plans for update in plan.updates
        ],
    )
    if request.preview:
        return Outcome(answer)
    mark_purged(update.id for _, plan in planned.plans for update in plan.updates)
    _log.info("%s purged %d versions, %d bytes", actor.account, len(answer.versions), answer.bytes)
    return Outcome(
        answer,
        (rules_changed([rule.id for rule, _ in planned.plans]),) if planned.plans else (),
        deleted_images=tuple(planned.files),
        audited=(_audited(actor, request, answer),),
    )


def purged_before(request: PurgeRequest, now: datetime) -> datetime:
    """The moment before which the logs that go came."""
    return now - timedelta(days=request.older_than_days or 0)


def _audited(actor: Actor, request: PurgeRequest, answer: PurgeAnswer) -> AuditedAction:
    """A purge that found nothing to delete is one too."""
    versions: list[JsonValue] = [
        f"rule {version.rule_id}: {version.version}" for version in answer.versions[:MAX_NAMED]
    ]
    after: dict[str, JsonValue] = {
        "older_than_days": request.older_than_days,
        "files": answer.files,
        "bytes": answer.bytes,
        "logs": answer.logs,
        "count": len(answer.versions),
        "versions": versions,
    }
    return AuditedAction(actor, AuditVerb.PURGE, request.what, None, after)


def _plan_updates(older_than_days: int | None, now: datetime) -> _UpdatesPurge:
    stored = stored_updates()
    keep = read_integer_setting("keep_earlier_versions")
    serve_until = {record.update.id: record.serve_until for record in stored if record.serve_until is not None}
    referred = {record.update.id: record.last_referred_at for record in stored if record.last_referred_at is not None}
    plans = []
    for rule in load_rules(sorted({record.rule_id for record in stored})):
        plan = plan_purge(
            rule,
            now=now,
            keep_earlier_versions=keep,
            serve_until=serve_until,
            last_referred_at=referred,
            older_than_days=older_than_days,
        )
        if plan.updates:
            plans.append((rule, plan))
    going = {update.id for _, plan in plans for update in plan.updates}
    return _UpdatesPurge(tuple(plans), _files_only_of(going, stored))


def _files_only_of(going: set[int], stored: Iterable[UpdateRecord]) -> dict[str, int]:
    """The files, with their sizes in bytes, of the updates that go and of none that stays."""
    of_going: dict[str, int] = {}
    of_staying: set[str] = set()
    for record in stored:
        sizes = _sizes(record.update)
        if record.update.id in going:
            of_going |= sizes
        else:
            of_staying |= sizes.keys()
    return {sha256: size for sha256, size in of_going.items() if sha256 not in of_staying}


def _sizes(update: Update) -> dict[str, int]:
    sizes = {file.sha256: file.size for file in update.files}
    for file in update.files:
        if file.signature_sha256 is not None:
            sizes[file.signature_sha256] = file.signature_size or 0
    return sizes


def _version_model(rule: Rule, plan: PurgePlan, update: Update, planned: _UpdatesPurge) -> PurgedVersion:
    """One version that goes; its bytes are those of its files that go, also where another such version shares them."""
    return PurgedVersion(
        rule_id=str(rule.id),
        device_class=str(rule.device_class),
        update_type=rule.update_type,
        version=update.version.text,
        bytes=sum(size for sha256, size in _sizes(update).items() if sha256 in planned.files),
        was_approved=update.version in plan.versions_lost,
    )
