"""Which updates a purge may delete (contract 2.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.sample_rules import NOW, rule, update

from device_update_contract.versions import Version
from device_update_service.domain.purging import plan_purge
from device_update_service.domain.rules import Rule
from device_update_service.domain.transitions import apply
from device_update_service.domain.verbs import Approve, Import, Reject, RollBack

V = [Version.parse(text) for text in ("0", "1", "2", "3", "4", "5")]


def approved_in_turn(*versions: Version) -> Rule:
    known = rule()
    for version in versions:
        known = apply(known, Import(update(version), "Polycom"), account="a", now=NOW).rule
        known = apply(known, Approve(), account="a", now=NOW).rule
    return known


def going(
    known: Rule,
    *,
    keep: int = 0,
    serve_until: dict[int, datetime] | None = None,
    last_referred_at: dict[int, datetime] | None = None,
    older_than_days: int | None = None,
) -> list[Version]:
    plan = plan_purge(
        known,
        now=NOW,
        keep_earlier_versions=keep,
        serve_until=serve_until or {},
        last_referred_at=last_referred_at or {},
        older_than_days=older_than_days,
    )
    return [one.version for one in plan.updates]


def test_what_a_slot_refers_to_stays() -> None:
    assert going(approved_in_turn(V[1], V[2], V[3])) == [V[1]]


def test_the_newest_approved_versions_of_the_history_stay() -> None:
    known = approved_in_turn(V[1], V[2], V[3], V[4])
    assert going(known, keep=2) == [V[1], V[2]]
    assert going(known, keep=3) == [V[1]]
    assert going(known, keep=4) == []


def test_a_rejected_version_goes_and_is_no_version_to_roll_back_to() -> None:
    known = apply(approved_in_turn(V[1]), Import(update(V[2]), "Polycom"), account="a", now=NOW).rule
    rejected = apply(known, Reject(), account="a", now=NOW).rule
    plan = plan_purge(rejected, now=NOW, keep_earlier_versions=20, serve_until={}, last_referred_at={})
    assert [one.version for one in plan.updates] == [V[2]]
    assert plan.versions_lost == ()


def test_a_rolled_back_version_may_go_and_is_named_as_lost() -> None:
    rolled_back = apply(approved_in_turn(V[1], V[2]), RollBack(), account="a", now=NOW).rule
    plan = plan_purge(rolled_back, now=NOW, keep_earlier_versions=1, serve_until={}, last_referred_at={})
    assert plan.versions_lost == (V[2],)


def test_a_version_within_its_grace_stays() -> None:
    known = approved_in_turn(V[1], V[2], V[3])
    grace = {update(V[1]).id: NOW + timedelta(seconds=1)}
    assert going(known, serve_until=grace) == []
    assert going(known, serve_until={update(V[1]).id: NOW}) == [V[1]]


def test_older_than_days_counts_from_when_a_slot_last_referred_to_it() -> None:
    known = approved_in_turn(V[1], V[2], V[3])
    left = {update(V[1]).id: NOW - timedelta(days=10)}
    assert going(known, last_referred_at=left, older_than_days=10) == [V[1]]
    assert going(known, last_referred_at=left, older_than_days=11) == []
    assert going(known, older_than_days=1) == []


def test_what_is_purged_already_is_not_named_again() -> None:
    known = rule()
    stored_nowhere = Rule(
        known.id, known.device_class, "CPE", "Polycom", updates=(update(V[1], stored=False), update(V[2]))
    )
    assert going(stored_nowhere) == [V[2]]
