"""The overview's sentences against a real service, and what they say of services that are not well."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.filled_service import NEWEST, filled_service

from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.lists.node_lists import LISTS
from device_update_console.core.overview_and_reports.overview import (
    Overview,
    about_server,
    compliance_text,
    fetch_overview,
    figures,
    percent_text,
)
from device_update_console.core.overview_and_reports.overview_attention import Attention, attention_lines
from device_update_console.core.window.node_links import HelpLink, NodeLink
from device_update_console.core.window.scope_tree import NodeKind
from device_update_contract.administration.base import Page
from device_update_contract.administration.rules import PendingTest, Rule, RuleVersion
from device_update_contract.administration.server import (
    CountBy,
    HealthAnswer,
    HealthCheck,
    RefusedOfKind,
    ServerAnswer,
    ServerCounts,
    ServerDatabase,
    ServerStorage,
    SummaryAnswer,
)

NOW = datetime(2026, 5, 3, 14, 2, tzinfo=UTC)


async def test_every_line_leads_to_as_many_items_as_it_tells(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        await client.sign_in()
        overview = await fetch_overview(client)
        lines = attention_lines(overview)
        for line in lines:
            if isinstance(line.link, NodeLink):
                assert await _total(client, line.link) == _told(line), line
    sentences = [line.sentence for line in lines]
    assert "1 device failed to install an update." in sentences
    assert f"Polycom CX700 A ENU CPE {NEWEST} waits for approval; 0 of 1 test device has installed it." in sentences
    assert "1 request was refused in the last 24 hours (Check for updates)." in sentences
    assert "1 sign-in was refused in the last 24 hours." in sentences


async def test_the_figures_are_what_their_lists_hold(tmp_path: Path) -> None:
    async with filled_service(tmp_path) as filled, filled.client() as client:
        await client.sign_in()
        shown = figures(await fetch_overview(client))
        for figure in shown:
            assert await _total(client, figure.link) == figure.number, figure
    assert {figure.link.kind: figure.number for figure in shown} == {
        NodeKind.DEVICES: 4,
        NodeKind.PENDING_UPDATES: 2,
        NodeKind.DEPLOYED_UPDATES: 1,
        NodeKind.PACKAGES: 5,
        NodeKind.TEST_DEVICES: 1,
    }


def test_a_service_without_fault_says_so_in_one_line() -> None:
    [line] = attention_lines(_overview())
    assert (line.icon, line.sentence, line.link) == ("approve", "Nothing needs attention.", None)


def test_whoever_begins_is_told_where() -> None:
    [line] = attention_lines(_overview(packages=0))
    assert line.sentence == "Nothing was uploaded yet, and no device has asked."
    assert line.link == HelpLink("first-steps")


def test_what_is_worst_comes_first_and_health_leads_to_what_can_be_done() -> None:
    health = HealthAnswer(
        status="failing",
        checks=[
            HealthCheck(name="writer", status="ok", detail="All is well."),
            HealthCheck(name="disk", status="degraded", detail="Little is free."),
            HealthCheck(name="database", status="failing", detail="It is full.\nNothing is written."),
        ],
    )
    lines = attention_lines(_overview(health=health, statuses={"silent": 1, "no-rule": 2, "install-failed": 3}))
    assert [(line.icon, line.sentence) for line in lines] == [
        ("failure", "Database: It is full.\\nNothing is written."),
        ("warning", "Disk: Little is free."),
        ("failure", "3 devices failed to install an update."),
        ("warning", "1 device is silent: it should have asked long ago."),
        ("information", "There is no update for the classes of 2 devices."),
    ]
    assert lines[1].link == HelpLink("health", "disk")
    assert lines[3].link == NodeLink(NodeKind.DEVICES, (("status", "silent"),))


def test_pending_updates_beyond_the_newest_are_counted() -> None:
    tests = (PendingTest(), PendingTest(devices=4, installed=3, failed=1), PendingTest(devices=1, installed=1))
    pending = Page[Rule](items=[_rule(test) for test in tests], total=1203)
    waits = "Polycom CX700 A ENU CPE 4.0.7577.4387 waits for approval"
    assert [line.sentence for line in attention_lines(_overview(pending=pending))] == [
        f"{waits}; no test device is of this class.",
        f"{waits}; 3 of 4 test devices have installed it. On 1 it failed.",
        f"{waits}; 1 of 1 test device has installed it.",
        "1,200 more updates wait for approval.",
    ]


def test_refused_sign_ins_of_all_listeners_are_one_line_since_the_services_moment() -> None:
    refused = {"external-sign-in": 2, "administration-sign-in": 1, "check": 5, "teleport": 1}
    lines = attention_lines(_overview(refused=refused))
    assert [line.sentence for line in lines] == [
        "5 requests were refused in the last 24 hours (Check for updates).",
        "1 request was refused in the last 24 hours (teleport).",
        "3 sign-ins were refused in the last 24 hours.",
    ]
    assert isinstance(lines[-1].link, NodeLink)
    query = LISTS[NodeKind.SIGN_INS].query(dict(lines[-1].link.filters))
    assert query.model_dump()["since"] == NOW - timedelta(days=1)


def test_retired_devices_are_not_in_use() -> None:
    summary = _overview(statuses={"up-to-date": 2, "offered": 1, "retired": 7}).summary
    assert compliance_text(summary) == "2 of 3 devices in use are up to date (67 %)."
    assert compliance_text(_overview(statuses={"retired": 7}).summary) == "No device has asked for an update yet."


def test_a_share_is_never_rounded_to_nothing_or_to_all() -> None:
    assert [percent_text(part, 1000) for part in (0, 1, 500, 999, 1000)] == [
        "0 %", "below 1 %", "50 %", "99 %", "100 %"
    ]  # fmt: skip


def test_what_a_service_is_fits_in_one_line() -> None:
    server = _overview().server
    told = about_server(server, NOW + timedelta(hours=5, minutes=2))
    assert told == "Device Update Service 0.1.0, running for 5 h 2 min"


async def _total(client: AdministrationClient, link: NodeLink) -> int | None:
    definition = LISTS[link.kind]
    reply = await client.call(definition.endpoint, query=definition.query(dict(link.filters)))
    return reply.read(Page[Any]).total


def _told(line: Attention) -> int:
    """The number in a sentence; a line about one update has none at its beginning."""
    found = re.search(r"(?:^|of )([\d,]+) (?:device|request|sign-in|more)", line.sentence)
    return 1 if found is None else int(found[1].replace(",", ""))


def _overview(
    *,
    health: HealthAnswer | None = None,
    statuses: dict[str, int] | None = None,
    pending: Page[Rule] | None = None,
    refused: dict[str, int] | None = None,
    packages: int = 1,
) -> Overview:
    """A service that is well but for what is given."""
    by_status = [CountBy(status=status, devices=devices) for status, devices in (statuses or {}).items()]
    return Overview(
        ServerAnswer(
            name="Device Update Service",
            version="0.1.0",
            pool="default",
            started_at=NOW,
            uptime_seconds=0,
            database=ServerDatabase(kind="sqlite", schema_version="0001", size=1),
            storage=ServerStorage(images=0, image_bytes=0, disk_free=1),
            internal_url=None,
            external_url=None,
            certificate_expires_at=None,
            counts=ServerCounts(devices=0, rules=0, pending=0, deployed=0, packages=packages, test_devices=0),
            features=[],
        ),
        health or HealthAnswer(status="ok", checks=[]),
        SummaryAnswer(
            devices=sum(row.devices for row in by_status),
            by_class=[],
            by_version=[],
            by_status=by_status,
            checks_per_hour=[],
            rules_pending=0,
            rules_deployed=0,
            refused_since=NOW - timedelta(days=1),
            refused=[RefusedOfKind(kind=kind, refused=count) for kind, count in (refused or {}).items()],
        ),
        pending or Page[Rule](items=[], total=0),
    )


def _rule(test: PendingTest) -> Rule:
    return Rule(
        id="1",
        device_type="UCPhone",
        brand="Polycom",
        vendor="Polycom",
        model="CX700",
        revision="A",
        locale="ENU",
        update_type="CPE",
        pending=RuleVersion(version="4.0.7577.4387", package_id="1", at=NOW, account="ada", comment=None, files=[]),
        approved=None,
        restore=None,
        state="pending",
        change_number=1,
        devices_matching=0,
        devices_on_pending=0,
        devices_on_approved=0,
        devices_on_restore=0,
        pending_test=test,
    )
