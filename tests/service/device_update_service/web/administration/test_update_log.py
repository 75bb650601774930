"""The update log over the administration API: pages of checks, and the twelve columns (contract sections 5 and 8)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.administration import Administration, running_administration

from device_update_contract.administration.roles import Role
from device_update_service.domain.stored_times import to_milliseconds
from device_update_service.storage.checks.update_log import DAY


@pytest.fixture
async def administration(tmp_path: Path) -> AsyncIterator[Administration]:
    async with running_administration(tmp_path) as running:
        yield running


def add_checks(administration: Administration, count: int, *, user: str = "kenmyer") -> None:
    """One a minute up to now, of device 1."""
    service = administration.service
    for number in range(1, count + 1):
        at = to_milliseconds(service.clock() - timedelta(minutes=count - number))
        line = [
            number, at, 1, "10.1.2.3", "UCPhone", "00-04-F2-00-01-76", None, "Polycom", "CX700", "A", "ENU", "", "",
            f"{user}{number}", "up-to-date", None,
        ]  # fmt: skip
        service.update_log.append(at // DAY, json.dumps([line]))
    service.update_log.close()


async def test_help_desk_pages_through_the_checks_newest_first(administration: Administration) -> None:
    add_checks(administration, 5)
    users: list[str] = []
    query = "limit=2&search=kenmyer"
    while query:
        page = (await administration.call("GET", f"/update-log?{query}", Role.HELP_DESK)).json
        users += [item["user"] for item in page["items"]]
        query = f"limit=2&search=kenmyer&after={page['next']}" if page["next"] else ""
    assert users == ["kenmyer5", "kenmyer4", "kenmyer3", "kenmyer2", "kenmyer1"]


async def test_a_check_is_shown_with_its_reason(administration: Administration) -> None:
    add_checks(administration, 1)
    [item] = (await administration.call("GET", "/update-log?device=1&reason=up-to-date")).json["items"]
    assert (item["at"], item["device_id"], item["reason"]) == ("2026-05-03T14:00:00.000Z", "1", "up-to-date")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("search=ab", 422, "search-too-short"),
        ("sort=at", 400, "sort-not-available"),
        ("sort=mac", 400, "sort-not-available"),
        ("after=x", 400, "invalid-cursor"),
        ("limit=0", 400, "invalid-parameter"),
        ("colour=red", 400, "unknown-parameter"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(
    administration: Administration, query: str, status: int, code: str
) -> None:
    reply = await administration.call("GET", f"/update-log?{query}")
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
