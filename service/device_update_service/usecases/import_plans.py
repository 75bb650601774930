"""What importing a package would do to each rule: the same plan serves inspection and import (contract 2.1, 4).

Several updates of one package may be for one rule. They are imported by ascending version, so that the newest ends
pending and every content is known from then on. Where the newest is pending or approved already, the older ones of
the package change nothing: an import must not put an older version in the place of the very one it brings along.
`deploy_on_import` approves once for each rule, after all its updates, so that `restore` keeps what devices had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from device_update_contract.administration.packages import FindingModel, PackageUpdate
from device_update_contract.findings import Finding, FindingCode, FindingList
from device_update_contract.reasons import NoticeCode, VerbRefusalCode
from device_update_service.domain.rules import ImageFile, Rule, Update
from device_update_service.domain.transitions import apply
from device_update_service.domain.verbs import Import, Transition, VerbRefused
from device_update_service.packages.package_inspection import PackagedFile, PackagedUpdate, PackageInspection
from device_update_service.storage.rules.rule_records import find_rules, rule_key
from device_update_service.usecases.rule_models import file_model

Effect = Literal["pending", "replaced-pending", "unchanged", "already-approved", "approved", "refused"]

_FINDING_OF_NOTICE = {
    NoticeCode.ALREADY_APPROVED: FindingCode.ALREADY_APPROVED,
    NoticeCode.OLDER_THAN_APPROVED: FindingCode.OLDER_THAN_APPROVED,
    NoticeCode.REPLACED_PENDING: FindingCode.REPLACED_PENDING,
}
_EFFECT_OF_NOTICE: dict[NoticeCode, Effect] = {
    NoticeCode.ALREADY_APPROVED: "already-approved",
    NoticeCode.UNCHANGED: "unchanged",
    NoticeCode.REPLACED_PENDING: "replaced-pending",
}


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """One update of the package; `is_imported` is False where a newer one of the package makes it pointless."""

    packaged: PackagedUpdate
    effect: Effect
    is_imported: bool


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule (None: a new one) and the package's updates for it by ascending version."""

    rule: Rule | None
    updates: tuple[PlannedUpdate, ...]
    is_deployed: bool


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The findings of the package and of the catalog, errors first, and what would happen to each rule."""

    findings: tuple[Finding, ...]
    rules: tuple[PlannedRule, ...]

    @property
    def is_refused(self) -> bool:
        """Whether any finding is an error."""
        return any(found.is_error for found in self.findings)


def plan_import(
    inspection: PackageInspection, *, deploy_on_import: frozenset[str], account: str, now: datetime
) -> ImportPlan:
    """Decide for every update of a package; reads rules, writes nothing.

    `deploy_on_import` holds device types in lower case.
    """
    found = FindingList()
    groups: dict[str, list[PackagedUpdate]] = {}
    for packaged in inspection.updates:
        groups.setdefault(rule_key(packaged.device_class, packaged.update_type), []).append(packaged)
    known = find_rules(list(groups))
    planning = _Planning(found, deploy_on_import, account, now)
    rules = tuple(planning.plan_rule(known.get(key), updates) for key, updates in groups.items())
    findings = sorted((*inspection.findings, *found.listed()), key=lambda finding: not finding.is_error)
    return ImportPlan(tuple(findings), rules)


def domain_update(packaged: PackagedUpdate, *, number: int, package_id: int | None, now: datetime) -> Update:
    """An update as a rule knows it; `number` stands for its id until it has one."""
    return Update(
        id=number,
        version=packaged.version,
        package_id=package_id,
        files=tuple(_image_file(file) for file in packaged.files),
        imported_at=now,
    )


def finding_models(findings: Sequence[Finding]) -> list[FindingModel]:
    """Findings as the API shows them."""
    return [
        FindingModel(
            code=found.code.value,
            severity="error" if found.is_error else "warning",
            text=found.text,
            parameters=dict(found.parameters),
        )
        for found in findings
    ]


def update_model(planned: PlannedUpdate, rule: Rule | None, *, is_refused: bool) -> PackageUpdate:
    """One update of a package as the API shows it, in the spelling of its rule where there is one."""
    packaged = planned.packaged
    device_class = packaged.device_class if rule is None else rule.device_class
    return PackageUpdate(
        device_type=device_class.device_type,
        brand=device_class.brand,
        vendor=packaged.vendor,
        model=device_class.model,
        revision=device_class.revision,
        locale=device_class.locale,
        update_type=packaged.update_type if rule is None else rule.update_type,
        version=packaged.version.text,
        release_date=packaged.release_date.isoformat() if packaged.release_date else None,
        description=packaged.description or None,
        files=[file_model(_image_file(file)) for file in packaged.files],
        rule_id=None if rule is None else str(rule.id),
        effect="refused" if is_refused else planned.effect,
    )


@dataclass(frozen=True, slots=True)
class _Planning:
    """What all rules of one plan share."""

    found: FindingList
    deploy_on_import: frozenset[str]
    account: str
    now: datetime

    def plan_rule(self, known: Rule | None, packaged_updates: Sequence[PackagedUpdate]) -> PlannedRule:
        """Try all updates for one rule in their order."""
        ordered = sorted(packaged_updates, key=lambda packaged: packaged.version)
        newest = ordered[-1]
        rule = known or Rule(0, newest.device_class, newest.update_type, newest.vendor)
        in_place = {slot.update.version for slot in (rule.pending, rule.approved) if slot is not None}
        planned: list[PlannedUpdate] = []
        changed = False
        for place, packaged in enumerate(ordered, start=1):
            update = domain_update(packaged, number=-place, package_id=None, now=self.now)
            try:
                transition = apply(rule, Import(update, packaged.vendor), account=self.account, now=self.now)
            except VerbRefused as refusal:
                _note_refusal(self.found, packaged, refusal)
                planned.append(PlannedUpdate(packaged, "refused", is_imported=False))
                continue
            if newest.version in in_place and packaged.version != newest.version:
                planned.append(PlannedUpdate(packaged, "unchanged", is_imported=False))
                continue
            planned.append(PlannedUpdate(packaged, _note_notices(self.found, packaged, transition), is_imported=True))
            changed = changed or transition.rule.pending != rule.pending
            rule = transition.rule
        is_deployed = changed and rule.device_class.device_type.lower() in self.deploy_on_import
        if is_deployed:
            planned[-1] = replace(planned[-1], effect="approved")
        return PlannedRule(known, tuple(planned), is_deployed)


def _note_refusal(found: FindingList, packaged: PackagedUpdate, refusal: VerbRefused) -> None:
    if refusal.refusal is not VerbRefusalCode.VERSION_CONTENT_DIFFERS:
        raise refusal
    found.add(
        FindingCode.VERSION_CONTENT_DIFFERS,
        version=packaged.version.text,
        update_type=packaged.update_type,
        device_class=str(packaged.device_class),
    )


def _note_notices(found: FindingList, packaged: PackagedUpdate, transition: Transition) -> Effect:
    effect: Effect = "pending"
    for notice in transition.notices:
        effect = _EFFECT_OF_NOTICE.get(notice.code, effect)
        code = _FINDING_OF_NOTICE.get(notice.code)
        if code is not None:
            facts = {name: str(value) for name, value in notice.parameters.items() if name != "version"}
            found.add(
                code,
                version=packaged.version.text,
                update_type=packaged.update_type,
                device_class=str(packaged.device_class),
                **facts,
            )
    return effect


def _image_file(file: PackagedFile) -> ImageFile:
    return ImageFile(
        name=file.name,
        sha256=file.sha256,
        size=file.size,
        timestamp=None if file.timestamp is None else _rfc3339_seconds(file.timestamp),
        signature=file.signature_name,
        signature_sha256=file.signature_sha256,
        signature_size=file.signature_size,
    )


def _rfc3339_seconds(moment: datetime) -> str:
    """As the device protocol spells a module's time stamp (contract 3.2); without a zone it is in UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="seconds").replace("+00:00", "Z")
