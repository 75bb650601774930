"""The audit trail's rows: one chain whoever writes, never changed, found by filters."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.support.stores import Stores

from device_update_contract.administration.audit_trail import AuditEntry, AuditQuery
from device_update_contract.audit import AuditVerb, ChainVerdict, verify_chain
from device_update_contract.refusals import Refusal
from device_update_service.domain.actors import Actor
from device_update_service.domain.audit_entries import AuditedAction
from device_update_service.usecases.audit_trail import carry_out, list_audit_trail, record_actions
from device_update_service.usecases.outcomes import Outcome

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def act(
    stores: Stores,
    account: str = "anna",
    verb: AuditVerb = AuditVerb.PURGE,
    thing: str = "updates",
    *,
    now: datetime = NOON,
    refused: str | None = None,
) -> None:
    action = AuditedAction(Actor(account, "10.0.0.7"), verb, thing, None, {"n": 1}, refused)
    stores.write(partial(record_actions, [action], now=now))


def listed(stores: Stores, **query: Any) -> list[AuditEntry]:
    return stores.read(partial(list_audit_trail, AuditQuery(**query))).items


def verdict(stores: Stores) -> ChainVerdict:
    entries: list[AuditEntry] = []
    after = None
    while True:
        page = stores.read(partial(list_audit_trail, AuditQuery(sort="id", limit=1000, after=after)))
        entries += page.items
        after = page.next
        if after is None:
            return verify_chain(entry.model_dump(mode="json") for entry in entries)


def test_entries_of_one_group_of_writes_are_one_chain(stores: Stores) -> None:
    futures = [
        stores.database.write(
            partial(record_actions, [AuditedAction(Actor(f"a{n}"), AuditVerb.PURGE, "updates")], now=NOON)
        )
        for n in range(300)
    ]
    ids = [str((future.result(30).ids or [""])[0]) for future in futures]
    assert ids == [str(number) for number in range(1, 301)]
    assert verdict(stores).fault is None
    assert verdict(stores).entries == 300


def test_an_action_that_is_refused_leaves_no_entry_and_no_gap(stores: Stores) -> None:
    def refused_after_all() -> Outcome[None]:
        record_actions([AuditedAction(Actor("anna"), AuditVerb.PURGE, "updates")], now=NOON)
        raise Refusal("No.")

    act(stores)
    with pytest.raises(Refusal):
        stores.write(partial(carry_out, refused_after_all, lambda: NOON))
    act(stores)
    assert [entry.id for entry in listed(stores, sort="id")] == ["1", "2"]
    assert verdict(stores).fault is None


_ANOTHER_PROCESS = """
    import sys
    from datetime import UTC, datetime
    from functools import partial
    from pathlib import Path
    from device_update_contract.audit import AuditVerb
    from device_update_service.domain.actors import Actor
    from device_update_service.domain.audit_entries import AuditedAction
    from device_update_service.storage.database import Database
    from device_update_service.usecases.audit_trail import record_actions

    database = Database(Path(sys.argv[1]))
    database.start()
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(100):
        action = AuditedAction(Actor(sys.argv[2]), AuditVerb.PURGE, "updates")
        database.write(partial(record_actions, [action], now=datetime.now(UTC))).result(60)
    database.close()
