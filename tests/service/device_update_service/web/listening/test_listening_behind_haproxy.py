"""Listeners behind a real HAProxy in TCP mode, which passes TLS through, and asked by curl."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from tests.support.answering_sites import LOOPBACK, answering_site, plain, secure, write_certificate
from tests.support.programs import required_program

CALLER = "127.0.0.9"

CONFIGURATION = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend devices
    bind fd@{listening}
    default_backend service
backend service
    server service 127.0.0.1:{port} {proxy} source 127.0.0.5
"""


@asynccontextmanager
async def haproxy(folder: Path, port: int, proxy: str) -> AsyncIterator[int]:
    """HAProxy in front of a port, on a socket that is open before it starts, so that nobody has to wait."""
    program = required_program("haproxy", "haproxy")
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.set_inheritable(True)
        configured = folder / "haproxy.cfg"
        configured.write_text(CONFIGURATION.format(listening=listening.fileno(), port=port, proxy=proxy))
        process = await asyncio.create_subprocess_exec(
            program, "-db", "-q", "-f", str(configured), pass_fds=(listening.fileno(),)
        )
        try:
            yield int(listening.getsockname()[1])
        finally:
            process.terminate()
            await process.wait()


async def curl(*arguments: str | Path) -> dict[str, str]:
    program = required_program("curl", "curl")
    process = await asyncio.create_subprocess_exec(
        program, "-sS", "--fail", "--noproxy", "*", "--max-time", "20", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    heard: dict[str, str] = json.loads(output)
    return heard


@pytest.mark.parametrize("proxy", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
async def test_the_device_s_own_address_is_seen_through_haproxy_also_with_tls(tmp_path: Path, proxy: str) -> None:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    trust = ("--cacert", tmp_path / "authority.pem")
    for listener, scheme in ((plain("127.0.0.5"), "http"), (secure(tmp_path, "127.0.0.5"), "https")):
        async with answering_site(listener) as site, haproxy(tmp_path, site.port, proxy) as port:
            heard = await curl("--interface", CALLER, *trust, f"{scheme}://{LOOPBACK}:{port}/")
            assert (heard["remote"], heard["socket_peer"]) == (CALLER, "127.0.0.5")


async def test_curl_s_own_proxy_header_is_believed_from_a_listed_address_only(tmp_path: Path) -> None:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    asked = ("--haproxy-protocol", "--cacert", tmp_path / "authority.pem", "--interface", CALLER)
    for address, believed in ((CALLER, True), ("127.0.0.5", False)):
        for listener, scheme in ((plain(address), "http"), (secure(tmp_path, address), "https")):
            async with answering_site(listener) as site:
                url = f"{scheme}://{LOOPBACK}:{site.port}/"
                if believed:
                    assert (await curl(*asked, url))["remote"] == CALLER
                else:
                    with pytest.raises(AssertionError, match="curl"):
                        await curl(*asked, url)
