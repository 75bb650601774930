"""Search, list pages and totals of devices equal a plain model, and pages are found by key (contract 1 and 5)."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fleets import fill_devices

from device_update_contract.administration.devices import DeviceFilter, DeviceQuery
from device_update_contract.refusals import Refusal
from device_update_contract.versions import Version
from device_update_service.domain.addresses import address_key
from device_update_service.storage.database import migrate, open_database
from device_update_service.storage.devices import device_listing, device_queries, device_search
from device_update_service.storage.devices.device_conditions import Conditions, conditions_of
from device_update_service.storage.devices.device_listing import BY_ID, SORT_COLUMNS, plan_listing
from device_update_service.storage.devices.device_queries import find_devices, matching_ids
from device_update_service.storage.devices.device_records import load_devices
from device_update_service.storage.tables import DATABASE

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
DEVICES = 400


@dataclass(frozen=True)
class Row:
    """What the model knows of one device."""

    id: int
    values: dict[str, Any]


_CHARACTERS = '0123456789aAfF-:. "*@%_OR\x02\x03zé'

_ODD = (
    # id, column, value: spellings and blanks that a smooth fleet lacks
    (3, "user", 'quoted"name OR *'),
    (4, "user", "USER77@Contoso.com"),
    (5, "user", "ab"),
    (6, "user", "a"),
    (7, "user", "00-04-F2"),
    (8, "serial", None),
    (9, "mac", None),
    (11, "mac", "00-04-F2-AB-CD-EF-01-02"),
    (12, "address", "2001:db8::4f2"),
    (13, "label", "Reception"),
    (14, "label", "reception"),
    (15, "location", "Oslo"),
    (16, "asset_tag", "A-1"),
    (17, "installed_version", None),
    (18, "installed_version", "4.0.7577.04387"),
    (19, "user", "%_x"),
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Row]]:
    path = tmp_path_factory.mktemp("fleet") / "fleet.sqlite"
    database = open_database(path)
    migrate(database)
    database.close()
    fill_devices(path, DEVICES, NOW_MS)
    with closing(sqlite3.connect(path)) as connection:
        for device_id, column, value in _ODD:
            connection.execute(f"UPDATE device SET {column} = ? WHERE id = ?", (value, device_id))
        connection.create_function("upper_", 1, lambda text: None if text is None else text.upper())
        connection.create_function("akey", 1, lambda text: None if text is None else address_key(text))
        connection.create_function("vkey", 1, lambda text: None if text is None else Version.parse(text).key)
        connection.execute(
            "UPDATE device SET serial_key = upper_(serial), address_key = akey(address),"
            " installed_key = vkey(installed_version)"
        )
        connection.execute(
            "INSERT INTO test_device (name, name_key, identifier_type, identifier, identifier_key)"
            " SELECT 'm', 'm', 'mac', mac, mac FROM device WHERE id = 21"
            " UNION ALL SELECT 's', 's', 'serial', serial, serial_key FROM device WHERE id = 22"
        )
        connection.execute("DELETE FROM device WHERE id % 50 = 30")
        connection.commit()
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            "SELECT d.*, a.last_check_at FROM device d JOIN device_activity a ON a.device_id = d.id ORDER BY d.id"
        ).fetchall()
    database.connect()
    with database.atomic("DEFERRED"):
        yield [Row(row["id"], dict(row)) for row in rows]
    database.close()


def _terms(row: Row) -> list[str]:
    mac, *others = (str(row.values[name] or "").lower() for name in ("mac", "serial", "user", "address"))
    return [mac.replace("-", ""), *others]


def _rank(row: Row, text: str) -> int | None:
    """How well a device matches: the contract's words, plainly."""
    text = text.strip().lower()
    mac, *others = _terms(row)
    stripped = re.sub("[-:.]", "", text)
    best: int | None = None
    for held, part in [(mac, stripped if re.fullmatch("[0-9a-f]+", stripped) else ""), *((o, text) for o in others)]:
        if not part or part not in held:
            continue
        if held == part:
            rank = 0
        elif held.endswith(part):
            rank = 1
        elif len(part) > 2 or held.startswith(part):
            rank = 2
        else:
            continue
        best = rank if best is None else min(best, rank)
    return best


