"""Finding checks: with and without the index the same ones, in either order, whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.searched_log import NOON, SearchedLog

from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks import update_log_finding
from device_update_service.storage.checks.update_log_index import Matches, Span, UpdateLogIndex
from device_update_service.storage.checks.update_log_search import LoggedLine, UpdateLogSearch
from device_update_service.storage.checks.update_log_texts import SearchTooShort, terms_of
from device_update_service.storage.checks.wanted_checks import WantedChecks


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SearchedLog]:
    log = SearchedLog(tmp_path)
    yield log
    log.log.close()


FREQUENT = {"indexed": 100, "indexed, and all is frequent": 0, "not indexed yet": 100}


@pytest.fixture(params=FREQUENT)
def small_steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, log: SearchedLog) -> SearchedLog:
    """Steps so small that a few checks need several, and an index or none."""
    monkeypatch.setattr(update_log_finding, "_STEP", 2)
    monkeypatch.setattr(update_log_finding, "_FREQUENT", FREQUENT[request.param])
    if request.param == "not indexed yet":
        monkeypatch.setattr(log, "extend", lambda: None)
    return log


def test_a_search_finds_parts_of_all_that_a_check_tells(small_steps: SearchedLog) -> None:
    log = small_steps
    first = log.add(mac="00-04-F2-00-01-76", user="kenmyer@contoso.com")
    second = log.add(mac="00-04-F2-00-01-77", user="Söhnke_100%", reason="no-rule-for-device-class")
    log.extend()
    for search, expected in (
        ("f20001", [second, first]),
        ("00-01-77", [second]),
        ("0004.f200.0176", [first]),
        ("KENMYER", [first]),
        ("myer f2-00", [first]),
        ("100%", [second]),
        ("_100", [second]),
        ("söhn", [second]),
        ("no-rule", [second]),
        ("10.1.2", [second, first]),
        ("522.101", [second, first]),
        ("nobody", []),
        ("kenmyer 00-01-77", []),
    ):
        assert log.found(search) == expected, search


def test_separators_do_not_count_for_mac_addresses_and_only_for_them(small_steps: SearchedLog) -> None:
    log = small_steps
    of_mac = log.add(mac="00-04-F2-00-01-99")
    of_user = log.add(user="x0004f2000199")
    log.extend()
    assert log.found("00:04:f2:00:01:99") == [of_mac]
    assert log.found("0004f2000199") == [of_user, of_mac]


@pytest.mark.parametrize("search", ["ab", "kenmyer 4f"])
def test_a_term_that_is_too_short_is_named(search: str) -> None:
    with pytest.raises(SearchTooShort, match=r"too short"):
        terms_of(search)


def test_days_are_searched_newest_first_and_only_those_that_are_wanted(small_steps: SearchedLog) -> None:
    log = small_steps
    ids = [log.add(NOON + timedelta(days=day), user=f"user{day}") for day in range(4)]
    log.extend()
    assert log.found("user") == ids[::-1]
    since, until = to_milliseconds(NOON + timedelta(days=1)), to_milliseconds(NOON + timedelta(days=3))
    assert log.found(since=since, until=until) == [ids[2], ids[1]]
    assert log.found("user1", since=since) == [ids[1]]


def test_oldest_first_days_are_searched_from_the_first_wanted_one_on(small_steps: SearchedLog) -> None:
    log = small_steps
    midnight = datetime(2013, 5, 5, tzinfo=UTC)
    millisecond = timedelta(milliseconds=1)
    times = [
        midnight - timedelta(days=1),
        midnight - millisecond,
        midnight,
        midnight + millisecond,
        midnight + timedelta(days=1),
    ]
    ids = [log.add(at, user=f"user{number}") for number, at in enumerate(times)]
    log.extend()
    for search in ("", "user"):
        assert log.found(search, oldest_first=True) == ids
        assert log.found(search, 2, oldest_first=True) == ids[:2]
        assert log.found(search, oldest_first=True, since=to_milliseconds(midnight)) == ids[2:]
        assert log.found(search, oldest_first=True, until=to_milliseconds(midnight)) == ids[:2]
        last_of_day = to_milliseconds(midnight - millisecond)
        assert log.found(search, oldest_first=True, since=last_of_day, until=last_of_day + 2) == ids[1:3]
    assert log.found(device_id=1, oldest_first=True, since=to_milliseconds(midnight)) == ids[2:]


def test_checks_of_one_device_and_one_reason_are_found(small_steps: SearchedLog) -> None:
    log = small_steps
    expected = []
    for number in range(9):
        sequence = log.add(device=number % 2, reason="approved-update" if number % 3 == 0 else "up-to-date")
        if number % 2 and number % 3 == 0:
            expected.append(sequence)
    log.extend()
    assert log.found(device_id=1, reason="approved-update") == expected[::-1]
    assert log.found(device_id=1, reason="approved-update", oldest_first=True) == expected
    assert len(log.found(reason="approved-update")) == 3
    assert len(log.found(device_id=1)) == 4


@given(
    texts=st.lists(st.sampled_from(["alpha", "beta", "gamma"]), min_size=1, max_size=40),
    indexed=st.integers(0, 40),
    search=st.sampled_from(["", "alpha", "bet", "amm", "delta"]),
    page=st.integers(1, 7),
    frequent=st.sampled_from([1, 2, 5_000]),
    work=st.sampled_from([1, 200, 2_000_000]),
    least=st.sampled_from([1, 4]),
    device=st.sampled_from([None, 1]),
    oldest_first=st.booleans(),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_hold_every_match_once_however_much_is_indexed(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    texts: Sequence[str],
    indexed: int,
    search: str,
    page: int,
    frequent: int,
    work: int,
    least: int,
    device: int | None,
    *,
    oldest_first: bool,
) -> None:
    monkeypatch.setattr(update_log_finding, "_STEP", 3)
    monkeypatch.setattr(update_log_finding, "_FREQUENT", frequent)
    monkeypatch.setattr(update_log_finding, "_WORK", work)
    monkeypatch.setattr(update_log_finding, "_LEAST", least)
    log = SearchedLog(tmp_path_factory.mktemp("log"))
    expected = []
    for number, user in enumerate(texts):
        if number == indexed:
            log.extend()
        sequence = log.add(NOON + timedelta(hours=number), user=user)
        if search in user:
            expected.append(sequence)
    wanted = WantedChecks(device_id=device, terms=terms_of(search), oldest_first=oldest_first)
    found = [line.place.sequence for lines in all_lines(log.search, wanted, page) for line in lines]
    log.log.close()
    assert found == (expected if oldest_first else expected[::-1])


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("device", [None, 1])
@pytest.mark.parametrize("indexed", [True, False])
def test_a_search_that_finds_nothing_ends_with_its_work_and_says_where(
    log: SearchedLog, monkeypatch: pytest.MonkeyPatch, device: int | None, *, oldest_first: bool, indexed: bool
) -> None:
    monkeypatch.setattr(update_log_finding, "_WORK", 1)
    monkeypatch.setattr(update_log_finding, "_LEAST", 3)
    monkeypatch.setattr(update_log_finding, "_STEP", 2)
    monkeypatch.setattr(update_log_finding, "_FEW", 0)
    monkeypatch.setattr(update_log_finding, "_FREQUENT", 0)
    ids = [log.add(NOON + timedelta(minutes=minute), user=f"user{minute}") for minute in range(9)]
    if indexed:
        log.extend()
    wanted = WantedChecks(device_id=device, reason="none", terms=terms_of("user"), oldest_first=oldest_first)
    found = log.search.checks(wanted, None, 5)
    assert found.checks == []
    assert found.reached is not None
    looked_at = 3 if device else 2 + 3 + 3  # some before the index is asked, few before all that work is left for
    assert found.reached.sequence == (ids if oldest_first else ids[::-1])[looked_at - 1]


def test_a_search_through_very_many_days_ends_with_its_work(log: SearchedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_log_finding, "_WORK", 100_000)
    first = log.add(user="kenmyer")
    for day in range(1, 6):
        log.add(NOON + timedelta(days=day))
    log.extend()
    wanted = WantedChecks(terms=terms_of("kenmyer"))
    found, asked = log.search.checks(wanted, None, 5), 1
    while not found.checks:
        assert found.reached is not None
        found, asked = log.search.checks(wanted, found.reached, 5), asked + 1
    assert ([int(check.id) for check in found.checks], asked) == ([first], 3)


def test_texts_that_the_index_finds_too_late_are_looked_at_and_given_up_for_a_while(
    log: SearchedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_WORK", "_STEP", "_LEAST", "_MATCHING_STEPS", "_SCAN_STEPS"):
        monkeypatch.setattr(update_log_finding, name, 1)
    monkeypatch.setattr(update_log_finding, "_FEW", 0)
    first = log.add(user="kenmyer")
    for _ in range(9):
        log.add(user="ann")
    log.extend()
    assert log.found("kenmyer") == [], "neither the index nor looking at checks came so far"
    monkeypatch.setattr(update_log_finding, "_SCAN_STEPS", 10_000)
    assert log.found("kenmyer") == [], "it is not tried again soon"
    monkeypatch.setattr(update_log_finding, "_VAIN_SECONDS", 0.0)
    assert log.found("kenmyer") == [first]


def all_lines(search: UpdateLogSearch, wanted: WantedChecks, at_once: int) -> Iterator[list[LoggedLine]]:
    found = search.lines(wanted, None, at_once)
    yield found.lines
    while found.next is not None:
        found = search.lines(wanted, found.next, at_once)
        yield found.lines


def test_what_is_indexed_between_two_steps_is_found_once(
    small_steps: SearchedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = small_steps
    ids = [log.add(user="kenmyer") for _ in range(20)]
    asked = log.index.indexed_to

    def index_while_asked(day: str) -> int | None:
        answer = asked(day)
        log.index.extend(day)
        return answer

    log.extend()
    ids += [log.add(user="kenmyer") for _ in range(20)]
    monkeypatch.setattr(log.index, "indexed_to", index_while_asked)
    assert log.found("kenmyer", oldest_first=True) == ids


@pytest.mark.parametrize("device", [1, None])
@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_place_is_where_the_next_page_begins_also_within_one_millisecond(
    small_steps: SearchedLog, device: int | None, *, oldest_first: bool
) -> None:
    log = small_steps
    ids = [log.add() for _ in range(5)]
    ordered = ids if oldest_first else ids[::-1]
    wanted = WantedChecks(device_id=device, oldest_first=oldest_first)
    first = log.search.lines(wanted, None, 2).lines
    assert [line.place.sequence for line in first] == ordered[:2]
    assert [line.place.sequence for line in log.search.lines(wanted, first[-1].place, 9).lines] == ordered[2:]


@pytest.mark.parametrize("name", ["update-log-20130504.index", "update-log-senders.index"])
def test_a_damaged_index_is_made_anew_and_stops_no_search(log: SearchedLog, tmp_path: Path, name: str) -> None:
    sequence = log.add(user="kenmyer")
    log.extend()
    for beside in ("-wal", "-shm"):
        (tmp_path / (name + beside)).unlink(missing_ok=True)
    (tmp_path / name).write_bytes(b"no database" * 1000)
    assert log.found("kenmyer") == [sequence]
    log.extend()
    log.extend()
    assert log.index.matches(terms_of("kenmyer"), 9, log.log.days()) == Matches((1,), {"20130504": sequence})
    assert log.found("kenmyer") == [sequence]


def test_an_index_and_the_texts_that_no_day_tells_any_more_go_with_their_day(log: SearchedLog, tmp_path: Path) -> None:
    for day in range(3):
        log.add(NOON + timedelta(days=day), user=f"user{day}")
        log.add(NOON + timedelta(days=day), user="everyday")
    log.extend()
    log.log.delete_before(NOON + timedelta(days=2), 1)
    log.index.delete_all_but(log.log.days())
    days = ["update-log-20130505", "update-log-20130506"]
    assert sorted(path.stem for path in tmp_path.glob("*.index")) == [*days, "update-log-senders"]
    texts = {
        search: log.index.matches(terms_of(search), 9, log.log.days()).senders
        for search in ("user0", "user1", "everyday")
    }
    assert {search: len(senders or ()) for search, senders in texts.items()} == {"user0": 0, "user1": 1, "everyday": 1}
    assert len(log.found("everyday")) == 2


def test_with_the_last_day_all_of_the_index_goes_and_none_is_made_where_there_was_none(
    log: SearchedLog, tmp_path: Path
) -> None:
    log.add()
    log.index.delete_all_but(log.log.days())
    assert list(tmp_path.glob("*.index*")) == []
    log.extend()
    log.log.delete_before(NOON + timedelta(days=9), 1)
    log.index.delete_all_but(log.log.days())
    assert list(tmp_path.glob("*.index*")) == []
    again = log.add(user="kenmyer")
    log.extend()
    assert log.found("kenmyer") == [again]


@pytest.mark.timeout(20)
def test_a_damaged_day_is_given_up_and_the_other_days_keep_their_index(log: SearchedLog, tmp_path: Path) -> None:
    log.add(user="kenmyer")
    sequence = log.add(NOON + timedelta(days=1), user="kenmyer")
    log.log.close()
    day = tmp_path / "update-log-20130504.sqlite"
    for beside in ("-wal", "-shm"):
        day.with_name(day.name + beside).unlink(missing_ok=True)
    day.write_bytes(b"no database" * 1000)
    log.extend()
    log.extend()
    matches = log.index.matches(terms_of("kenmyer"), 9, log.log.days())
    assert (matches.senders, dict(matches.indexed)) == ((1,), {"20130505": sequence})


def test_a_day_that_was_not_begun_when_the_service_was_killed_is_no_fault_and_indexed_later(
    log: SearchedLog, tmp_path: Path
) -> None:
    (tmp_path / "update-log-20130504.sqlite").touch()
    assert log.index.extend("20130504") is False
    sequence = log.add(user="kenmyer")
    log.extend()
    assert log.index.indexed_to("20130504") == sequence


def test_a_day_that_is_deleted_while_days_are_indexed_is_no_fault(log: SearchedLog) -> None:
    log.add()
    days = log.log.days()
    log.log.delete_before(NOON + timedelta(days=9), 1)
    assert [log.index.extend(day) for day in days] == [False]


def test_days_whose_texts_a_power_cut_took_are_indexed_again(log: SearchedLog, tmp_path: Path) -> None:
    senders = tmp_path / "update-log-senders.index"
    first = log.add(user="kenmyer")
    log.extend()
    before = senders.read_bytes()
    second = log.add(NOON + timedelta(days=1), user="lost")
    log.extend()
    senders.write_bytes(before)
    log.index = UpdateLogIndex(log.log, tmp_path)
    third = log.add(NOON + timedelta(days=2), user="another")
    log.extend()
    assert log.index.matches(terms_of("another"), 9, log.log.days()).indexed == {
        "20130504": first,
        "20130505": second,
        "20130506": third,
    }
    for search, expected in (("kenmyer", first), ("lost", second), ("another", third)):
        senders_found = log.index.matches(terms_of(search), 9, log.log.days()).senders
        assert senders_found is not None
        day = f"2013050{3 + expected}"
        assert log.index.sequences(day, senders_found, Span(-1, 99), 9) == [expected], search


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=3, max_size=30), data=st.data()
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_finds_every_part_of_a_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 3))
    part = text[start : data.draw(st.integers(start + 3, len(text)))]
    log = SearchedLog(tmp_path_factory.mktemp("log"))
    sequence = log.add(user=text)
    log.extend()
    matches = log.index.matches(terms_of(part), 9, log.log.days())
    log.log.close()
    assert matches == Matches((1,), {"20130504": sequence})


def test_more_matches_than_were_asked_for_are_none_that_are_told(log: SearchedLog) -> None:
    for number in range(4):
        log.add(user=f"user{number}")
    log.extend()
    assert log.index.matches(terms_of("user"), 4, log.log.days()).senders == (1, 2, 3, 4)
    assert log.index.matches(terms_of("user"), 3, log.log.days()).senders is None
