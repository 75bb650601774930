"""Packages: what importing one would change, the import itself, and what was imported (contract 2.1, 4 and 5).

A package is imported whole or not at all. Its files become part of the image store first, and the rows that name
them are committed afterwards: what a failure leaves are orphan files, which are swept (design decision 5).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from device_update_contract.administration.base import Page
from device_update_contract.administration.endpoints import LIST_PACKAGES
from device_update_contract.administration.packages import FindingModel, Package, PackageQuery, PackageUpdate
from device_update_contract.audit import AuditVerb
from device_update_contract.refusals import Refusal
from device_update_service.domain.rules import Rule
from device_update_service.domain.transitions import apply
from device_update_service.domain.verbs import Approve, Import, Transition
from device_update_service.packages.package_inspection import PackagedUpdate, PackageInspection
from device_update_service.storage.image_store import ImageStore
from device_update_service.storage.paging import page_request
from device_update_service.storage.rules.catalog_records import bump_generation
from device_update_service.storage.rules.package_records import (
    add_package,
    describe_package,
    find_package,
    page_of_packages,
)
from device_update_service.storage.rules.rule_writes import add_rule, add_update, save_transitions
from device_update_service.storage.setting_records import decision_settings, read_integer_setting
from device_update_service.usecases.audited_rules import audited_steps
from device_update_service.usecases.import_plans import (
    ImportPlan,
    PlannedRule,
    domain_update,
    finding_models,
    plan_import,
    update_model,
)
from device_update_service.usecases.outcomes import Actor, AuditedAction, Change, Outcome
from device_update_service.usecases.record_ids import UnknownRecord, parse_record_id
from device_update_service.usecases.rules import rules_changed

_log = logging.getLogger(__name__)


class PackageRefused(Refusal):
    """A package has errors; nothing of it was imported. Carries every finding, warnings too, and its updates."""

    code = "package-refused"

    def __init__(self, findings: list[FindingModel], updates: list[PackageUpdate]) -> None:
        errors = [found for found in findings if found.severity == "error"]
        more = "" if len(errors) < 2 else f" {len(errors) - 1} more errors were found."
        super().__init__(f"The package is refused. {errors[0].text}{more}", parameters={"errors": len(errors)})
        self.findings = findings
        self.updates = updates


@dataclass(frozen=True, slots=True)
class UploadedPackage:
    """The uploaded file: the name that people see, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What importing would notice and change; after any error every update's effect is ``refused``."""

    findings: list[FindingModel]
    updates: list[PackageUpdate]
    is_refused: bool


def preview_import(inspection: PackageInspection, *, actor: Actor, now: datetime) -> ImportPreview:
    """Say what importing a package would change now; changes nothing."""
    plan = _plan(inspection, actor, now)
    return ImportPreview(finding_models(plan.findings), _shown_as_planned(plan), plan.is_refused)


def make_files_durable(images: ImageStore, inspection: PackageInspection) -> None:
    """Bring the unpacked files to the disk before `import_package`; slow, so outside the writer.

    Raises:
        StorageUnavailable: the disk is full or fails.
    """
    for path in _contents(inspection.updates).values():
        images.make_durable(path)


def import_package(
    inspection: PackageInspection, package: UploadedPackage, *, images: ImageStore, actor: Actor, now: datetime
) -> Outcome[Package]:
    """Import every update of a package, in the writer; the work folder's files have been made durable.

    A package whose updates change nothing is recorded too, and says so.

    Raises:
        PackageRefused: it has errors, its own or against the catalog. StorageUnavailable: nothing was changed.
    """
    plan = _plan(inspection, actor, now)
    if plan.is_refused:
        raise PackageRefused(finding_models(plan.findings), _shown_as_planned(plan))
    _adopt(images, plan)
    package_id = add_package(package.name, package.size, package.sha256, now, actor.account)
    updates: list[PackageUpdate] = []
    steps: list[tuple[Rule, Transition]] = []
    for planned in plan.rules:
        rule = planned.rule or _new_rule(planned)
        steps.extend(_import_into(rule, planned, package_id, actor, now))
        updates.extend(update_model(update, rule, is_refused=False) for update in planned.updates)
    save_transitions(steps, now=now, grace=timedelta(hours=read_integer_setting("superseded_grace_hours")))
    changed = list(dict.fromkeys(before.id for before, transition in steps if transition.changed))
    describe_package(package_id, finding_models(plan.findings), updates)
    _log.info("%s imported the package %s (%d updates)", actor.account, package.name, len(updates))
    changes = [Change("package-imported", [str(package_id)])]
    if changed:
        bump_generation()
        changes.append(rules_changed(changed))
    return Outcome(
        show_package(str(package_id)),
        tuple(changes),
        catalog_changed=bool(changed),
        audited=(_audited(actor, package_id, package, len(updates)), *audited_steps(actor, steps)),
    )


