"""What a service is, told in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from tests.support.administration_stand_in import running_stand_in
from tests.support.filled_service import filled_service

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.sheets.server_properties import (
    HEALTH_CHECK_TEXTS,
    ServerProperties,
    fetch_server_properties,
    server_details,
)
from device_update_contract.administration.endpoints import HEALTH
from device_update_contract.administration.roles import Role
from device_update_contract.administration.server import HealthAnswer, HealthCheck

NOW = datetime(2026, 5, 3, 14, 0, tzinfo=UTC)


async def _known(folder: Path) -> ServerProperties:
    async with filled_service(folder) as filled, filled.client(Role.HELP_DESK) as client:
        return await fetch_server_properties(client, filled.address)


async def test_a_real_service_is_described_whole_and_every_health_check_has_its_name(tmp_path: Path) -> None:
    known = await _known(tmp_path)
    told = dict(server_details(known, NOW).rows)
    assert told["Address"] == known.origin
    assert told["Signed in as"] == "helen, Help desk"
    assert told["Health"].startswith("In order\n")
    assert told["Told to devices outside"] == "nothing: there is no external listener"
    assert {check.name for check in known.health.checks} <= set(HEALTH_CHECK_TEXTS)
    assert len(known.settings) > 20


async def test_what_is_wrong_comes_first_and_a_certificate_is_told_by_its_day(tmp_path: Path) -> None:
    known = await _known(tmp_path)
    checks = [
        HealthCheck(name="database", status="ok", detail="It takes writes."),
        HealthCheck(name="disk", status="degraded", detail="Little room."),
        HealthCheck(name="of-a-newer-service", status="failing", detail="It burns."),
    ]
    for until, words in ((NOW + timedelta(days=3, hours=1), "for another 3 d 1 h"), (NOW, "expired on")):
        told = server_details(
            ServerProperties(
                known.origin,
                known.server.model_copy(update={"certificate_expires_at": until}),
                known.session,
                HealthAnswer(status="failing", checks=checks),
                known.settings,
            ),
            NOW,
        )
        rows = dict(told.rows)
        assert words in rows["Certificate"]
        assert rows["Health"].splitlines() == [
            "Failing",
            "of-a-newer-service, failing: It burns.",
            "Disk, needs attention: Little room.",
            "Database: It takes writes.",
        ]


async def test_bad_news_about_the_health_is_an_answer_too() -> None:
    failing = HealthAnswer(status="failing", checks=[])

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=503, body=failing.model_dump_json(), content_type="application/json")

    with running_stand_in() as service:
        service.lay(HEALTH, answer)
        async with AdministrationClient(parse_server_address(service.url)) as client:
            assert await client.ask(HEALTH, HealthAnswer) == failing
