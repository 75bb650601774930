from __future__ import annotations

import threading
from functools import partial

import pytest
from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.base import PageQuery
from device_update_contract.administration.rules import RuleFilter, RuleQuery, RuleReference, RuleVerbRequest
from device_update_contract.reasons import NoticeCode, VerbRefusalCode
from device_update_contract.sentences import notice_sentence, verb_refusal_sentence
from device_update_contract.versions import InvalidVersion
from device_update_service.storage.paging import InvalidCursor, ListRefused, SortNotAvailable
from device_update_service.storage.rules.catalog_records import catalog_generation
from device_update_service.usecases.many_at_once import CountChanged
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.record_ids import UnknownRecord
from device_update_service.usecases.rules import (
    VersionNotExpected,
    approve_rules,
    list_rules,
    rule_history,
    show_rule,
)

OLD, NEW = "4.0.7577.4366", "4.0.7577.4387"


def test_approval_gives_the_pending_version_to_all_and_keeps_the_one_before_to_restore(
    store: AdministeredStore,
) -> None:
    rule = store.import_version(OLD)
    assert store.slots(rule) == (OLD, None, None)
    store.verb("approve", rule, comment="tried on five phones")
    assert store.slots(rule) == (None, OLD, None)
    assert store.import_version(NEW) == rule
    answer = store.verb("approve", rule)
    assert store.slots(rule) == (None, NEW, OLD)
    assert [changed.id for changed in answer.changed] == [rule]
    assert answer.refused == []


