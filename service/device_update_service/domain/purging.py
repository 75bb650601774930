"""Which updates a purge may delete, and which versions can then no longer be rolled back to (contract 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, Update


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge takes from one rule; `versions_lost` can then no longer be rolled back to."""

    rule_id: int
    updates: tuple[Update, ...]
    versions_lost: tuple[Version, ...]


def plan_purge(
    rule: Rule,
    *,
    now: datetime,
    keep_earlier_versions: int,
    serve_until: Mapping[int, datetime],
    last_referred_at: Mapping[int, datetime],
    older_than_days: int | None = None,
) -> PurgePlan:
    """Choose the updates of a rule whose files may go.

    Kept are those that a slot refers to, the newest `keep_earlier_versions` versions that were approved (the last
    approved first, the approved one counts), those still served within their grace, and those that a slot referred to
    less than `older_than_days` ago. `serve_until` gives the end of grace by update id; `last_referred_at` when a slot
    last referred to an update: one that is not in it counts from its import.
    """
    referred = {slot.update.id for slot in rule.slots().values()}
    approved = rule.approved_versions()
    kept = frozenset(approved[:keep_earlier_versions])

    def may_go(update: Update) -> bool:
        if not update.stored or update.id in referred or update.version in kept:
            return False
        grace_end = serve_until.get(update.id)
        if grace_end is not None and grace_end > now:
            return False
        idle_since = last_referred_at.get(update.id, update.imported_at)
        return older_than_days is None or idle_since <= now - timedelta(days=older_than_days)

    going = tuple(update for update in rule.updates if may_go(update))
    return PurgePlan(rule.id, going, tuple(update.version for update in going if update.version in approved))
