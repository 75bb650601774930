"""Verbs on rules over HTTP: what is answered when some or all are refused (contract sections 2.1 and 5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import Administration, running_administration
from tests.support.cabinets import cabinet

from device_update_contract.administration.roles import Role

MANIFEST = (
    b'<Updates><Updates><Update version="4.0" brand="Polycom" model="CX700"><File name="CPE.nbt"/></Update>'
    b"</Updates></Updates>"
)
PACKAGE = cabinet([("updateInfo.xml", MANIFEST), ("CPE.nbt", b"image")])


@pytest.fixture
async def administration(tmp_path: Path) -> AsyncIterator[Administration]:
    async with running_administration(tmp_path) as running:
        imported = await running.call("POST", "/packages", data=PACKAGE)
        assert imported.status == 201, imported.json
        yield running


async def test_of_two_who_approve_at_once_exactly_one_wins(administration: Administration) -> None:
    await administration.token(Role.OPERATOR)
    body = {"rules": [{"id": "1", "change_number": 1}]}
    replies = await asyncio.gather(
        *(administration.call("POST", "/rules/approve", Role.OPERATOR, json=body) for _ in range(2))
    )
    won, lost = sorted(replies, key=lambda reply: reply.status)
    assert (won.status, lost.status, lost.content_type) == (200, 409, "application/problem+json")
    assert lost.json["code"] in {"changed-meanwhile", "nothing-pending"}
    assert lost.json["changed"] == []
    assert [refused["id"] for refused in lost.json["refused"]] == ["1"]


async def test_when_anything_changed_the_refused_are_named_beside_it(administration: Administration) -> None:
    reply = await administration.call("POST", "/rules/approve", json={"rules": [{"id": "1"}, {"id": "2"}]})
    assert reply.status == 200
    assert [rule["approved"]["version"] for rule in reply.json["changed"]] == ["4.0"]
    assert [(refused["id"], refused["code"]) for refused in reply.json["refused"]] == [("2", "unknown-rule")]


async def test_refusals_of_several_kinds_are_one_conflict(administration: Administration) -> None:
    reply = await administration.call("POST", "/rules/rollback", json={"rules": [{"id": "1"}, {"id": "2"}]})
    assert (reply.status, reply.json["code"]) == (409, "nothing-changed")
    assert {refused["code"] for refused in reply.json["refused"]} == {"no-earlier-version", "unknown-rule"}


@pytest.mark.parametrize("search", ["\0", "x" * 60_000])
async def test_a_filter_that_would_match_everything_or_fail_in_the_database_is_refused(
    administration: Administration, search: str
) -> None:
    reply = await administration.call("POST", "/rules/approve", json={"filter": {"search": search}})
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "filter.search")
    assert (await administration.call("GET", "/rules/1")).json["state"] == "pending"


async def test_a_preview_changes_nothing(administration: Administration) -> None:
    reply = await administration.call("POST", "/rules/approve", json={"rules": [{"id": "1"}], "preview": True})
    assert (reply.status, len(reply.json["preview"])) == (200, 1)
    assert (await administration.call("GET", "/rules/1")).json["state"] == "pending"


async def test_who_is_told_that_it_changed_finds_the_catalog_changed(administration: Administration) -> None:
    before = administration.service.catalog.generation
    await administration.call("POST", "/rules/approve", json={"rules": [{"id": "1"}]})
    assert administration.service.catalog.generation > before
    assert [rule.approved is not None for rule in administration.service.catalog.rules] == [True]


async def test_a_purged_file_is_gone_when_the_answer_comes(administration: Administration) -> None:
    assert len(administration.service.images.names()) == 1
    await administration.call("POST", "/rules/reject", json={"rules": [{"id": "1"}]})
    administration.clock.move(days=400)
    administration.tokens.clear()
    reply = await administration.call("POST", "/purge", json={"what": "updates"})
    assert (reply.status, reply.json["files"]) == (200, 1)
    assert administration.service.images.names() == []
