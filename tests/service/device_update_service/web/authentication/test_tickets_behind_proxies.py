"""Tickets through a real HAProxy in HTTP mode, which keeps a connection apart only once it has seen a 401 on it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support import kerberos_realm
from tests.support.external_listeners import CHECK, external_service
from tests.support.http_proxies import haproxy
from tests.support.kerberos_realm import REALM, KerberosRealm
from tests.support.programs import required_program

from device_update_contract.image_paths import EXTERNAL_CHECK_ROUTE
from device_update_service.configuration.account_sources import AccountSources, KerberosSource


@pytest.mark.parametrize("way", ["--negotiate", "--anyauth"])  # with the first request of all, or once it was asked
async def test_a_ticket_that_signs_in_at_once_signs_nobody_else_in(
    folder: Path, tmp_path: Path, realm: KerberosRealm, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    for name, value in realm.environment().items():
        monkeypatch.setenv(name, value)
    sources = AccountSources(
        source=("local", "kerberos"), kerberos=KerberosSource(keytab=realm.keytab, realms=(REALM,))
    )
    environment = {**os.environ, **realm.ticket_of(kerberos_realm.USER)}
    (tmp_path / "check.xml").write_bytes(CHECK)
    async with (
        external_service(folder, accounts_from=sources, connection_private=("127.0.0.0/8",)) as service,
        haproxy(tmp_path, service.port, options="option forwardfor", backend="http-reuse always") as port,
    ):
        url = f"http://localhost:{port}{EXTERNAL_CHECK_ROUTE}"
        process = await asyncio.create_subprocess_exec(
            required_program("curl", "curl"), "-sS", way, "--user", ":", "--data-binary",
            f"@{tmp_path / 'check.xml'}", "-w", "%{http_code}", "-o", "/dev/null", "-o", "/dev/null", url, url,
            stdout=asyncio.subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert (await process.communicate())[0] == b"200200"
        strangers = [asyncio.create_task(service.client.post(url, data=CHECK)) for _ in range(8)]
        assert {(await answer).status for answer in strangers} == {401}
