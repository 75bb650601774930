"""What was done with the rules of a device's class: part of the time line of each device that they are for."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from device_update_service.domain.device_record import DeviceRecord
from device_update_service.storage.tables import Rule, RuleHistory


@dataclass(frozen=True, slots=True)
class StoredVerb:
    """One verb on a rule; time in milliseconds."""

    id: int
    at: int
    rule_id: int
    verb: str
    version: str | None
    replaced: str | None
    account: str
    comment: str | None


def verbs_before(device: DeviceRecord, position: tuple[int, int] | None, limit: int) -> list[StoredVerb]:
    """The newest verbs on a device's rules, since it was first seen and before a (time, id), newest first."""
    rule_ids = _rules_of(device)
    if not rule_ids:
        return []
    wanted = RuleHistory.rule_id.in_(rule_ids) & (RuleHistory.at >= device.first_seen_at)
    if position is not None:
        at, id_ = position
        wanted &= (RuleHistory.at < at) | ((RuleHistory.at == at) & (RuleHistory.id < id_))
    rows = RuleHistory.select().where(wanted).order_by(RuleHistory.at.desc(), RuleHistory.id.desc()).limit(limit)
    return [
        StoredVerb(row.id, row.at, row.rule_id, row.verb, row.version, row.replaced, row.account, row.comment)
        for row in list(rows)
    ]


def _rules_of(device: DeviceRecord) -> list[int]:
    """The rules, also removed ones, that a check of the device matches by brand, or else by vendor (contract 2.2)."""
    key = device.class_key
    of_brand = Rule.select(Rule.id).where((Rule.rule_key > f"{key}/") & (Rule.rule_key < f"{key}0"))
    found = [row.id for row in list(of_brand)]
    if found:
        return found
    of_vendor = Rule.select(Rule.id).where(
        (fn.lower(Rule.vendor) == device.vendor.lower())
        & (fn.lower(Rule.device_type) == device.device_type.lower())
        & (fn.lower(Rule.model) == device.model.lower())
        & (fn.lower(Rule.revision) == device.revision.lower())
        & (fn.lower(Rule.locale) == device.locale.lower())
    )
    return [row.id for row in list(of_vendor)]