def test_a_slot_tells_who_put_the_version_there_and_when_and_why(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.pass_hours(2)
    store.verb("approve", rule, comment="tried")
    approved = store.rule(rule).approved
    assert approved is not None
    assert (approved.account, approved.at, approved.comment) == ("kenmyer", store.now, "tried")
    assert approved.package_id == "1"
    assert [(file.name, file.signature, file.timestamp) for file in approved.files] == [
        ("CPE.nbt", "CPE.cat", "2013-04-16T00:00:00Z")
    ]


def test_a_rejected_version_stops_being_served_at_once(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    assert store.is_served(OLD)
    store.verb("reject", rule)
    assert store.slots(rule) == (None, None, None)
    assert store.rule(rule).state == "empty"
    assert not store.is_served(OLD)


def test_roll_back_returns_to_the_earlier_version_and_stops_the_other_at_once(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.verb("approve", rule)
    store.import_version(NEW)
    store.verb("approve", rule)
    store.verb("rollback", rule)
    assert store.slots(rule) == (None, OLD, None)
    assert store.is_served(OLD)
    assert not store.is_served(NEW)
    catalog_rule = store.catalog().rule(int(rule))
    assert catalog_rule is not None
    assert catalog_rule.approved_by_roll_back


def test_roll_back_to_a_version_that_was_approved_long_ago(store: AdministeredStore) -> None:
    for version in ("1.0", "2.0", "3.0"):
        rule = store.import_version(version)
        store.verb("approve", rule)
    assert store.verb("rollback", rule, version="9.9").refused[0].code == "no-earlier-version"
    assert store.verb("rollback", rule, version="3.0").refused[0].code == "already-approved"
    store.verb("rollback", rule, version="1.0")
    assert store.slots(rule) == (None, "1.0", None)


def test_a_superseded_version_is_served_for_its_grace_and_not_longer(store: AdministeredStore) -> None:
    for version in ("1.0", "2.0", "3.0"):
        rule = store.import_version(version)
        store.verb("approve", rule)
    assert store.slots(rule) == (None, "3.0", "2.0")
    store.pass_hours(23.9)
    assert store.is_served("1.0")
    store.pass_hours(0.2)
    assert not store.is_served("1.0")
    assert store.is_served("2.0")


def test_removal_stops_every_file_at_once_and_a_later_import_continues_the_rule(store: AdministeredStore) -> None:
    for version in ("1.0", "2.0", "3.0"):
        rule = store.import_version(version)
        store.verb("approve", rule)
    store.verb("remove", rule)
    assert store.rule(rule).state == "removed"
    assert not any(store.is_served(version) for version in ("1.0", "2.0", "3.0"))
    assert store.import_version("4.0") == rule
    assert store.slots(rule) == ("4.0", None, None)
    history = store.stores.read(partial(rule_history, rule, PageQuery())).items
    assert [entry.verb for entry in history] == ["import", "remove", *["approve", "import"] * 3]


def test_removing_twice_changes_nothing_the_second_time(store: AdministeredStore) -> None:
    rule = store.import_version("1.0")
    store.verb("remove", rule)
    number = store.rule(rule).change_number
    answer = store.verb("remove", rule)
    assert (answer.changed, answer.refused) == ([], [])
    assert store.rule(rule).change_number == number


def test_each_rule_is_decided_on_its_own(store: AdministeredStore) -> None:
    first = store.import_version(OLD, model="CX700")
    second = store.import_version(OLD, model="CX600")
    store.verb("approve", second)
    answer = store.verb("approve", first, second, "77", "none", "-1")
    assert [rule.id for rule in answer.changed] == [first]
    assert [(refused.id, refused.code) for refused in answer.refused] == [
        (second, "nothing-pending"),
        ("77", "unknown-rule"),
        ("none", "unknown-rule"),
        ("-1", "unknown-rule"),
    ]
    for refused in answer.refused:
        assert refused.detail == verb_refusal_sentence(VerbRefusalCode(refused.code), refused.parameters)
    assert store.slots(first) == (None, OLD, None)


def test_a_notice_names_its_rule_and_can_be_said_in_any_language(store: AdministeredStore) -> None:
    for version in ("1.0", "2.0", "3.0"):
        rule = store.import_version(version)
        store.verb("approve", rule)
    store.import_version("1.0")
    (notice,) = store.verb("rollback", rule, version="1.0").notices
    assert (notice.rule_id, notice.code) == (rule, "slot-cleared")
    assert "CX700" in notice.rule
    assert notice.text == notice_sentence(NoticeCode(notice.code), notice.parameters)


def test_a_rule_named_twice_is_decided_once(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    answer = store.verb("approve", rule, rule)
    assert (len(answer.changed), answer.refused) == (1, [])


def test_a_stale_change_number_is_refused(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    seen = store.rule(rule).change_number
    store.import_version(NEW)
    stale = RuleVerbRequest(rules=[RuleReference(id=rule, change_number=seen)])
    assert [refused.code for refused in store.verb_request("approve", stale).refused] == ["changed-meanwhile"]
    assert store.slots(rule) == (NEW, None, None)


def test_of_two_who_approve_at_once_exactly_one_wins(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    seen = store.rule(rule).change_number
    request = RuleVerbRequest(rules=[RuleReference(id=rule, change_number=seen)])
    ready = threading.Barrier(2)
    codes: list[list[str]] = []

    def approve() -> None:
        ready.wait()
        outcome = store.stores.write(partial(approve_rules, request, actor=store.actor, now=store.now))
        codes.append([refused.code for refused in outcome.answer.refused])

    threads = [threading.Thread(target=approve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [[], ["changed-meanwhile"]]
    assert store.rule(rule).change_number == seen + 1


def test_a_change_bumps_the_generation_and_names_the_rules(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    before = store.stores.read(catalog_generation)
    store.verb("approve", rule)
    assert store.outcome is not None
    assert store.outcome.changes == (Change("rules-changed", [rule]),)
    assert store.outcome.catalog_changed
    assert store.stores.read(catalog_generation) == before + 1


def test_a_refused_verb_changes_nothing(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    before = store.catalog().generation
    store.verb("rollback", rule)
    assert store.outcome is not None
    assert (store.outcome.changes, store.outcome.catalog_changed) == ((), False)
    assert store.catalog().generation == before


def test_a_filter_means_every_rule_that_matches(store: AdministeredStore) -> None:
    polycoms = [store.import_version(OLD, model=model) for model in ("CX700", "CX600")]
    other = store.import_version(OLD, brand="Aastra", model="6725ip")
    request = RuleVerbRequest(filter=RuleFilter(state="pending", brand="POLYCOM"), expected_count=2)
    assert [rule.id for rule in store.verb_request("approve", request).changed] == polycoms
    assert store.slots(other) == (OLD, None, None)


def test_a_filter_that_matches_more_than_expected_is_refused_and_fewer_is_not(store: AdministeredStore) -> None:
    for model in ("CX700", "CX600"):
        store.import_version(OLD, model=model)
    with pytest.raises(CountChanged) as refused:
        store.verb_request("approve", RuleVerbRequest(filter=RuleFilter(), expected_count=1))
    assert refused.value.parameters == {"count": 2, "expected_count": 1}
    assert len(store.verb_request("approve", RuleVerbRequest(filter=RuleFilter(), expected_count=3)).changed) == 2


def test_only_a_roll_back_takes_a_version(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    with pytest.raises(VersionNotExpected):
        store.verb("approve", rule, version=OLD)
    with pytest.raises(InvalidVersion):
        store.verb("rollback", rule, version="four")
    assert store.slots(rule) == (OLD, None, None)


def test_lists_filter_by_slot_and_hide_removed_rules(store: AdministeredStore) -> None:
    pending = store.import_version(OLD, model="A1")
    both = store.import_version(OLD, model="B1")
    store.verb("approve", both)
    store.import_version(NEW, model="B1")
    deployed = store.import_version(OLD, model="C1")
    store.verb("approve", deployed)
    empty = store.import_version(OLD, model="D1")
    store.verb("reject", empty)
    removed = store.import_version(OLD, model="E1")
    store.verb("remove", removed)

    def ids(**fields: str) -> list[str]:
        return [rule.id for rule in store.stores.read(partial(list_rules, RuleQuery.model_validate(fields))).items]

    assert ids(state="pending") == [pending, both]
    assert ids(state="deployed") == [both, deployed]
    assert ids(state="all") == ids() == [pending, both, deployed, empty]
    assert ids(state="removed") == [removed]
    assert ids(version="4.0.07577.4387") == [both]
    assert ids(search="polycom b1") == [both]
    assert ids(search="7577.4387") == [both]
    assert ids(search="%") == []
    assert ids(model="c1", device_type="ucphone") == [deployed]


def test_pages_of_rules_join_to_the_whole_list_in_either_order(store: AdministeredStore) -> None:
    models = ["b2", "A1", "a3", "C4", "B1"]
    for model in models:
        store.import_version(OLD, model=model)

    def paged(sort: str) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            page = store.stores.read(partial(list_rules, RuleQuery(limit=2, sort=sort, after=after)))
            assert (page.total, len(page.items) <= 2) == (5, True)
            found += [rule.model for rule in page.items]
            after = page.next
            if after is None:
                return found

    assert paged("model") == sorted(models, key=str.lower)
    assert paged("-model") == sorted(models, key=str.lower, reverse=True)
    assert paged("brand") == models
    assert paged("-id") == models[::-1]


def test_a_list_refuses_what_it_cannot_do_by_name(store: AdministeredStore) -> None:
    for model in ("A", "B", "C"):
        store.import_version(OLD, model=model)
    cursor = store.stores.read(partial(list_rules, RuleQuery(limit=1, sort="model"))).next

    def refuses(error: type[Exception], **fields: object) -> None:
        with pytest.raises(error):
            store.stores.read(partial(list_rules, RuleQuery.model_validate(fields)))

    refuses(SortNotAvailable, sort="devices_matching")
    refuses(InvalidCursor, sort="brand", after=cursor)
    refuses(InvalidCursor, sort="model", brand="Polycom", after=cursor)
    refuses(InvalidCursor, after="nonsense")
    refuses(ListRefused, limit=0)
    refuses(ListRefused, limit=1001)
    refuses(InvalidVersion, version="x")


def test_history_is_newest_first_and_tells_what_is_still_stored(store: AdministeredStore) -> None:
    rule = store.import_version(OLD)
    store.verb("approve", rule, comment="go")
    page = store.stores.read(partial(rule_history, rule, PageQuery(limit=1)))
    assert [(entry.verb, entry.version, entry.comment, entry.stored) for entry in page.items] == [
        ("approve", OLD, "go", True)
    ]
    rest = store.stores.read(partial(rule_history, rule, PageQuery(limit=1, after=page.next)))
    assert ([entry.verb for entry in rest.items], rest.next, rest.total) == (["import"], None, 2)


@pytest.mark.parametrize("rule_id", ["1", "x", "", "00", "9" * 30])
def test_an_unknown_rule_is_told_so(store: AdministeredStore, rule_id: str) -> None:
    with pytest.raises(UnknownRecord):
        store.stores.read(partial(show_rule, rule_id))
