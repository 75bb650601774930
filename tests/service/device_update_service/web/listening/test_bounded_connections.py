"""What a connection may cost before anybody is known on it, against the real listeners."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tracemalloc
from asyncio import sslproto
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.answering_sites import until
from tests.support.external_listeners import BareConnection, ExternalService, external_service

from device_update_contract.device_messages.answers import ErrorAnswer, parse_check_answer
from device_update_service.web.listening import bounded_connections

LISTENERS = ["internal", "external", "administration"]
CHECK_HEAD = b"POST /RequestHandler/ucdevice.upx HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[ExternalService]:
    async with external_service(tmp_path / "data") as running:
        yield running


async def connected(service: ExternalService, listener: str) -> BareConnection:
    if listener == "external":
        return await service.connect()
    url = service.internal if listener == "internal" else service.listening.admin
    return BareConnection(*await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2])))


@pytest.mark.parametrize("listener", LISTENERS)
async def test_a_head_that_never_ends_ends_the_connection(service: ExternalService, listener: str) -> None:
    async with await connected(service, listener) as connection:
        connection.writer.write(CHECK_HEAD + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 8000) for n in range(40)))
        async with asyncio.timeout(60):
            with contextlib.suppress(ConnectionError):
                assert await connection.reader.read() == b""


@pytest.mark.parametrize("listener", LISTENERS)
async def test_a_client_that_takes_no_answers_is_let_go(
    service: ExternalService, listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_connections, "STALL_SECONDS", 0.2)
    (site,) = (site for site in service.parts.sites if site.name == listener)
    async with await connected(service, listener) as connection:
        connection.writer.write(b"GET /api/v1/x HTTP/1.1\r\nHost: x\r\n\r\n" * 50_000)
        await until(lambda: site.connected == 1)
        await until(lambda: site.connected == 0)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"secret\x01nonsense\r\n\r\n",
        b"BREW /secret HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: secret\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: secret\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: secret\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: secret" + b"t" * 70_000 + b"\r\n\r\n",
    ],
    ids=["binary", "method", "version", "control", "length", "long"],
)
@pytest.mark.parametrize("listener", LISTENERS)
async def test_what_is_no_http_is_refused_in_the_listener_s_own_words_and_not_repeated(
    service: ExternalService, listener: str, request_bytes: bytes
) -> None:
    async with await connected(service, listener) as connection:
        connection.writer.write(request_bytes)
        answer = await connection.answer()
        assert await connection.is_closed()
    assert b"secret" not in answer.body
    if listener == "administration":
        told = json.loads(answer.body)
        assert (answer.status, told["status"], told["code"]) == (400, 400, "malformed-request")
        assert answer.first("Content-Type") == "application/problem+json"
        return
    refusal = parse_check_answer(answer.body)
    assert isinstance(refusal, ErrorAnswer)
    if listener == "internal":
        assert (answer.status, refusal.code) == (400, "malformed-request")
    else:
        assert answer.status == 401
        assert refusal.code in {"anonymous-access-not-supported", "sign-in-refused"}
        assert answer.all("WWW-Authenticate") == ["Negotiate", "NTLM"]


async def test_many_heads_that_never_end_are_bounded_together_and_others_are_served(service: ExternalService) -> None:
    """One address may have thousands of connections, and each of them a token of 64 KiB."""
    (site,) = (site for site in service.parts.sites if site.name == "internal")
    unfinished = CHECK_HEAD + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 8000) for n in range(15))
    many = 64 * 1024 * 1024 // len(unfinished) + 60
    async with contextlib.AsyncExitStack() as connections:
        for _ in range(many):
            connection = await connections.enter_async_context(await connected(service, "internal"))
            connection.writer.write(unfinished)
            with contextlib.suppress(ConnectionError):
                await connection.writer.drain()
        await until(lambda: site.connected <= many - 40)
        async with await connected(service, "internal") as honest:
            assert (await honest.send("GET", "/x", headers={"X": "a" * 8000})).status == 404
    await until(lambda: site.connected == 0)
    async with await connected(service, "internal") as later:
        later.writer.write(unfinished + b"Content-Length: 0\r\n\r\n")
        assert (await later.answer()).status == 400  # a check without a body: its long head was read


async def test_heads_that_end_are_counted_one_by_one(service: ExternalService) -> None:
    async with await connected(service, "internal") as connection:
        for _ in range(30):
            answered = await connection.send("GET", "/x", headers={"X": "a" * 8000})
            assert answered.status == 404


@pytest.mark.parametrize("piece", [1000, 3_000_000])
async def test_a_body_is_no_head(service: ExternalService, piece: int) -> None:
    size = 3_000_000
    async with await connected(service, "administration") as connection:
        for _ in range(2):
            connection.writer.write(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
            for _ in range(size // piece):
                connection.writer.write(bytes(piece))
                await connection.writer.drain()
            assert (await connection.answer()).status == 401
        assert (await connection.send("GET", "/api/v1/health")).status == 200


@pytest.mark.parametrize("listener", LISTENERS)
async def test_a_body_that_nobody_asked_for_is_not_unpacked(service: ExternalService, listener: str) -> None:
    """It is no gzip at all: whoever tried to unpack it would end the connection."""
    path, status = ("/x", 404) if listener == "internal" else ("/api/v1/session", 401)
    async with await connected(service, listener) as connection:
        for _ in range(2):
            answered = await connection.send(path=path, body=b"no gzip", headers={"Content-Encoding": "gzip"})
            assert answered.status == status


async def test_an_idle_tls_connection_keeps_little_to_read_into(service: ExternalService) -> None:
    """asyncio makes its buffer with the connection, and of 256 KiB by itself; here both ends are asyncio's."""
    tracemalloc.start()
    try:
        async with contextlib.AsyncExitStack() as connections:
            for _ in range(10):
                await connections.enter_async_context(await service.connect())
            kept = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, sslproto.__file__)])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in kept.traces) < 20 * 64 * 1024
