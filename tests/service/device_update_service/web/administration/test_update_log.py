"""The update log over the administration API: pages of checks, and the twelve columns (contract sections 5 and 8)."""

from __future__ import annotations

import csv
import io

import pytest
from tests.support.administration import Administration
from tests.support.logged_checks import add_checks

from device_update_contract.administration.roles import Role


@pytest.mark.parametrize(
    ("sort", "expected"), [("", [5, 4, 3, 2, 1]), ("&sort=-at", [5, 4, 3, 2, 1]), ("&sort=at", [1, 2, 3, 4, 5])]
)
@pytest.mark.parametrize("search", ["", "&search=kenmyer", "&device=1"])
async def test_help_desk_pages_through_the_checks_in_either_order(
    administration: Administration, sort: str, expected: list[int], search: str
) -> None:
    add_checks(administration, 5)
    users: list[str] = []
    query = f"limit=2{sort}{search}"
    while query:
        page = (await administration.call("GET", f"/update-log?{query}", Role.HELP_DESK)).json
        users += [item["user"] for item in page["items"]]
        query = f"limit=2{sort}{search}&after={page['next']}" if page["next"] else ""
    assert users == [f"kenmyer{number}" for number in expected]


async def test_a_cursor_is_bound_to_the_order(administration: Administration) -> None:
    add_checks(administration, 5)
    page = (await administration.call("GET", "/update-log?limit=2&sort=at")).json
    for query in ("", "&sort=-at", "&sort=at&search=kenmyer"):
        reply = await administration.call("GET", f"/update-log?limit=2{query}&after={page['next']}")
        assert (reply.status, reply.json["code"]) == (400, "invalid-cursor")


async def test_a_period_is_told_from_its_beginning(administration: Administration) -> None:
    """From a minute before midnight on, over the end of the day, and not further than asked."""
    add_checks(administration, 3000)  # up to 14:00 of 3 May, from 12:01 of 1 May on
    period = "since=2026-05-02T23:59:00Z&until=2026-05-03T00:02:00Z&sort=at"
    items = (await administration.call("GET", f"/update-log?{period}")).json["items"]
    expected = ["2026-05-02T23:59", "2026-05-03T00:00", "2026-05-03T00:01"]
    assert [item["at"][:16] for item in items] == expected
    reply = await administration.call("GET", f"/update-log?{period}", headers={"Accept": "text/csv"})
    lines = reply.body.decode().splitlines()
    assert [line[:16] for line in lines[1:]] == [text.replace("T", " ") for text in expected]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z"])
@pytest.mark.parametrize("name", ["since", "until"])
async def test_any_time_of_the_calendar_can_be_asked_for(
    administration: Administration, moment: str, name: str
) -> None:
    add_checks(administration, 2)
    reply = await administration.call("GET", f"/update-log?{name}={moment}")
    assert reply.status == 200
    assert len(reply.json["items"]) == (2 if (name == "since") == (moment < "2026") else 0)


async def test_a_check_is_shown_with_its_reason(administration: Administration) -> None:
    add_checks(administration, 1)
    [item] = (await administration.call("GET", "/update-log?device=1&reason=up-to-date")).json["items"]
    assert (item["at"], item["device_id"], item["reason"]) == ("2026-05-03T14:00:00.000Z", "1", "up-to-date")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("search=ab", 422, "search-too-short"),
        ("sort=reason", 400, "sort-not-available"),
        ("sort=mac", 400, "sort-not-available"),
        ("after=x", 400, "invalid-cursor"),
        ("limit=0", 400, "invalid-parameter"),
        ("colour=red", 400, "unknown-parameter"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
async def test_what_cannot_be_asked_is_refused_by_name(
    administration: Administration, query: str, status: int, code: str, accept: str
) -> None:
    reply = await administration.call("GET", f"/update-log?{query}", headers={"Accept": accept})
    assert (reply.status, reply.json["code"]) == (status, code)


async def test_a_device_that_is_none_has_no_checks(administration: Administration) -> None:
    add_checks(administration, 1)
    assert (await administration.call("GET", "/update-log?device=x")).json["items"] == []


async def test_as_csv_all_matching_checks_come_in_the_twelve_columns(administration: Administration) -> None:
    add_checks(administration, 2500, user="=cmd|")
    accept = {"Accept": "text/csv"}
    reply = await administration.call("GET", "/update-log?search=cmd", Role.HELP_DESK, headers=accept)
    assert reply.content_type == "text/csv"
    rows = list(csv.reader(io.StringIO(reply.body.decode(), newline="")))
    assert rows[0][0] == "Logging DateTime"
    assert [row[11] for row in rows[1:]] == [f"'=cmd|{number}" for number in range(2500, 0, -1)]
    few = await administration.call("GET", "/update-log?limit=3", headers=accept)
    assert len(few.body.decode().splitlines()) == 4


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("application/json;q=0.1, text/csv", "text/csv"),
    ],
)
async def test_a_caller_gets_the_form_that_it_would_rather_have(
    administration: Administration, accept: str, expected: str
) -> None:
    reply = await administration.call("GET", "/update-log", headers={"Accept": accept})
    assert reply.content_type == expected
    assert reply.headers["Cache-Control"] == "no-store"


async def test_the_csv_is_in_the_order_asked_for_and_begins_after_a_cursor(administration: Administration) -> None:
    add_checks(administration, 2500)
    accept = {"Accept": "text/csv"}
    reply = await administration.call("GET", "/update-log?sort=at", headers=accept)
    told = [line.rpartition(",")[2] for line in reply.body.decode().splitlines()[1:]]
    assert told == [f"kenmyer{number}" for number in range(1, 2501)]
    page = (await administration.call("GET", "/update-log?sort=at&limit=1000")).json
    rest = await administration.call("GET", f"/update-log?sort=at&after={page['next']}", headers=accept)
    assert [line.rpartition(",")[2] for line in rest.body.decode().splitlines()[1:]] == told[1000:]