def _audited(actor: Actor, package_id: int, package: UploadedPackage, updates: int) -> AuditedAction:
    facts: JsonValue = {"name": package.name, "size": package.size, "sha256": package.sha256, "updates": updates}
    return AuditedAction(actor, AuditVerb.PACKAGE_IMPORT, f"package {package_id}", None, facts)


def list_packages(query: PackageQuery) -> Page[Package]:
    """A page of imported packages, the newest first unless asked otherwise.

    Raises:
        ListRefused: for limit, sort or cursor.
    """
    return page_of_packages(query, page_request(query, LIST_PACKAGES.sorts, "-id"))


def show_package(package_id: str) -> Package:
    """One imported package.

    Raises:
        UnknownRecord: there is none of this id.
    """
    number = parse_record_id(package_id)
    found = None if number is None else find_package(number)
    if found is None:
        raise UnknownRecord("There is no such package.", parameters={"id": package_id[:64]})
    return found


def _plan(inspection: PackageInspection, actor: Actor, now: datetime) -> ImportPlan:
    return plan_import(
        inspection, deploy_on_import=decision_settings().deploy_on_import, account=actor.account, now=now
    )


def _shown_as_planned(plan: ImportPlan) -> list[PackageUpdate]:
    return [
        update_model(update, planned.rule, is_refused=plan.is_refused)
        for planned in plan.rules
        for update in planned.updates
    ]


def _adopt(images: ImageStore, plan: ImportPlan) -> None:
    """Also the files of updates that change nothing: that brings back what a damaged disk has lost."""
    imported = [update.packaged for planned in plan.rules for update in planned.updates if update.is_imported]
    for sha256, path in _contents(imported).items():
        images.adopt(path, sha256)


def _contents(updates: tuple[PackagedUpdate, ...] | list[PackagedUpdate]) -> dict[str, Path]:
    """Each content once, by its SHA-256: several files may share one."""
    return {sha256: path for update in updates for sha256, path in _contents_of(update)}


def _contents_of(update: PackagedUpdate) -> Iterator[tuple[str, Path]]:
    for file in update.files:
        yield file.sha256, file.content
        if file.signature_sha256 is not None and file.signature_content is not None:
            yield file.signature_sha256, file.signature_content


def _new_rule(planned: PlannedRule) -> Rule:
    newest = planned.updates[-1].packaged
    return add_rule(newest.device_class, newest.update_type, newest.vendor)


def _import_into(
    rule: Rule, planned: PlannedRule, package_id: int, actor: Actor, now: datetime
) -> Iterator[tuple[Rule, Transition]]:
    """Carry out the plan for one rule, step by step as it was decided, now with the ids of rows."""
    for update in (update.packaged for update in planned.updates if update.is_imported):
        incoming = rule.update_of(update.version)
        if incoming is None:
            incoming = add_update(
                rule.id,
                domain_update(update, number=0, package_id=package_id, now=now),
                release_date=update.release_date.isoformat() if update.release_date else None,
                description=update.description or None,
            )
        transition = apply(rule, Import(incoming, update.vendor), account=actor.account, now=now)
        yield rule, transition
        rule = transition.rule
    if planned.is_deployed:
        yield rule, apply(rule, Approve(), account=actor.account, now=now)
