"""A device's history: events and folded checks in one order, each met once however one pages (contract 5)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fleets import fill_devices

from device_update_contract.administration.devices import DeviceHistoryEntry, DeviceHistoryQuery
from device_update_contract.history import EventKind
from device_update_contract.refusals import Refusal
from device_update_service.domain.sightings import HistoryEvent
from device_update_service.storage.checks.update_log import CheckFold
from device_update_service.storage.database import migrate, open_database
from device_update_service.storage.devices.device_writes import add_events
from device_update_service.storage.tables import DATABASE
from device_update_service.usecases.device_history import device_history

DAY = 86_400_000
BEGIN = 20_000 * DAY
Check = tuple[int, str]


class PlainLog:
    """An update log in memory: folds one day's checks while the reason stays."""

    def __init__(self, checks: list[Check]) -> None:
        self._checks = sorted(checks, reverse=True)

    def device_checks(self, device_id: int, before_ms: int, limit: int) -> list[CheckFold]:
        assert device_id == 1
        folds: list[CheckFold] = []
        for at, reason in self._checks:
            if at >= before_ms:
                continue
            last = folds[-1] if folds else None
            if last is not None and last.reason == reason and last.first_at // DAY == at // DAY:
                folds[-1] = CheckFold(at, last.last_at, last.count + 1, reason, "1.0", "10.0.0.1")
            else:
                folds.append(CheckFold(at, at, 1, reason, "1.0", "10.0.0.1"))
        return folds[:limit]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "main.sqlite"
    database = open_database(path)
    migrate(database)
    database.close()
    fill_devices(path, 2, BEGIN)
    return path


def _pages(log: PlainLog, limit: int, kind: str | None = None) -> list[DeviceHistoryEntry]:
    entries: list[DeviceHistoryEntry] = []
    after: str | None = None
    while True:
        page = device_history("1", DeviceHistoryQuery(limit=limit, after=after, kind=kind), log)
        entries += page.items
        if page.next is None:
            return entries
        assert len(page.items) == limit
        after = page.next


_TIMES = st.integers(BEGIN, BEGIN + 4 * DAY).map(lambda at: at // 3_600_000 * 3_600_000)


@settings(max_examples=60, deadline=None)
@given(
    checks=st.lists(
        st.tuples(_TIMES, st.sampled_from(["up-to-date", "approved-update"])), unique_by=lambda check: check[0]
    ),
    events=st.lists(_TIMES, max_size=12),
    limit=st.integers(1, 9),
)
def test_paging_meets_each_entry_once_newest_first_and_cuts_no_fold(
    history: Path, checks: list[Check], events: list[int], limit: int
) -> None:
    database = open_database(history)
    with database.connection_context(), database.atomic() as transaction:
        add_events([HistoryEvent(1, at, EventKind.NOTE, "first-seen", {}) for at in events])
        add_events([HistoryEvent(2, BEGIN, EventKind.NOTE, "first-seen", {})])
        log = PlainLog(checks)
        whole = device_history("1", DeviceHistoryQuery(limit=1000), log)
        assert whole.next is None
        assert _pages(log, limit) == whole.items
        transaction.rollback()
    moments = [entry.at for entry in whole.items]
    assert moments == sorted(moments, reverse=True)
    assert len({entry.id for entry in whole.items}) == len(whole.items)
    assert sum(entry.count for entry in whole.items if entry.kind == "check") == len(checks)
    assert sum(entry.kind == "note" for entry in whole.items) == len(events)


def test_entries_are_sentences_with_who_did_it(history: Path) -> None:
    database = open_database(history)
    with database.connection_context(), database.atomic() as transaction:
        parameters = {"version": "4.0", "code": "7", "message": None}
        add_events([HistoryEvent(1, BEGIN + 5, EventKind.INSTALL, "install-failed", parameters)])
        add_events([HistoryEvent(1, BEGIN + 6, EventKind.ADMINISTRATION, "retired", {}, "anna")])
        log = PlainLog([(BEGIN + 1, "up-to-date"), (BEGIN + 2, "up-to-date")])
        items = device_history("1", DeviceHistoryQuery(), log).items
        assert [item.text for item in items] == [
            "The device was marked as retired.",
            "The installation of version 4.0 failed: 7.",
            "Asked 2 times from 10.0.0.1; answered: Version 1.0 is installed; it is the one this device is to have.",
        ]
        assert items[0].account == "anna"
        assert (items[2].at, items[2].until) == tuple(
            datetime.fromtimestamp((BEGIN + passed) / 1000, UTC) for passed in (1, 2)
        )
        assert [entry.kind for entry in _pages(log, 1, "install")] == ["install"]
        assert [entry.count for entry in _pages(log, 1, "check")] == [2]
        transaction.rollback()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (DeviceHistoryQuery(kind="nothing"), "invalid-parameter"),
        (DeviceHistoryQuery(sort="at"), "sort-not-available"),
        (DeviceHistoryQuery(after="AAAA"), "invalid-cursor"),
    ],
)
def test_a_wrong_parameter_is_refused(history: Path, query: DeviceHistoryQuery, code: str) -> None:
    database = open_database(history)
    with database.connection_context(), pytest.raises(Refusal) as refused:
        device_history("1", query, PlainLog([]))
    assert refused.value.code == code
    assert DATABASE.obj is database