"""


def test_several_processes_on_one_file_never_fork_the_chain(stores: Stores) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_ANOTHER_PROCESS), str(stores.folder.database)]
    others = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("otto", "helen")
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    for _ in range(100):
        act(stores)
    for other in others:
        other.communicate(timeout=120)
        assert other.returncode == 0
    found = verdict(stores)
    assert (found.fault, found.entries) == (None, 300)
    assert {entry.account for entry in listed(stores, limit=1000)} == {"anna", "otto", "helen"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET account = 'nobody' WHERE id = 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 2",
    ],
)
def test_the_database_itself_refuses_to_change_or_shorten_the_trail(stores: Stores, statement: str) -> None:
    act(stores)
    act(stores)
    with (
        closing(sqlite3.connect(stores.folder.database)) as database,
        pytest.raises(sqlite3.IntegrityError, match="the audit trail is never"),
    ):
        database.execute(statement)
    assert verdict(stores).entries == 2


@pytest.mark.parametrize(
    ("statement", "at_fault"),
    [
        ("DELETE FROM audit_entry WHERE id = 1", 1),
        ("DELETE FROM audit_entry WHERE id = 3", 3),
        ("UPDATE audit_entry SET account = 'nobody' WHERE id = 3", 3),
        ("UPDATE audit_entry SET address = NULL WHERE id = 3", 3),
        ("UPDATE audit_entry SET after = '{\"n\":2}' WHERE id = 2", 2),
        ("UPDATE audit_entry SET after = 'no JSON' WHERE id = 2", 2),
        ("UPDATE audit_entry SET at = at + 1 WHERE id = 2", 2),
        ("UPDATE audit_entry SET at = 9223372036854775807 WHERE id = 2", 2),
        ("UPDATE audit_entry SET outcome = 'refused', code = 'x' WHERE id = 4", 4),
        ("UPDATE audit_entry SET hash = zeroblob(32) WHERE id = 2", 2),
        ("UPDATE audit_entry SET hash = 'no hash' WHERE id = 2", 2),
        ("UPDATE audit_entry SET account = x'ff00' WHERE id = 2", 2),
        ("UPDATE audit_entry SET account = CAST(x'ff00' AS TEXT) WHERE id = 2", 2),
        ("UPDATE audit_entry SET at = 'noon' WHERE id = 2", 2),
        ("UPDATE audit_entry SET at = CAST(x'ff00' AS TEXT) WHERE id = 2", 2),
        ('UPDATE audit_entry SET after = \'{"n":2,"n":1}\' WHERE id = 2', 2),
        ("UPDATE audit_entry SET after = ' {\"n\":1}' WHERE id = 2", 2),
        (f"UPDATE audit_entry SET after = '{'[' * 300}{']' * 300}' WHERE id = 2", 2),
        (f"UPDATE audit_entry SET after = '{'[' * 100_000}' WHERE id = 2", 2),
        ("INSERT INTO audit_entry VALUES (0, 0, '', NULL, '', '', '', '', NULL, '', '', '')", 1),
        ("UPDATE audit_entry SET id = CASE id WHEN 2 THEN -3 ELSE -2 END WHERE id IN (2, 3)", 2),
    ],
)
def test_what_somebody_changes_behind_the_triggers_back_is_found(stores: Stores, statement: str, at_fault: int) -> None:
    for account in ("anna", "otto", "helen", "anna"):
        act(stores, account)
    with closing(sqlite3.connect(stores.folder.database, isolation_level=None)) as database:
        database.execute("DROP TRIGGER audit_entry_stays")
        database.execute("DROP TRIGGER audit_entry_is_final")
        database.execute(statement)
        database.execute("UPDATE audit_entry SET id = -id WHERE id < 0")
    assert str(verdict(stores).fault).startswith(f"Entry {at_fault} ")


@pytest.mark.parametrize(
    ("statement", "at_fault"),
    [
        ("UPDATE audit_entry SET hash = 'no hash' WHERE id = 2", 2),
        ("UPDATE audit_entry SET id = 9223372036854775807 WHERE id = 2", 3),
    ],
)
def test_a_last_entry_that_was_spoiled_behind_the_triggers_back_is_found_and_stops_no_later_action(
    stores: Stores, statement: str, at_fault: int
) -> None:
    act(stores)
    act(stores)
    with closing(sqlite3.connect(stores.folder.database, isolation_level=None)) as database:
        database.execute("DROP TRIGGER audit_entry_is_final")
        database.execute(statement)
    act(stores)
    assert str(verdict(stores).fault).startswith(f"Entry {at_fault} ")
    assert len(listed(stores)) == 3


def test_filters_find_what_they_name(stores: Stores) -> None:
    act(stores, "Anna", AuditVerb.RULE_APPROVE, "rule 7", now=NOON)
    act(stores, "otto", AuditVerb.RULE_APPROVE, "rule 7", now=NOON + timedelta(hours=1), refused="not-permitted")
    act(stores, "anna", AuditVerb.PURGE, "updates", now=NOON + timedelta(hours=2))

    def ids(**query: Any) -> list[str]:
        return [entry.id for entry in listed(stores, **query)]

    assert ids() == ["3", "2", "1"]
    assert ids(sort="id") == ["1", "2", "3"]
    assert ids(account="ANNA") == ["3", "1"]
    assert ids(verb="rule.approve") == ["2", "1"]
    assert ids(object="Rule 7", account="otto") == ["2"]
    assert ids(outcome="refused") == ["2"]
    assert ids(since=NOON + timedelta(hours=1)) == ["3", "2"]
    assert ids(until=NOON + timedelta(hours=1)) == ["1"]


def test_pages_go_on_where_the_last_one_ended_also_when_the_trail_grows(stores: Stores) -> None:
    for _ in range(5):
        act(stores)
    for sort, expected in (("id", "123456"), ("-id", "654321")):
        seen: list[str] = []
        after = None
        while True:
            page = stores.read(partial(list_audit_trail, AuditQuery(sort=sort, limit=2, after=after)))
            seen += [entry.id for entry in page.items]
            after = page.next
            if after is None:
                break
            if sort == "id" and len(seen) == 2:
                act(stores)
        assert "".join(seen) == expected


def test_the_total_of_all_is_exact_and_of_many_that_a_filter_means_a_lower_bound(stores: Stores) -> None:
    actions = [AuditedAction(Actor("anna"), AuditVerb.PURGE, "updates") for _ in range(1_001)]
    stores.write(partial(record_actions, actions, now=NOON))
    act(stores, "otto")
    everything = stores.read(partial(list_audit_trail, AuditQuery()))
    annas = stores.read(partial(list_audit_trail, AuditQuery(account="anna")))
    ottos = stores.read(partial(list_audit_trail, AuditQuery(account="otto")))
    assert (everything.total, everything.total_at_least) == (1_002, 1_002)
    assert (annas.total, annas.total_at_least) == (None, 1_000)
    assert (ottos.total, ottos.total_at_least) == (1, 1)
