from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.sample_rules import NOW, update
from tests.support.stores import Stores, open_stores

from device_update_contract.device_classes import DeviceClass
from device_update_contract.versions import Version
from device_update_service.domain.rules import Rule, Update
from device_update_service.domain.transitions import apply
from device_update_service.domain.verbs import (
    Action,
    Approve,
    Import,
    Reject,
    Remove,
    RollBack,
    RollBackTo,
    Transition,
    VerbRefused,
)
from device_update_service.storage.rules.rule_records import (
    find_rules,
    load_rules,
    rule_key,
    updates_of_rule,
)
from device_update_service.storage.rules.rule_writes import add_rule, add_update, mark_purged, save_transitions

GRACE = timedelta(hours=24)
VERSIONS = ("1.0", "2.0", "3.0")
_numbers = itertools.count()

actions = st.one_of(
    st.tuples(st.just("import"), st.sampled_from(VERSIONS), st.sampled_from(["Polycom", "Contoso"])),
    st.tuples(st.sampled_from(["approve", "approve", "reject", "roll back", "remove", "purge"])),
    st.tuples(st.just("roll back to"), st.sampled_from(VERSIONS)),
)


@pytest.fixture(scope="module")
def opened() -> Iterator[Stores]:
    folder = Path(tempfile.mkdtemp())
    with open_stores(folder) as stores:
        yield stores
    shutil.rmtree(folder)


def _new_rule() -> Rule:
    return add_rule(DeviceClass("UCPhone", "Polycom", f"CX{next(_numbers)}", "A", "ENU"), "CPE", "Polycom")


class _StoredLife:
    """A rule in memory, never read back, beside its rows."""

    def __init__(self) -> None:
        self.rule = _new_rule()
        self.now: datetime = NOW
        self.serve_until: dict[int, datetime] = {}

    def carry_out(self, step: tuple[str, ...]) -> None:
        self.now += timedelta(hours=1)
        if step[0] == "purge":
            self._purge()
            return
        try:
            transition = apply(self.rule, self._action(step), account="admin", now=self.now, comment=step[-1])
        except VerbRefused:
            return
        save_transitions([(self.rule, transition)], now=self.now, grace=GRACE)
        self._remember_serving(transition)
        self.rule = transition.rule

    def _action(self, step: tuple[str, ...]) -> Action:
        match step:
            case ("import", version, vendor):
                known = self.rule.update_of(Version.parse(version))
                return Import(known or add_update(self.rule.id, replace(update(version), package_id=None)), vendor)
            case ("roll back to", version):
                return RollBackTo(Version.parse(version))
        simple: dict[str, Action] = {
            "approve": Approve(),
            "reject": Reject(),
            "roll back": RollBack(),
            "remove": Remove(),
        }
        return simple[step[0]]

    def _purge(self) -> None:
        referred = {slot.update.id for slot in self.rule.slots().values()}
        going = {known.id for known in self.rule.updates} - referred
        mark_purged(going)
        self.serve_until = {id_: until for id_, until in self.serve_until.items() if id_ not in going}

        def purged(known: Update) -> Update:
            return replace(known, stored=False) if known.id in going else known

        self.rule = replace(self.rule, updates=tuple(purged(known) for known in self.rule.updates))

    def _remember_serving(self, transition: Transition) -> None:
        for id_ in transition.serve_until_grace:
            self.serve_until[id_] = self.now + GRACE
        for id_ in (*transition.stops_serving, *(slot.update.id for slot in transition.rule.slots().values())):
            self.serve_until.pop(id_, None)

    def assert_stored(self) -> None:
        assert load_rules([self.rule.id]) == [self.rule]
        records = updates_of_rule(self.rule.id)
        assert {record.update.id: record.serve_until for record in records if record.serve_until} == self.serve_until


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(actions, max_size=14))
def test_what_is_stored_is_what_the_domain_made_after_any_verbs(opened: Stores, steps: list[tuple[str, ...]]) -> None:
    def live() -> None:
        life = _StoredLife()
        for step in steps:
            life.carry_out(step)
            life.assert_stored()

    opened.write(live)


def test_the_time_since_when_no_slot_refers_to_a_version_is_kept(opened: Stores) -> None:
    def live() -> list[datetime | None]:
        life = _StoredLife()
        for step in (("import", "1.0", "Polycom"), ("import", "2.0", "Polycom"), ("approve",), ("reject",)):
            life.carry_out(step)
        return [record.last_referred_at for record in updates_of_rule(life.rule.id)]

    assert opened.write(live) == [NOW + timedelta(hours=2), None]


def test_rules_come_in_the_order_of_the_ids_asked_for_each_once(opened: Stores) -> None:
    first, second = opened.write(_new_rule), opened.write(_new_rule)
    found = opened.read(lambda: load_rules([second.id, first.id, second.id, 10**9]))
    assert [rule.id for rule in found] == [second.id, first.id]


def test_a_rule_is_found_in_any_spelling(opened: Stores) -> None:
    rule = opened.write(_new_rule)
    other_case = DeviceClass("UCPHONE", "POLYCOM", rule.device_class.model.lower(), "a", "enu")
    key = rule_key(other_case, "cpe")
    assert opened.read(lambda: find_rules([key, rule_key(other_case, "other")])) == {key: rule}


def test_rules_of_lists_know_their_slots_but_neither_history_nor_other_updates(opened: Stores) -> None:
    def live() -> tuple[Rule, Rule]:
        life = _StoredLife()
        for step in (("import", "1.0", "Polycom"), ("approve",), ("import", "2.0", "Polycom")):
            life.carry_out(step)
        return life.rule, load_rules([life.rule.id], complete=False)[0]

    complete, listed = opened.write(live)
    assert listed == replace(complete, history=(), updates=())
