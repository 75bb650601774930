"""Which updates a purge may delete, and which versions can then no longer be rolled back to (contract 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, Update


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge takes from one rule."""

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
    """Choose the updates of a rule that may go.

    `serve_until` gives the end of grace by update id, `last_referred_at` when a slot last referred to an update; one
    that is not in it counts from its import.
    """
    raise NotImplementedError