def _all_pages(query: DeviceQuery, limit: int) -> list[int]:
    ids: list[int] = []
    after: str | None = None
    while True:
        found = find_devices(query.model_copy(update={"limit": limit, "after": after}))
        assert len(found.ids) <= limit
        ids += found.ids
        if found.next is None:
            return ids
        assert len(found.ids) == limit
        after = found.next
        assert len(ids) <= DEVICES


def _model_search(fleet: list[Row], text: str) -> list[int]:
    ranked = [(rank, row.id) for row in fleet if (rank := _rank(row, text)) is not None]
    return [id_ for _, id_ in sorted(ranked)]


@pytest.fixture(params=[device_search.COUNTED, 5], ids=["few-found", "many-found"])
def counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Both ways of putting a search in order: at once, and rank by rank."""
    monkeypatch.setattr(device_search, "COUNTED", request.param)
    return int(request.param)


def test_every_part_of_every_term_finds_what_the_model_finds(fleet: list[Row], counted: int) -> None:
    texts = set()
    for row in fleet[:12]:
        for term in (row.values[name] for name in ("mac", "serial", "user", "address")):
            if term is not None:
                texts |= {term[i:j] for i in range(len(term)) for j in range(i + 1, min(len(term), i + 5) + 1)} | {term}
    assert len(texts) > 500
    wrong = [
        text
        for text in texts
        if text.strip() and _all_pages(DeviceQuery(search=text), 1000) != _model_search(fleet, text)
    ]
    assert not wrong


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(st.sampled_from('0123456789aAfF-:. "*@%_OR\x02\x03zé'), min_size=1, max_size=8),
    limit=st.integers(1, 40),
)
def test_any_search_text_is_a_literal_and_pages_hold_each_device_once(fleet: list[Row], text: str, limit: int) -> None:
    if not text.strip():
        return
    assert _all_pages(DeviceQuery(search=text), limit) == _model_search(fleet, text)


@pytest.mark.parametrize(
    "text", ['" OR *', "NEAR(a b)", "mac:00", "^a", "-a", "a AND b", "\0", "\ud800", "x" * 5000, "(", "*", "{mac}: a"]
)
def test_a_hostile_search_finds_what_it_says_or_nothing(fleet: list[Row], text: str) -> None:
    if text == "\ud800":
        with pytest.raises(Refusal):
            find_devices(DeviceQuery.model_construct(search=text))
        return
    # Unchecked, as no request could bring it: what the API's model refuses must do no harm below it either.
    assert find_devices(DeviceQuery.model_construct(search=text)).ids == _model_search(fleet, text)


@pytest.mark.parametrize("text", ["4F2", "04-F2", "0004.f2", "00:04:f2", "0004F2"])
def test_separators_do_not_count_for_macs(fleet: list[Row], text: str) -> None:
    polycom = {row.id for row in fleet if (row.values["mac"] or "").startswith("00-04-F2")}
    assert polycom <= set(_all_pages(DeviceQuery(search=text), 100))


def test_paging_a_search_goes_through_exact_suffix_and_rest(fleet: list[Row], counted: int) -> None:
    for text in ("a", "ab", "77", "4f2", "com", "@contoso.com", "10.0", "f2-0", "0.1"):
        expected = _model_search(fleet, text)
        assert expected
        for limit in (7, 50):
            assert _all_pages(DeviceQuery(search=text), limit) == expected


_SORT_KEYS = {
    "last_check_at": lambda v: v["last_check_at"],
    "mac": lambda v: v["mac"],
    "serial": lambda v: v["serial_key"],
    "model": lambda v: v["model"].lower(),
    "installed_version": lambda v: v["installed_key"],
    "user": lambda v: None if v["user"] is None else v["user"].lower(),
    "address": lambda v: v["address_key"],
    "status": lambda v: v["status"],
}


def _in_order(rows: list[Row], sort: str | None) -> list[int]:
    if sort is None:
        return [row.id for row in rows]
    key = _SORT_KEYS[sort.removeprefix("-")]
    ordered = sorted(rows, key=lambda row: (0, 0, row.id) if key(row.values) is None else (1, key(row.values), row.id))
    return [row.id for row in (ordered[::-1] if sort.startswith("-") else ordered)]


_SORTS = [None, *(sign + name for name in _SORT_KEYS for sign in ("", "-"))]


@pytest.fixture(params=["as-it-is", "walks"])
def thresholds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways of finding rows, though the fleet is small."""
    if request.param == "walks":
        monkeypatch.setattr(device_listing, "FEW", 3)
        monkeypatch.setattr(device_listing, "NOT_MANY", 40)


