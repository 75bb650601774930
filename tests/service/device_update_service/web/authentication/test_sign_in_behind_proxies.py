"""Signing in through a real HAProxy: in HTTP mode as `connection_private`, in TCP mode with the PROXY protocol."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.external_listeners import ACCOUNT, CHECK, PASSWORD, external_service
from tests.support.http_proxies import haproxy
from tests.support.programs import required_program

DEVICE = "127.0.0.9"
CHECK_ROUTE = "/RequestHandlerExt/ucdevice.upx"


async def ntlm_status(folder: Path, url: str, *more: str | Path, password: str = PASSWORD) -> str:
    """The status that curl gets for a check with NTLM."""
    (folder / "check.xml").write_bytes(CHECK)
    config = folder / "config"
    config.write_text(f'ntlm\nuser = "{ACCOUNT}:{password}"\n')
    process = await asyncio.create_subprocess_exec(
        required_program("curl", "curl"), "-sS", "-K", config, "--interface", DEVICE, "-o", "/dev/null", *more,
        "--data-binary", f"@{folder / 'check.xml'}", "-w", "%{http_code}", url, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    return (await process.communicate())[0].decode()


async def test_haproxy_in_http_mode_works_when_it_is_listed_and_tells_the_device_s_address(
    folder: Path, tmp_path: Path
) -> None:
    async with (
        external_service(folder, connection_private=("127.0.0.0/8",)) as service,
        haproxy(tmp_path, service.port, options="option forwardfor") as port,
    ):
        url = f"http://127.0.0.1:{port}{CHECK_ROUTE}"
        assert await ntlm_status(tmp_path, url) == "200"
        anonymous = [asyncio.create_task(service.client.post(url, data=CHECK)) for _ in range(20)]
        assert {(await answer).status for answer in anonymous} == {401}
        assert await ntlm_status(tmp_path, url, password="wrong") == "401"
        assert await service.rows("SELECT address FROM device") == [(DEVICE,)]
        assert await service.refusals() == [("external-sign-in", "wrong-password", ACCOUNT, DEVICE)]


async def test_haproxy_in_http_mode_that_is_not_listed_lets_nobody_sign_in(folder: Path, tmp_path: Path) -> None:
    async with (
        external_service(folder) as service,
        haproxy(tmp_path, service.port, options="option forwardfor") as port,
    ):
        assert await ntlm_status(tmp_path, f"http://127.0.0.1:{port}{CHECK_ROUTE}") == "401"
        assert {code for _, code, _, _ in await service.refusals()} == {"shared-proxy"}


@pytest.mark.parametrize("protocol", ["send-proxy", "send-proxy-v2"])
async def test_a_tcp_proxy_tells_the_device_s_address_and_leaves_its_tls_alone(
    folder: Path, tmp_path: Path, protocol: str
) -> None:
    async with (
        external_service(folder, proxy_protocol=("127.0.0.1",)) as service,
        haproxy(tmp_path, service.port, mode="tcp", server=protocol) as port,
    ):
        url = f"https://127.0.0.1:{port}{CHECK_ROUTE}"
        trust = ("--cacert", service.certificate.authority)
        assert await ntlm_status(tmp_path, url, *trust) == "200"
        assert await service.rows("SELECT address FROM device") == [(DEVICE,)]
