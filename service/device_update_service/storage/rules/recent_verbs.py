"""What was done with rules since a moment, newest first and bounded, with the classes of devices that they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device_update_service.storage.tables import DATABASE

MOST: Final = 200
"""Verbs that are looked at."""

_NEWEST: Final = """
SELECT h.at, h.verb, h.version, h.account, r.id, r.rule_key, lower(r.vendor), r.model, r.revision, r.locale,
    r.update_type
FROM (SELECT * FROM rule_history ORDER BY id DESC LIMIT ?) h CROSS JOIN rule r ON r.id = h.rule_id
WHERE h.at >= ? ORDER BY h.id DESC
"""
_OF_BRAND: Final = "SELECT 1 FROM rule WHERE rule_key > ? || '/' AND rule_key < ? || '0' AND removed = 0 LIMIT 1"


@dataclass(frozen=True, slots=True)
class RecentVerb:
    """One verb that was carried out on a rule; ``rule_name`` is what the rule is for, in a few words."""

    verb: str
    version: str | None
    account: str
    rule_id: int
    rule_name: str
    class_keys: tuple[str, ...]


def verbs_since(since: int) -> tuple[list[RecentVerb], bool]:
    """The verbs since a time in milliseconds, newest first, and whether these are all."""
    rows = DATABASE.execute_sql(_NEWEST, (MOST, since)).fetchall()
    verbs = [
        RecentVerb(verb, version, account, rule_id, " ".join(named), _class_keys(rule_key, vendor))
        for _, verb, version, account, rule_id, rule_key, vendor, *named in rows
    ]
    return verbs, len(rows) < MOST


def _class_keys(rule_key: str, vendor: str) -> tuple[str, ...]:
    """The classes that a rule is for: of its brand, and of its vendor where that is no rule's brand (contract 2.2)."""
    by_brand = rule_key.rpartition("/")[0]
    device_type, brand, *others = by_brand.split("/")
    if vendor == brand:
        return (by_brand,)
    by_vendor = "/".join((device_type, vendor, *others))
    taken = DATABASE.execute_sql(_OF_BRAND, (by_vendor, by_vendor)).fetchone() is not None
    return (by_brand,) if taken else (by_brand, by_vendor)