def _holds(row: Row, wanted: dict[str, Any]) -> bool:
    v = row.values
    tests = {
        "status": lambda x: v["status"] == x,
        "reason": lambda x: v["decision_code"] == x,
        "version": lambda x: v["installed_key"] == Version.parse(x).key,
        "model": lambda x: v["model"].lower() == x.lower(),
        "vendor": lambda x: v["vendor"].lower() == x.lower(),
        "user": lambda x: (v["user"] or "").lower() == x.lower(),
        "install_code": lambda x: v["install_code"] == x,
        "label": lambda x: (v["label"] or "").lower() == x.lower(),
        "address": lambda x: (v["address"] or "").startswith(x.split("/")[0].removesuffix("0")) and "." in v["address"],
        "seen_before": lambda x: v["last_check_at"] < int(x.timestamp() * 1000),
        "seen_after": lambda x: v["last_check_at"] >= int(x.timestamp() * 1000),
        "test_device": lambda x: (v["id"] in {21, 22}) is x,
        "search": lambda x: _rank(row, x) is not None,
    }
    return all(tests[name](value) for name, value in wanted.items())


_FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "up-to-date"},
    {"status": "offered", "reason": "approved-update"},
    {"version": "4.0.7577.04387"},
    {"version": "4.0.7577.4387", "status": "up-to-date", "model": "cx700"},
    {"model": "CX600"},
    {"vendor": "polycom"},
    {"vendor": "POLYCOM", "model": "cx700"},
    {"vendor": "nobody"},
    {"user": "user77@contoso.com"},
    {"install_code": "0x80070003"},
    {"label": "RECEPTION"},
    {"address": "10.0.1.0/24"},
    {"address": "10.0.1.0/24", "status": "offered"},
    {"seen_before": NOW - timedelta(hours=12)},
    {"seen_after": NOW - timedelta(hours=12), "model": "CX700"},
    {"seen_after": NOW - timedelta(hours=12), "seen_before": NOW - timedelta(hours=2)},
    {"test_device": True},
    {"test_device": False, "status": "silent"},
    {"search": "4f2", "status": "offered"},
    {"search": "com", "seen_after": NOW - timedelta(hours=12)},
    {"search": "user1", "label": "reception"},
]


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("wanted", _FILTERS, ids=lambda wanted: "+".join(wanted) or "all")
def test_paging_through_any_sort_and_filter_visits_each_row_once_in_order(
    fleet: list[Row], wanted: dict[str, Any]
) -> None:
    rows = [row for row in fleet if _holds(row, wanted)]
    for sort in _SORTS:
        if sort is None and (set(wanted) & {"search", "address", "seen_before", "seen_after"}):
            continue  # these have orders of their own
        query = DeviceQuery(sort=sort, **wanted)
        expected = _in_order(rows, sort)
        for limit in (13, 400):
            assert _all_pages(query, limit) == expected, sort
        first = find_devices(query)
        assert first.total == len(rows)
        assert first.total_at_least == len(rows)
    assert sorted(matching_ids(DeviceFilter(**wanted), 1000)) == [row.id for row in rows]


@pytest.mark.parametrize("sort", _SORTS)
@pytest.mark.parametrize("wanted", [{}, {"status": "up-to-date"}, {"address": "10.0.1.0/24"}], ids=str)
def test_a_page_at_a_fraction_is_a_stretch_of_the_list_near_it(
    fleet: list[Row], wanted: dict[str, Any], sort: str | None
) -> None:
    rows = [row for row in fleet if _holds(row, wanted)]
    expected = _in_order(rows, sort if sort or "address" not in wanted else "address")
    for fraction in (0.0, 0.1, 0.5, 0.77, 1.0):
        found = find_devices(DeviceQuery(sort=sort, at=fraction, limit=20, **wanted))
        place = expected.index(found.ids[0])
        assert found.ids == expected[place : place + 20]
        assert len(found.ids) == min(20, len(expected))
        nearest = min(math.floor(fraction * len(expected)), len(expected) - 20)
        assert abs(place - nearest) <= len(expected) * 0.12
        if found.next is not None:
            following = find_devices(DeviceQuery(sort=sort, after=found.next, limit=20, **wanted))
            assert following.ids == expected[place + 20 : place + 40]


