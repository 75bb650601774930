"""What a service with TLS says about its certificate to administrators, and to whoever watches its health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.support.administration import PASSWORD, add_account, basic
from tests.support.running_services import configuration

from device_update_contract.administration.base import rfc3339
from device_update_contract.administration.roles import Role
from device_update_service.configuration.addresses import Address
from device_update_service.configuration.listeners import Listeners, SecureListener
from device_update_service.identity.certificates import read_certificate
from device_update_service.identity.self_signed_certificates import make_certificate, write_certificate
from device_update_service.web.serving import running


async def answers(folder: Path, *, began: timedelta) -> tuple[dict[str, Any], dict[str, Any]]:
    """`/server` and the health check, of a service whose certificate for 90 days began some time ago."""
    certificate, key = folder / "tls.pem", folder / "tls.key"
    made = make_certificate(["localhost"], 90, datetime.now(UTC) - began)
    write_certificate(made, certificate, key, replace=False)
    listener = SecureListener(address=Address(host="127.0.0.1", port=0), tls_certificate=certificate, tls_key=key)
    configured = configuration(folder / "data").model_copy(
        update={"listeners": Listeners(internal=None, admin=listener)}
    )
    async with running(configured) as (parts, listening), aiohttp.ClientSession() as client:
        await add_account(parts.service, "anna", Role.ADMINISTRATOR)
        sign_in = {"Authorization": basic("anna", PASSWORD)}
        url = f"{listening.admin}/api/v1"
        async with client.post(f"{url}/session", headers=sign_in, ssl=False) as opened:
            bearer = {"Authorization": f"Bearer {(await opened.json())['token']}"}
        async with client.get(f"{url}/server", headers=bearer, ssl=False) as server:
            described = await server.json()
        async with client.get(f"{url}/health", ssl=False) as health:
            checks = {check["name"]: check for check in (await health.json())["checks"]}
        return described, checks["certificate"]


async def test_the_server_says_when_its_certificate_ends(tmp_path: Path) -> None:
    described, check = await answers(tmp_path, began=timedelta(0))
    assert described["certificate_expires_at"] == rfc3339(read_certificate(tmp_path / "tls.pem").not_after)
    assert check["status"] == "ok"


@pytest.mark.parametrize(("days", "status"), [(61, "degraded"), (91, "failing")])
async def test_health_says_when_it_is_time_for_the_next_one(tmp_path: Path, days: int, status: str) -> None:
    _, check = await answers(tmp_path, began=timedelta(days=days))
    assert check["status"] == status
    assert f"{read_certificate(tmp_path / 'tls.pem').not_after:%Y-%m-%d}" in check["detail"]
