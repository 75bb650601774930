"""The service as a whole behind a TCP proxy, and as a process that is told of a new certificate."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
import trustme
from tests.support.answering_sites import client, plain, write_certificate
from tests.support.running_services import RunningService, configuration

from device_update_service.configuration.addresses import Address
from device_update_service.configuration.listeners import Listeners, SecureListener
from device_update_service.web.serving import running

PROXY = "127.0.0.5"
CHECK = (
    b"<Request><DeviceType>UCPhone</DeviceType><MacAddress>00-04-F2-00-01-76</MacAddress><SerialNumber/>"
    b"<Vendor>Polycom</Vendor><Model>CX700</Model><Revision>A</Revision><Locale>ENU</Locale></Request>"
)


async def test_a_device_behind_a_proxy_is_stored_with_its_own_address(tmp_path: Path) -> None:
    listeners = Listeners(internal=plain(PROXY), admin=SecureListener(address=Address(host="127.0.0.1", port=0)))
    configured = configuration(tmp_path).model_copy(update={"listeners": listeners})
    async with running(configured) as (parts, listening), aiohttp.ClientSession() as session:
        service = RunningService(parts, listening, session)
        async with client(int(service.internal.rpartition(":")[2]), own=PROXY) as proxy:
            await proxy.send(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n")
            head = f"POST /RequestHandler/ucdevice.upx HTTP/1.1\r\nHost: x\r\nContent-Length: {len(CHECK)}\r\n\r\n"
            await proxy.send(head.encode() + CHECK)
            assert await proxy.reader.read(12) == b"HTTP/1.1 200"
        assert await service.rows("SELECT address FROM device") == [("192.0.2.7",)]


@pytest.mark.parametrize(
    "header",
    [b"PROXY TCP4 127.0.0.1 127.0.0.1 4711 80\r\n", b"PROXY UNKNOWN\r\n", b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"],
)
async def test_passwords_are_not_taken_over_a_tcp_proxy_without_tls_whatever_it_tells(
    tmp_path: Path, header: bytes
) -> None:
    configured = configuration(tmp_path).model_copy(
        update={"listeners": Listeners(internal=plain(), admin=SecureListener(**plain(PROXY).model_dump()))}
    )
    async with (
        running(configured) as (_, listening),
        client(int(listening.admin.rpartition(":")[2]), own=PROXY) as proxy,
    ):
        await proxy.send(header)
        await proxy.send(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n\r\n")
        assert await proxy.reader.read(12) == b"HTTP/1.1 403"


@pytest.mark.end_to_end
def test_sighup_takes_a_new_certificate_into_use(tmp_path: Path) -> None:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    (tmp_path / "service.toml").write_text(
        f"""
        data = "{tmp_path / "data"}"
        [listeners.internal]
        address = "127.0.0.1:0"
        [listeners.admin]
        address = "127.0.0.1:0"
        tls_certificate = "{tmp_path / "tls.pem"}"
        tls_key = "{tmp_path / "tls.key"}"
        """
    )
    command = (sys.executable, "-m", "device_update_service", "serve", "--config", str(tmp_path / "service.toml"))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            before = ssl.get_server_certificate(("127.0.0.1", port))
            process.send_signal(signal.SIGHUP)  # files that stay the same are loaded for nothing else
            assert any("The certificate was loaded again" in line for line in process.stderr)
            write_certificate(tmp_path, authority)
            process.send_signal(signal.SIGHUP)
            assert any("The certificate was loaded again" in line for line in process.stderr)
            after = ssl.get_server_certificate(("127.0.0.1", port))
            assert after != before
            assert after in (tmp_path / "tls.pem").read_text()
        finally:
            process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == 0