def test_totals_are_true_bounds_and_exact_up_to_what_is_counted(
    fleet: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_queries, "COUNTED", 50)
    monkeypatch.setattr(device_search, "COUNTED", 50)
    for wanted in ({"reason": "up-to-date"}, {"search": "com"}):
        found = find_devices(DeviceQuery(limit=5, **wanted))
        assert (found.total, found.total_at_least) == (None, 51)
        assert sum(_holds(row, wanted) for row in fleet) > 51
    counted_by_triggers = find_devices(DeviceQuery(limit=5, status="up-to-date"))
    assert counted_by_triggers.total == sum(_holds(row, {"status": "up-to-date"}) for row in fleet)


def test_a_cursor_of_another_sort_or_filter_is_refused(fleet: list[Row]) -> None:
    cursor = find_devices(DeviceQuery(sort="mac", limit=5)).next
    assert cursor is not None
    for query in (
        DeviceQuery(sort="-mac", after=cursor),
        DeviceQuery(sort="mac", status="offered", after=cursor),
        DeviceQuery(search="4f2", after=cursor),
        DeviceQuery(after=cursor[:-2]),
    ):
        with pytest.raises(Refusal) as refused:
            find_devices(query)
        assert refused.value.code == "invalid-cursor"


def test_a_search_that_finds_too_many_is_not_sorted(fleet: list[Row], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_queries, "SORTED_SEARCH", 10)
    with pytest.raises(Refusal) as refused:
        find_devices(DeviceQuery(search="com", sort="user"))
    assert refused.value.code == "sort-not-available"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"address": "10.0.0"}, "invalid-address"),
        ({"version": "a"}, "invalid-version"),
        ({"sort": "note"}, "sort-not-available"),
        ({"limit": 0}, "invalid-parameter"),
        ({"at": 0.5, "search": "4f2"}, "invalid-parameter"),
    ],
)
def test_an_unreadable_parameter_is_refused(fleet: list[Row], wanted: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        find_devices(DeviceQuery(**wanted))
    assert refused.value.code == code


@pytest.mark.parametrize("name", [None, *SORT_COLUMNS])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("wanted", [{}, {"status": "up-to-date"}], ids=str)
def test_no_list_page_sorts_or_reads_the_whole_table(
    fleet: list[Row], monkeypatch: pytest.MonkeyPatch, name: str | None, descending: bool, wanted: dict[str, Any]
) -> None:
    monkeypatch.setattr(device_listing, "FEW", 0)
    monkeypatch.setattr(device_listing, "NOT_MANY", 0)
    column = BY_ID if name is None else SORT_COLUMNS[name]
    listing = plan_listing(column, conditions_of(DeviceFilter(**wanted)), descending=descending)
    positions = [None, *listing.page(1, None), *listing.last_page(1)]
    for position in positions:
        for statement, parameters in listing.statements(100, position):
            plan = [row[3] for row in DATABASE.execute_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()]
            assert not any("TEMP B-TREE" in step for step in plan), (statement, plan)
            if position is not None and not wanted:
                assert not any(step.startswith("SCAN") for step in plan), (statement, plan)


def test_devices_are_loaded_in_the_order_asked_for_with_their_test_device_mark(fleet: list[Row]) -> None:
    devices = load_devices([22, 5, 30, 21])
    assert [device.record.id for device in devices] == [22, 5, 21]
    assert [device.test_device for device in devices] == [True, False, True]
    assert devices[1].record.user == "ab"
    assert devices[1].last_check_at == fleet[4].values["last_check_at"]


def test_a_filter_without_conditions_is_the_whole_list() -> None:
    assert conditions_of(DeviceFilter()) == Conditions(())
