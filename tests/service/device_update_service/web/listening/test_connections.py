"""How many connections a listener has, at all and from one address, and that every one of them is counted off again."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest
import trustme
from tests.support.answering_sites import (
    LOOPBACK,
    REQUEST,
    AnsweringSite,
    answering_site,
    client,
    plain,
    secure,
    trusting,
    until,
    write_certificate,
)

from device_update_service.configuration.configuration import Limits
from device_update_service.web.listening import acceptor
from device_update_service.web.listening.rare_warnings import RareWarnings

PROXY = "127.0.0.5"
OTHER = "127.0.0.6"
TOO_MANY = pytest.mark.expects_log_records("too many connections")


def told(host: str) -> bytes:
    family = "TCP6" if ":" in host else "TCP4"
    other = "::1" if ":" in host else "192.0.2.1"
    return f"PROXY {family} {host} {other} 1 2\r\n".encode()


@TOO_MANY
async def test_a_connection_too_many_is_closed_at_once_and_room_is_made_by_one_that_ends() -> None:
    async with answering_site(plain(), Limits(connections=10)) as site, AsyncExitStack() as stack:
        held = [await stack.enter_async_context(client(site.port)) for _ in range(10)]
        for one in held:
            assert (await one.ask())[0] == 200
        for _ in range(3):
            async with client(site.port) as too_many:
                assert await too_many.is_closed()
        assert site.site.refused == {"too-many": 3}
        held[4].writer.close()
        await until(lambda: site.site.open.total == 9)
        async with client(site.port) as next_one:
            assert (await next_one.ask())[0] == 200


@TOO_MANY
async def test_an_address_with_too_many_connections_leaves_room_for_others() -> None:
    async with answering_site(plain(), Limits(connections_per_address=2)) as site, AsyncExitStack() as stack:
        held = [await stack.enter_async_context(client(site.port, own=OTHER)) for _ in range(2)]
        for one in held:
            assert (await one.ask())[0] == 200
        async with client(site.port, own=OTHER) as too_many:
            assert await too_many.is_closed()
        async with client(site.port) as honest:
            assert (await honest.ask())[0] == 200
        assert site.site.refused == {"too-many-of-address": 1}
        held[0].writer.close()
        await until(lambda: site.site.open.total == 1)
        async with client(site.port, own=OTHER) as next_one:
            assert (await next_one.ask())[0] == 200


@TOO_MANY
async def test_behind_a_proxy_the_told_address_counts_and_the_proxy_s_does_not() -> None:
    limits = Limits(connections_per_address=2)
    async with answering_site(plain(PROXY), limits) as site, AsyncExitStack() as stack:
        for host in ("192.0.2.7", "192.0.2.8", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8::ffff:2"):
            one = await stack.enter_async_context(client(site.port, own=PROXY))
            assert (await one.ask(told(host) + REQUEST))[0] == 200
        for host in ("192.0.2.7", "2001:db8::3"):
            async with client(site.port, own=PROXY) as too_many:
                await too_many.send(told(host) + REQUEST)
                assert await too_many.is_closed()
        async with client(site.port, own=PROXY) as of_another_network:
            assert (await of_another_network.ask(told("2001:db8:0:1::3") + REQUEST))[0] == 200


async def test_connections_are_counted_off_however_they_end(tmp_path: Path) -> None:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    async with answering_site(secure(tmp_path, PROXY)) as site:
        for own, end in (
            (LOOPBACK, lambda one: one.writer.write(b"no TLS at all\r\n\r\n")),
            (LOOPBACK, lambda one: one.writer.transport.abort()),
            (LOOPBACK, lambda one: one.writer.close()),
            (PROXY, lambda one: one.writer.transport.abort()),
        ):
            async with client(site.port, own=own) as one:
                await until(lambda: site.site.open.total == 1)
                end(one)
                await until(lambda: site.site.open.total == 0)
        async with client(site.port, tls=trusting(authority)) as one:
            assert (await one.ask())[0] == 200
            assert site.site.open.total == 1
        await until(lambda: site.site.open.total == 0)
        assert not site.site.refused


@contextmanager
def without_descriptors() -> Iterator[None]:
    """No file and no connection can be opened by this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_without_free_descriptors_connections_wait_and_the_log_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(acceptor, "_PAUSE_SECONDS", 0.02)
    loop = asyncio.get_running_loop()
    async with answering_site(plain()) as site:
        with socket.socket() as early:
            early.setblocking(False)
            with without_descriptors():
                await loop.sock_connect(early, (LOOPBACK, site.port))
                await loop.sock_sendall(early, REQUEST)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await loop.sock_recv(early, 12)
            assert await loop.sock_recv(early, 12) == b"HTTP/1.1 200"
    assert [record.getMessage() for record in caplog.records] == ["Connections cannot be accepted and have to wait"]
    caplog.clear()


def test_a_warning_is_said_once_a_minute_and_then_with_what_stayed_unsaid(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    warnings = RareWarnings(logging.getLogger("test"), lambda: now)
    for now in (0.0, 1.0, 59.0, 60.0, 60.0):  # noqa: B007 - the clock of the warnings
        warnings.warn("It rains", address="here")
    warnings.warn("It snows")
    said = [(record.getMessage(), getattr(record, "before", 0)) for record in caplog.records]
    assert said == [("It rains", 0), ("It rains", 2), ("It snows", 0)]
    caplog.clear()


async def test_a_site_that_ends_closes_connections_at_whatever_point_they_are(tmp_path: Path) -> None:
    authority = trustme.CA()
    write_certificate(tmp_path, authority)
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        async with answering_site(secure(tmp_path, PROXY), seconds_to_end=0.2) as site:
            in_header = await stack.enter_async_context(client(site.port, own=PROXY))
            in_handshake = await stack.enter_async_context(client(site.port))
            idle = await stack.enter_async_context(client(site.port, tls=trusting(authority)))
            assert (await idle.ask())[0] == 200
            hanging = await stack.enter_async_context(client(site.port, tls=trusting(authority)))
            await hanging.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            await site.begun.wait()
            await in_header.send(b"PROXY ")
            await in_handshake.send(b"\x16\x03\x01")
            await until(lambda: site.site.open.total == 4)
            just_begun = await stack.enter_async_context(client(site.port))
        for one in (in_header, in_handshake, idle, hanging, just_begun):
            assert await one.is_closed()
        assert site.site.open.total == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(LOOPBACK, site.port)


async def test_an_answer_under_way_gets_some_seconds_while_new_connections_are_refused() -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(60), answering_site(plain(), seconds_to_end=30) as site:
        slow = await stack.enter_async_context(client(site.port))
        await slow.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await site.begun.wait()
        ending = asyncio.create_task(site.site.end())
        await until(lambda: _is_refused(site))
        site.release.set()
        assert await slow.reader.read(12) == b"HTTP/1.1 200"
        await ending


def _is_refused(site: AnsweringSite) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, site.port)) != 0
