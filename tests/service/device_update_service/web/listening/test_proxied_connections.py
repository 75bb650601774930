"""Listeners behind TCP proxies: who is believed, what is taken from the connection, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from pathlib import Path
from struct import pack

import pytest
import trustme
from tests.support.answering_sites import (
    REQUEST,
    answering_site,
    client,
    plain,
    secure,
    trusting,
    until,
    write_certificate,
)

from device_update_service.web.listening import sites

PROXY = "127.0.0.5"
OTHER = "127.0.0.6"
V1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"
V1_OF_IPV6 = b"PROXY TCP6 2001:db8:0::7 2001:db8::1 4711 443\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + pack("!H4s4sHH", 12, bytes([192, 0, 2, 7]), bytes([192, 0, 2, 1]), 4711, 443)
V2_OF_IPV6 = (
    b"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x2a"
    + socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    + bytes(16)
    + pack("!HH", 4711, 443)
    + b"\x04\x00\x03abc"
)
LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"
NO_HEADER = pytest.mark.expects_log_records("A proxy sent no PROXY header")


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    return authority


class TlsOverBytes:
    """A TLS client whose bytes the test sends, so that they can stand in one segment with others."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")

    def hello(self) -> bytes:
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._incoming.write(await reader.read(65536))
        self._tls.write(REQUEST)
        writer.write(self._outgoing.read())
        while True:
            try:
                return self._tls.read()
            except ssl.SSLWantReadError:
                self._incoming.write(await reader.read(65536))


@pytest.mark.parametrize(
    ("header", "host"),
    [(V1, "192.0.2.7"), (V2, "192.0.2.7"), (V1_OF_IPV6, "2001:db8::7"), (V2_OF_IPV6, "2001:db8::7")],
)
async def test_a_listed_proxy_tells_the_client_s_address(header: bytes, host: str) -> None:
    async with answering_site(plain("127.0.0.5/32")) as site, client(site.port, own=PROXY) as proxy:
        status, heard = await proxy.ask(header + REQUEST)
        assert (status, heard["remote"], heard["socket_peer"]) == (200, host, PROXY)
        assert heard["peername"] == ([host, 4711, 0, 0] if ":" in host else [host, 4711])
        assert (await proxy.ask())[1] == heard  # of every request on the connection


@pytest.mark.parametrize("header", [LOCAL, b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN 192.0.2.7 192.0.2.1 1 2\r\n"])
async def test_a_proxy_that_tells_nobody_is_the_caller_itself(header: bytes) -> None:
    async with answering_site(plain(PROXY)) as site, client(site.port, own=PROXY) as proxy:
        _, heard = await proxy.ask(header + REQUEST)
        assert (heard["remote"], heard["socket_peer"]) == (PROXY, PROXY)


async def test_a_header_may_come_byte_by_byte() -> None:
    async with answering_site(plain(PROXY)) as site:
        for header in (V1, V2):
            async with client(site.port, own=PROXY) as proxy:
                sock = proxy.writer.get_extra_info("socket")
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in header[:-1]:
                    await proxy.send(bytes([byte]))
                    await asyncio.sleep(0)  # the site, on the same loop, has its turn
                status, heard = await proxy.ask(header[-1:] + REQUEST)
                assert (status, heard["remote"]) == (200, "192.0.2.7")


@pytest.mark.parametrize("header", [V1, V2])
async def test_tls_begins_after_the_header_in_the_same_segment_or_in_the_next(
    tmp_path: Path, authority: trustme.CA, header: bytes
) -> None:
    async with answering_site(secure(tmp_path, PROXY)) as site:
        for cut in (0, 1, len(header) - 1, len(header), len(header) + 1, len(header) + 100):
            tls = TlsOverBytes(trusting(authority))
            both = header + tls.hello()
            async with client(site.port, own=PROXY) as proxy:
                for part in (both[:cut], both[cut:]):
                    await proxy.send(part)
                    for _ in range(5):
                        await asyncio.sleep(0)
                assert b'"remote": "192.0.2.7"' in await tls.ask(proxy.reader, proxy.writer)


@pytest.mark.parametrize("header", [V1, V2])
async def test_from_an_address_that_is_not_listed_a_header_is_no_http(header: bytes) -> None:
    async with answering_site(plain(PROXY)) as site, client(site.port, own=OTHER) as liar:
        status, _ = await liar.ask(header + REQUEST)
        assert status == 400
        async with client(site.port, own=OTHER) as honest:
            assert (await honest.ask())[1]["remote"] == OTHER


@pytest.mark.parametrize("header", [V1, V2])
async def test_from_an_address_that_is_not_listed_a_header_is_no_tls(
    tmp_path: Path, authority: trustme.CA, header: bytes
) -> None:
    async with answering_site(secure(tmp_path, PROXY)) as site:
        async with client(site.port, own=OTHER) as liar:
            await liar.send(header + TlsOverBytes(trusting(authority)).hello())
            assert b"HTTP" not in await liar.reader.read()
        async with client(site.port, own=OTHER, tls=trusting(authority)) as honest:
            assert (await honest.ask())[1]["remote"] == OTHER


@NO_HEADER
async def test_a_listed_proxy_that_sends_none_is_closed(
    tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    for listener in (plain(PROXY), secure(tmp_path, PROXY)):
        async with answering_site(listener) as site:
            for first in (REQUEST, TlsOverBytes(trusting(authority)).hello(), V1[:-4] + b" x\r\n", b"\0"):
                async with client(site.port, own=PROXY) as proxy:
                    await proxy.send(first)
                    assert await proxy.is_closed()
            async with client(site.port, own=PROXY) as proxy:
                await proxy.send(V1[:20])
                proxy.writer.write_eof()
                assert await proxy.is_closed()
            assert site.site.refused == {"no-proxy-header": 5}
            assert site.site.open.total == 0
    assert len(caplog.records) == 2  # once for each listener, however often it happens


async def test_a_proxy_that_only_looks_whether_the_port_is_open_is_no_news() -> None:
    async with answering_site(plain(PROXY)) as site:
        async with client(site.port, own=PROXY) as proxy:
            proxy.writer.write_eof()
            assert await proxy.is_closed()
        assert site.site.refused == {}


@NO_HEADER
async def test_a_header_has_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "_HEADER_SECONDS", 0.05)
    async with answering_site(plain(PROXY)) as site:
        for begun in (b"", V1[:9]):
            async with client(site.port, own=PROXY) as proxy:
                await proxy.send(begun)
                assert await proxy.is_closed()
        assert site.site.open.total == 0


async def test_a_client_of_a_listed_proxy_on_ipv6() -> None:
    async with answering_site(plain("::1", host="::1")) as site, client(site.port, own="::1") as proxy:
        _, heard = await proxy.ask(V2_OF_IPV6 + REQUEST)
        assert (heard["remote"], heard["socket_peer"]) == ("2001:db8::7", "::1")


async def test_a_waiting_header_costs_no_processor_time() -> None:
    """Half a header leaves nothing readable behind: a loop that looked again and again would not come to rest."""
    async with answering_site(plain(PROXY)) as site, client(site.port, own=PROXY) as proxy:
        await proxy.send(V1[:12])
        await until(lambda: site.site.open.total == 1)
        used = await _processor_seconds(0.2)
        assert used < 0.1
        assert (await proxy.ask(V1[12:] + REQUEST))[0] == 200


async def _processor_seconds(during: float) -> float:
    before = time.process_time()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(during):
            await asyncio.Event().wait()
    return time.process_time() - before
